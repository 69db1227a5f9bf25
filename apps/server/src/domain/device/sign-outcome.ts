import {
  type AnswerBody,
  type AnswerCommon,
  compareManifestOrder,
  decodeBase64url,
  type EnrolReason,
  encodeBase64url,
  encodeSession,
  type KeyListEnvelope,
  limits,
  type SealedSession,
  sealInfo,
} from "@countersign/protocol";
import { sealTo, signAnswer } from "@countersign/protocol/server";
import type { Project } from "../ports/index.ts";
import type { AdmittedStatement } from "./admit-statement.ts";
import { continuingChallenge } from "./challenges.ts";
import type { DeviceDeps } from "./device-deps.ts";
import type { Judged } from "./judge.ts";
import { type DeviceOutcome, problem } from "./outcome.ts";

/** Seals a session to the statement's session key and signs the answer around it. */
export function signSession(deps: DeviceDeps, admitted: AdmittedStatement, session: SealedSession): DeviceOutcome {
  const recipient = decodeBase64url(admitted.statement.sessionKey, 32);
  const info = sealInfo(admitted.hash);
  const sealed = recipient === null ? null : sealTo({ recipient, info, plaintext: encodeSession(session) });
  if (sealed === null) return problem("malformed", "sessionKey cannot be sealed to");
  const body = {
    outcome: "session",
    enc: encodeBase64url(sealed.enc),
    sealed: encodeBase64url(sealed.sealed),
  } as const;
  return sign(admitted, { ...common(deps, admitted), ...body });
}

/** A refusal: an ARC, reasons where the project turned them on, and in any case whether an update ends it. */
export function signRefused(deps: DeviceDeps, admitted: AdmittedStatement, { decision, arc }: Judged): DeviceOutcome {
  const reasons = admitted.context.project.settings.reasons ? { reasons: decision.reasons } : {};
  const action = decision.action === undefined ? {} : { action: decision.action };
  const body = { outcome: "refused", arc, ...reasons, ...action, retryAfterSeconds: limits.retryAfterSeconds } as const;
  return sign(admitted, { ...common(deps, admitted), ...body });
}

/** Asks for an enrolment. */
export function signEnrol(deps: DeviceDeps, admitted: AdmittedStatement, reason: EnrolReason): DeviceOutcome {
  return sign(admitted, { ...common(deps, admitted), outcome: "enrol", reason });
}

function common(deps: DeviceDeps, { context, instance, challenge }: AdmittedStatement): AnswerCommon {
  const { project } = context;
  return {
    v: 1,
    project: project.id,
    environment: project.kind,
    serverTimeMs: deps.clock.nowMs(),
    keys: project.keyListVersion,
    manifest: { epoch: project.manifestEpoch, version: project.manifestVersion },
    challenge: continuingChallenge(deps, context, instance, challenge.issuedAtMs),
  };
}

/** An agent may hold a younger list than a restored service; a recovery-signed list, once published, is for everyone. */
function holdsKeys({ keyListVersion, keyListByRecovery }: Project, held: number): boolean {
  return keyListByRecovery ? held === keyListVersion : held >= keyListVersion;
}

/** Key list and manifest travel with the answer where the agent holds older ones. */
function sign({ context, statement, hash }: AdmittedStatement, body: AnswerBody): DeviceOutcome {
  const { project, responseKey } = context;
  const { holds, app } = statement;
  const hasKeys = holdsKeys(project, holds.keys);
  const held = { epoch: holds.manifestEpoch, version: holds.manifest };
  const current = { epoch: project.manifestEpoch, version: project.manifestVersion };
  const hasManifest = compareManifestOrder(held, current) >= 0;
  const keys = JSON.parse(project.keyList) as KeyListEnvelope;
  const answer = signAnswer({
    responseKey: responseKey.privateKey,
    kid: responseKey.kid,
    hash,
    body,
    ...(hasKeys ? {} : { keys }),
    ...(hasManifest ? {} : { manifest: context.manifestOf(app.id) ?? context.emptyManifestOf(app.id) }),
  });
  return { ok: true, answer };
}
