import type { ChainFinding } from "../ports/index.ts";
import type { ChainProblem } from "./chain-problems.ts";

const sentences: Readonly<Record<ChainProblem, string>> = {
  unreachable: "it cannot be reached with TLS",
  address_refused: "its address is not one that this service may reach",
  name_wrong: "its certificate does not name the host",
  store_refused: "its chain is not good for the authorities that devices are taken to trust",
  root_refused: "its chain is not good for the managed roots",
  pin_absent: "no declared pin is in its chain",
  ended: "its certificate has ended",
  ends_soon: "its certificate ends soon",
};

const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** A finding in words, without its API. */
export function chainSentence({ problem, certificate, endsAtMs }: ChainFinding): string {
  if (certificate === null || endsAtMs === null) return sentences[problem];
  return `the certificate ${certificate} ${problem === "ended" ? "ended" : "ends"} on ${day(endsAtMs)}`;
}
