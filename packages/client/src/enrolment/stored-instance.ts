import { decodeBase64url, isPoint } from "@countersign/protocol";
import * as limits from "@countersign/protocol/limits";
import type { Moment } from "../clock/agent-clock.ts";
import type { Evidence } from "../ports.ts";

/** A key the platform made; both points as b64u. */
export interface DeviceKey {
  readonly alias: string;
  readonly instanceKey: string;
  readonly attestedKey: string;
  /** The app's build when the key was made: Android evidence names it. */
  readonly build: string;
  /** Id of the development key it enrolled with; absent where the platform vouches for it. */
  readonly development?: string;
}

/** A key whose enrolment has no verified session yet. */
export interface PendingKey extends DeviceKey {
  readonly evidence: readonly Evidence[];
  readonly madeAt: Moment;
  /** The service turned the evidence down, or may know the key already: only a session without credential is left. */
  readonly evidenceSpent: boolean;
}

/**
 * What the agent stores of its instance. No secret is among it: the credential is worth nothing without the key, which the platform keeps.
 */
export interface StoredInstance {
  readonly held: DeviceKey | null;
  readonly credential: string | null;
  /** The continuing challenge of the last verified answer, and when that answer's request was sent. */
  readonly challenge: { readonly text: string; readonly at: Moment } | null;
  readonly pending: PendingKey | null;
  /** The alias of a key the platform has begun to make. */
  readonly halfMade: string | null;
  /** When outcomes or errors drove an enrolment. */
  readonly drivenEnrolments: readonly Moment[];
  /** Keys to delete once a successor's session was opened. */
  readonly superseded: readonly string[];
}

export const noInstance: StoredInstance = {
  held: null,
  credential: null,
  challenge: null,
  pending: null,
  halfMade: null,
  drivenEnrolments: [],
  superseded: [],
};

type Members = Readonly<Record<string, unknown>>;

function asMembers(value: unknown): Members | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Members) : null;
}

function asText(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function asMoment(value: unknown): Moment | null {
  const { continuousMs, wallMs } = asMembers(value) ?? {};
  return typeof continuousMs === "number" && typeof wallMs === "number" ? { continuousMs, wallMs } : null;
}

function asList<T>(value: unknown, read: (item: unknown) => T | null): T[] {
  return Array.isArray(value) ? value.map(read).filter((item) => item !== null) : [];
}

function isPointText(text: string | null): text is string {
  const point = text === null ? null : decodeBase64url(text, 65);
  return point !== null && isPoint(point);
}

function asCredential(value: unknown): string | null {
  const text = asText(value);
  return text !== null && text.length <= limits.credentialCharacters && /^[A-Za-z0-9_-]+$/.test(text) ? text : null;
}

/** Bytes as b64u; null where it is not. */
function asBytesText(value: unknown): string | null {
  const text = asText(value);
  return text !== null && decodeBase64url(text) !== null ? text : null;
}

function asKey(value: unknown): DeviceKey | null {
  const members = asMembers(value) ?? {};
  const alias = asText(members.alias);
  const instanceKey = asText(members.instanceKey);
  const attestedKey = asText(members.attestedKey);
  const build = asText(members.build);
  if (alias === null || !isPointText(instanceKey) || !isPointText(attestedKey) || build === null) return null;
  const development = asText(members.development);
  return { alias, instanceKey, attestedKey, build, ...(development === null ? {} : { development }) };
}

function asEvidence(value: unknown): Evidence | null {
  const members = asMembers(value) ?? {};
  const challenge = asText(members.challenge);
  if (challenge === null) return null;
  if (members.type === "android") return { type: "android", challenge, chain: asList(members.chain, asBytesText) };
  const attestation = asBytesText(members.attestation);
  return members.type === "apple" && attestation !== null ? { type: "apple", challenge, attestation } : null;
}

function asPending(value: unknown): PendingKey | null {
  const key = asKey(value);
  const members = asMembers(value) ?? {};
  const madeAt = asMoment(members.madeAt);
  if (key === null || madeAt === null) return null;
  const evidence = asList(members.evidence, asEvidence);
  return { ...key, evidence, madeAt, evidenceSpent: members.evidenceSpent === true };
}

/** Reads what `toStoredText` wrote. Anything that is not of that form counts as absent: the instance then enrols anew. */
export function parseStoredInstance(text: string | null): StoredInstance {
  let value: unknown = null;
  try {
    value = text === null ? null : JSON.parse(text);
  } catch {
    return noInstance;
  }
  const members = asMembers(value);
  if (members === null) return noInstance;
  const challenge = asMembers(members.challenge) ?? {};
  const challengeText = asText(challenge.text);
  const at = asMoment(challenge.at);
  return {
    held: asKey(members.held),
    credential: asCredential(members.credential),
    challenge: challengeText === null || at === null ? null : { text: challengeText, at },
    pending: asPending(members.pending),
    halfMade: asText(members.halfMade),
    drivenEnrolments: asList(members.drivenEnrolments, asMoment),
    superseded: asList(members.superseded, asText),
  };
}

export function toStoredText(instance: StoredInstance): string {
  return JSON.stringify(instance);
}
