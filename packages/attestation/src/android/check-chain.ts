import { type Certificate, nameText } from "@countersign/asn1";
import { isoTime } from "../iso-time.ts";
import type { RevocationStatus } from "../revocation.ts";
import { anchorNames, findAnchor } from "../trust-anchor.ts";
import { belowRoot, chainShape, type Provisioning } from "./chain-shape.ts";
import type { AndroidExpectations } from "./expectations.ts";
import type { AndroidFindings } from "./rules.ts";
import { isPublishedKey } from "./software-keys.ts";

/** Trust, shape, dates and revocation of the chain. Answers how the device was provisioned. */
export function checkChain(
  findings: AndroidFindings,
  chain: readonly Certificate[],
  { anchors, nowMs, revocation, revocationStanding }: AndroidExpectations,
): Provisioning | null {
  const anchor = findAnchor(
    chain,
    anchors.filter((candidate) => !isPublishedKey(candidate)),
  );
  const top = chain.at(-1);
  findings.judge(
    "chain_trust",
    anchor !== null,
    () => anchorNames(anchors),
    () => anchor?.name ?? (top ? nameText(top.subject) : null),
  );

  const path = belowRoot(chain);
  const provisioning = chainShape(path);
  const expected = "root, intermediate, attestation, leaf, or root, RKP intermediate, RKP server, attestation, leaf";
  const top2 = path.at(-1);
  const found = () =>
    provisioning ?? `${path.length} certificates below the root, the first ${top2 ? nameText(top2.subject) : ""}`;
  findings.judge("chain_shape", provisioning !== null, expected, found);

  checkDates(findings, path.slice(1), provisioning, nowMs);
  checkRevocation(findings, chain, revocation, revocationStanding);
  return provisioning;
}

/**
 * The leaf's dates are the device's own and never count, nor do the root's. Of factory chains only the beginning counts, because
 * their keys cannot be replaced and outlive their certificates; remotely provisioned keys live for weeks, and both ends count.
 */
function checkDates(
  findings: AndroidFindings,
  issuers: readonly Certificate[],
  provisioning: Provisioning | null,
  nowMs: number,
): void {
  const from = Math.max(...issuers.map((certificate) => certificate.notBeforeMs));
  const until = Math.min(...issuers.map((certificate) => certificate.notAfterMs));
  findings.judge(
    "not_before",
    nowMs >= from,
    () => `from ${isoTime(from)}`,
    () => isoTime(nowMs),
  );
  if (provisioning === "factory")
    findings.waive("not_after", "the end of factory certificates does not count", () => isoTime(until));
  else
    findings.judge(
      "not_after",
      nowMs <= until,
      () => `until ${isoTime(until)}`,
      () => isoTime(nowMs),
    );
}

function checkRevocation(
  findings: AndroidFindings,
  chain: readonly Certificate[],
  revocation: AndroidExpectations["revocation"],
  standing: AndroidExpectations["revocationStanding"],
): void {
  if (revocation === null) {
    findings.waive("revocation", null, null);
    judgeStanding(findings, standing, "no status list was given");
    return;
  }
  let statuses: readonly (readonly [string, RevocationStatus])[] = [];
  try {
    statuses = chain.map(({ serial }) => [serial, revocation.statusOf(serial)] as const);
  } catch {
    findings.waive("revocation", null, null);
    findings.judge("revocation_known", false, "an answer from the status list", "none");
    return;
  }
  const named = statuses.find(([, status]) => status !== "good");
  const found = () => (named ? `serial ${named[0]} is ${named[1]}` : `${statuses.length} serials not on the list`);
  findings.judge("revocation", named === undefined, "no serial on the list", found);
  if (standing === undefined) findings.judge("revocation_known", true, "a status list", "one");
  else judgeStanding(findings, standing, "a status list past its freshness");
}

/** A list that cannot be relied on: tolerated where nobody asked for one and within its grace, refused after. */
function judgeStanding(
  findings: AndroidFindings,
  standing: AndroidExpectations["revocationStanding"],
  found: string,
): void {
  if (standing === "lost") findings.judge("revocation_known", false, "a status list within its grace", found);
  else findings.waive("revocation_known", standing === "stale" ? "a fresh status list" : null, found);
}
