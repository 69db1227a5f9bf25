import { parentPort, workerData } from "node:worker_threads";
import { parseStatusList, type RevocationList } from "@countersign/attestation";
import type { EvidenceJob } from "../domain/device/evidence-verifier.ts";
import { verifyEvidence } from "../domain/device/verify-evidence.ts";

type Message = EvidenceJob | { readonly statusList: string | null };

let revocation = read((workerData as { readonly statusList: string | null }).statusList);

parentPort?.on("message", (message: Message) => {
  if ("statusList" in message) {
    revocation = read(message.statusList);
    return;
  }
  parentPort?.postMessage(verifyEvidence(message, revocation));
});

/** The host parsed the text before it handed it on: one that does not parse here is a programmer's mistake. */
function read(text: string | null): RevocationList | null {
  if (text === null) return null;
  const parsed = parseStatusList(text);
  if (!parsed.ok) throw new TypeError("the status list does not parse");
  return parsed.list;
}
