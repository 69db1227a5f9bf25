import { FACTS_VERSION } from "@countersign/policy";
import { encodeBase64url } from "@countersign/protocol";
import type { Instance } from "../ports/index.ts";
import { sealReceipt } from "../receipts/sealed-receipt.ts";
import type { AdmittedStatement } from "./admit-statement.ts";
import type { AppraisedEvidence } from "./appraise-evidence.ts";
import type { DeviceDeps } from "./device-deps.ts";
import type { NewReceipt } from "./evidence-verifier.ts";
import type { ReadEvidence } from "./read-evidence.ts";

/** What an enrolment whose evidence was verified leaves in the record. */
export interface Enrolment {
  readonly read: ReadEvidence;
  readonly evidence: NonNullable<AppraisedEvidence["evidence"]>;
  readonly counter: number;
  /** The subject to keep, where there is one. */
  readonly subject: string | null;
}

/**
 * Step 10' of protocol section 7: writes the instance. A known attested key is updated, so a lost answer costs nothing. What the record
 * holds afterwards is what counts: one instance has one subject, however often it enrols at once, on however many nodes.
 */
export async function keepInstance(
  deps: DeviceDeps,
  { statement }: AdmittedStatement,
  { read, evidence, counter, subject }: Enrolment,
): Promise<Instance> {
  const nowMs = deps.clock.nowMs();
  const kept = await deps.store.instances.put({
    project: statement.project,
    instance: statement.instance,
    app: statement.app.id,
    platform: statement.platform,
    attestedKey: encodeBase64url(read.attestedKey),
    instanceKey: encodeBase64url(read.instanceKey),
    subject: subject ?? encodeBase64url(deps.random(16)),
    facts: evidence.facts,
    factsVersion: FACTS_VERSION,
    evidenceAtMs: read.primary?.challenge.issuedAtMs ?? nowMs,
    serials: evidence.serials,
    batch: evidence.batch,
    counter,
    createdAtMs: nowMs,
    lastSeenAtMs: nowMs,
  });
  if (evidence.receipt !== null) await keepReceipt(deps, kept, evidence.receipt);
  return kept;
}

/** A key is attested once: where there is a receipt already, it is this one or one that was renewed from it. */
async function keepReceipt(
  { store, vault, clock }: DeviceDeps,
  { project, instance }: Instance,
  { receipt, renewAfterMs }: NewReceipt,
): Promise<void> {
  const sealed = sealReceipt(vault, { project, instance }, receipt);
  const updatedAtMs = clock.nowMs();
  await store.receipts.add({ project, instance, receipt: sealed, riskMetric: null, renewAfterMs, updatedAtMs });
}
