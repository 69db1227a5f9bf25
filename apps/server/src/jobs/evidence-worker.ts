import { parentPort, workerData } from "node:worker_threads";
import { parseStatusList, type RevocationList } from "@countersign/attestation";
import type { EvidenceJob } from "../domain/device/evidence-verifier.ts";
import type { HeldStatusList } from "../domain/device/held-status-list.ts";
import { verifyEvidence } from "../domain/device/verify-evidence.ts";

type Message = EvidenceJob | { readonly statusList: HeldStatusList };

let held = (workerData as { readonly statusList: HeldStatusList }).statusList;
let revocation = read(held.text);

parentPort?.on("message", (message: Message) => {
  if ("statusList" in message) {
    if (message.statusList.text !== held.text) revocation = read(message.statusList.text);
    held = message.statusList;
    return;
  }
  parentPort?.postMessage(verifyEvidence(message, revocation, held));
});

/** The host parsed the text before it handed it on: one that does not parse here is a programmer's mistake. */
function read(text: string | null): RevocationList | null {
  if (text === null) return null;
  const parsed = parseStatusList(text);
  if (!parsed.ok) throw new TypeError("the status list does not parse");
  return parsed.list;
}
