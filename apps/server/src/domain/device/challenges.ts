import {
  type ChallengeFields,
  checkWork,
  decodeBase64url,
  encodeBase64url,
  isChallengeInTime,
  isEvidenceChallengeInTime,
  limits,
  parseChallenge,
  type Statement,
} from "@countersign/protocol";
import { checkChallengeMac, mintChallenge, sha256 } from "@countersign/protocol/server";
import type { Spend } from "../ports/index.ts";
import type { ProjectContext } from "../project/project-context.ts";
import type { DeviceDeps } from "./device-deps.ts";
import { type DeviceProblem, problem } from "./outcome.ts";

/** Mints an open challenge; over the network's budget it asks for work. */
export async function mintOpenChallenge(deps: DeviceDeps, projectId: Uint8Array, network: string): Promise<string> {
  const within = await deps.ledger.take(`service:challenges:${network}`, deps.budgets.challengesPerMinute, 60);
  return openChallenge(deps, projectId, within ? 0 : deps.budgets.workBits);
}

/** Mints an open challenge that asks for this much work. */
export function openChallenge(deps: DeviceDeps, project: Uint8Array, workBits: number): string {
  const nowMs = deps.clock.nowMs();
  const random = deps.random(16);
  return encodeBase64url(mintChallenge({ kind: "open", project, ...deps.seeds.current(), nowMs, workBits, random }));
}

/** Mints the challenge of a signed answer: for this instance alone, and later than the one that was spent for it. */
export function continuingChallenge(
  deps: DeviceDeps,
  { project, projectId }: ProjectContext,
  instance: Uint8Array,
  spentIssuedAtMs: number,
): string {
  return encodeBase64url(
    mintChallenge({
      kind: "continuing",
      project: projectId,
      scope: instance,
      ...deps.seeds.current(),
      nowMs: Math.max(deps.clock.nowMs(), spentIssuedAtMs + 1),
      lifetimeSeconds: project.settings.continuingSeconds,
      random: deps.random(16),
    }),
  );
}

/** Format, work, MAC and time of a statement's challenge, in this order. Whether it was spent is the ledger's to say. */
export function checkStatementChallenge(
  deps: DeviceDeps,
  projectId: Uint8Array,
  statement: Statement,
): { readonly ok: true; readonly fields: ChallengeFields } | DeviceProblem {
  const challenge = parseChallenge(statement.challenge);
  if (!challenge.ok) return problem("challenge_invalid", challenge.detail);
  const fields = challenge.value;
  const work = statement.work === undefined ? null : decodeBase64url(statement.work, 8);
  if (!checkWork(sha256, fields, work)) return problem("challenge_invalid", "the work was not done");
  const scope = decodeBase64url(statement.instance, 16);
  const seed = deps.seeds.of(fields.generation);
  if (seed === null || scope === null || !checkChallengeMac(fields.bytes, { project: projectId, scope, seed })) {
    return problem("challenge_invalid", "the MAC is not ours for this project and scope");
  }
  if (!isChallengeInTime(fields, deps.clock.nowMs()))
    return problem("challenge_expired", "the challenge is out of time");
  return { ok: true, fields };
}

/** MAC, kind and age of the challenge that evidence was made over. */
export function checkEvidenceChallenge(
  deps: DeviceDeps,
  project: Uint8Array,
  text: string,
): { readonly ok: true; readonly fields: ChallengeFields } | DeviceProblem {
  const challenge = parseChallenge(text);
  if (!challenge.ok) return problem("challenge_invalid", `evidence ${challenge.detail}`);
  const fields = challenge.value;
  const seed = deps.seeds.of(fields.generation);
  if (seed === null || fields.kind !== "open" || !checkChallengeMac(fields.bytes, { project, seed })) {
    return problem("challenge_invalid", "the MAC of the evidence challenge is not ours for this project");
  }
  if (!isEvidenceChallengeInTime(fields, deps.clock.nowMs())) {
    return problem("challenge_expired", "the evidence challenge is out of time");
  }
  return { ok: true, fields };
}

/** How the ledger is asked to spend a challenge. */
export function toSpend(project: string, instance: string, fields: ChallengeFields, counter: Spend["counter"]): Spend {
  const { kind, issuedAtMs, lifetimeSeconds } = fields;
  const expiresAtMs = issuedAtMs + lifetimeSeconds * 1000 + limits.clockToleranceMs;
  const challenge: Spend["challenge"] =
    kind === "open"
      ? { kind, nonce: encodeBase64url(fields.nonce), issuedAtMs, expiresAtMs }
      : { kind, issuedAtMs, expiresAtMs };
  return { project, instance, challenge, counter };
}
