import { FACTS_VERSION } from "@countersign/policy";
import { encodeBase64url, type Facts, toUtf8 } from "@countersign/protocol";
import { deriveKey, hmacSha256 } from "@countersign/protocol/server";
import type { Instance } from "../ports/index.ts";
import type { AdmittedStatement } from "./admit-statement.ts";
import type { AppraisedEvidence } from "./appraise-evidence.ts";
import { decoyFacts } from "./decoy-facts.ts";
import type { DeviceDeps } from "./device-deps.ts";
import type { KnownInstance } from "./known-instance.ts";
import { openOwnCredential } from "./open-own-credential.ts";
import type { ReadEvidence } from "./read-evidence.ts";

export interface RefusedEnrolment {
  readonly read: ReadEvidence;
  readonly evidence: AppraisedEvidence["evidence"];
  readonly claimed: Facts | null;
  readonly row: Instance | null;
  readonly counter: number;
  /** The subject it has, by the record or as it was before; null: none yet. */
  readonly subject: string | null;
  readonly origin: string | null;
}

/** A refused enrolment that left nothing in the record, as its decoy credential will know it. */
export async function decoyInstance(
  deps: DeviceDeps,
  { statement, context }: AdmittedStatement,
  { read, evidence, claimed, row, counter, subject, origin }: RefusedEnrolment,
): Promise<KnownInstance> {
  const { platform, instance, app } = statement;
  return {
    instance,
    platform,
    app: app.id,
    attestedKey: encodeBase64url(read.attestedKey),
    instanceKey: encodeBase64url(read.instanceKey),
    counter,
    subject: subject ?? (await formerSubject(deps, context, instance)) ?? madeUpSubject(context, instance),
    evidenceAtMs: read.primary?.challenge.issuedAtMs ?? deps.clock.nowMs(),
    factsVersion: FACTS_VERSION,
    facts:
      developmentFacts(read, platform) ??
      evidence?.facts ??
      row?.facts ??
      decoyFacts({
        statement,
        app: context.apps.get(app.id) ?? null,
        origin,
        claimed,
        settings: context.project.settings,
        hasPlayToken: read.playToken !== null,
      }),
  };
}

/** What such an instance proves itself with is its instance key alone: its credential must not ask for more. */
function developmentFacts({ developmentKey }: ReadEvidence, platform: Facts["platform"]): Facts | null {
  return developmentKey === null ? null : { platform, development: { key: developmentKey.key } };
}

/** One instance has one subject, however often it enrols: backends see it in every token. */
async function formerSubject(
  { decoys }: DeviceDeps,
  context: AdmittedStatement["context"],
  instance: string,
): Promise<string | null> {
  const text = await decoys.recall(context.project.id, instance);
  return text === null ? null : (openOwnCredential(context, text)?.credential.subject ?? null);
}

function madeUpSubject({ seeds, projectId }: AdmittedStatement["context"], instance: string): string {
  const key = deriveKey(seeds[0].seed.reveal(), "decoy-subject", projectId);
  return encodeBase64url(hmacSha256(key, toUtf8(instance)).subarray(0, 16));
}
