import { peekAndroidKey, peekAppAttestKey } from "@countersign/attestation";
import {
  androidKeyHashInput,
  appleKeyHashInput,
  type ChallengeFields,
  type DevelopmentEvidence,
  decodeBase64url,
  type EnrolRequest,
  type Evidence,
  equalBytes,
  instanceId,
} from "@countersign/protocol";
import { sha256 } from "@countersign/protocol/server";
import type { App } from "../ports/index.ts";
import type { AdmittedStatement } from "./admit-statement.ts";
import { checkEvidenceChallenge } from "./challenges.ts";
import type { DeviceDeps } from "./device-deps.ts";
import type { EvidenceJob } from "./evidence-verifier.ts";
import { type DeviceProblem, problem } from "./outcome.ts";

type Primary = Exclude<Evidence, { type: "play" | "development" }>;

/** The key an enrolment is about, named by its evidence before any of it is verified. */
export interface ReadEvidence {
  readonly attestedKey: Uint8Array;
  readonly instanceKey: Uint8Array;
  /** Null: none was sent. */
  readonly primary: { readonly evidence: Primary; readonly challenge: ChallengeFields } | null;
  /** A development key instead of it. */
  readonly developmentKey: DevelopmentEvidence | null;
  /** A Play Integrity token beside it. */
  readonly playToken: string | null;
}

/** Step 5' of protocol section 7: evidence challenge, cheap parse to the attested key, instance recomputed and equal. */
export function readEvidence(
  deps: DeviceDeps,
  { statement, context, instance }: AdmittedStatement,
  request: EnrolRequest,
): { readonly ok: true; readonly read: ReadEvidence } | DeviceProblem {
  const instanceKey = decodeBase64url(statement.instanceKey, 65);
  if (instanceKey === null) return problem("malformed", "instanceKey is not a point");
  const developmentKey = request.evidence.find((item) => item.type === "development") ?? null;
  const wanted = { ios: "apple", android: "android", web: null }[statement.platform];
  const isForeign = ({ type }: Evidence): boolean =>
    type !== wanted && type !== "development" && !(type === "play" && wanted === "android");
  if (request.evidence.some(isForeign)) {
    return problem("malformed", "evidence of another platform");
  }
  const evidence = request.evidence.find((item): item is Primary => isPrimary(item));
  // Without evidence the attested key is the instance key, except on iOS, where nothing then names it.
  const isAnnounced = statement.platform !== "ios" || developmentKey !== null;
  const announced = isAnnounced ? instanceKey : null;
  const attestedKey = evidence === undefined ? announced : peek(evidence);
  if (attestedKey === null) return problem("malformed", "evidence names no attested key");
  // The proof is by the instance key: elsewhere than on iOS it must be the very key that the evidence certifies.
  if (isAnnounced && !equalBytes(attestedKey, instanceKey)) {
    return problem("malformed", "the attested key is not the instance key");
  }
  if (!equalBytes(instanceId(sha256, context.projectId, attestedKey), instance)) {
    return problem("malformed", "instance is not that of the attested key");
  }
  const playToken = request.evidence.find((item) => item.type === "play")?.token ?? null;
  const keys = { attestedKey, instanceKey, developmentKey, playToken };
  if (evidence === undefined) return { ok: true, read: { ...keys, primary: null } };
  const challenge = checkEvidenceChallenge(deps, context.projectId, evidence.challenge);
  if (!challenge.ok) return challenge;
  return { ok: true, read: { ...keys, primary: { evidence, challenge: challenge.fields } } };
}

function isPrimary({ type }: Evidence): boolean {
  return type === "apple" || type === "android";
}

function peek(evidence: Primary): Uint8Array | null {
  return evidence.type === "apple" ? peekAppAttestKey(evidence.attestation) : peekAndroidKey(evidence.chain);
}

/** What the verifier is to hold the evidence against; null where the app is not registered for the platform. */
export function toEvidenceJob(
  deps: DeviceDeps,
  { context }: AdmittedStatement,
  app: App,
  read: ReadEvidence,
): EvidenceJob | null {
  const { attestedKey, instanceKey, primary } = read;
  if (primary === null) return null;
  const { evidence, challenge } = primary;
  const { settings, kind } = context.project;
  const permissions = new Set(kind === "development" ? settings.permissions : []);
  const common = { attestedKey, furtherAnchors: context.anchors, nowMs: deps.clock.nowMs() };
  if (evidence.type === "apple") {
    if (app.ios === null) return null;
    return {
      ...common,
      platform: "ios",
      attestation: evidence.attestation,
      clientDataHash: sha256(appleKeyHashInput(challenge.bytes, instanceKey)),
      appIds: app.ios.appIds,
      environments: permissions.has("app-attest-development") ? ["production", "development"] : ["production"],
    };
  }
  if (app.android === null) return null;
  return {
    ...common,
    platform: "android",
    chain: evidence.chain,
    challenge: sha256(androidKeyHashInput(challenge.bytes)),
    packageName: app.android.packageName,
    signingDigests: app.android.signingDigests,
    verifiedBootKeys: settings.bootKeys,
    allowSoftware: permissions.has("software-key"),
    demandsRevocation: kind === "production",
  };
}
