import { FACTS_VERSION } from "@countersign/policy";
import { encodeBase64url } from "@countersign/protocol";
import type { Instance } from "../ports/index.ts";
import type { AdmittedStatement } from "./admit-statement.ts";
import type { AppraisedEvidence } from "./appraise-evidence.ts";
import type { DeviceDeps } from "./device-deps.ts";
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
 * Step 10' of protocol section 7: writes the instance. A known attested key is updated, so a lost answer costs nothing. Enrolments of one
 * key run one after the other, and what the record holds afterwards is what counts: one instance has one subject, however often it
 * enrols at once.
 */
export async function keepInstance(
  deps: DeviceDeps,
  { statement }: AdmittedStatement,
  { read, evidence, counter, subject }: Enrolment,
): Promise<Instance> {
  const { project, instance: id, app, platform } = statement;
  return deps.oneAtATime(`${project}/${id}`, async () => {
    const held = await deps.store.instances.get(project, id);
    const nowMs = deps.clock.nowMs();
    const instance: Instance = {
      project,
      instance: id,
      app: app.id,
      platform,
      attestedKey: encodeBase64url(read.attestedKey),
      instanceKey: encodeBase64url(read.instanceKey),
      subject: held?.subject ?? subject ?? encodeBase64url(deps.random(16)),
      facts: evidence.facts,
      factsVersion: FACTS_VERSION,
      evidenceAtMs: read.primary?.challenge.issuedAtMs ?? nowMs,
      serials: evidence.serials,
      batch: evidence.batch,
      counter: Math.max(held?.counter ?? 0, counter),
      createdAtMs: held?.createdAtMs ?? nowMs,
      lastSeenAtMs: nowMs,
    };
    await deps.store.instances.put(instance);
    return (await deps.store.instances.get(project, id)) ?? instance;
  });
}
