import { tokenLifetime } from "@countersign/tokens";
import type { ApiToken, StoredTokenKey } from "../ports/index.ts";

/**
 * `staged`: published, not signing yet. `signing`: signs now. `retiring`: published and accepted, not signing. `retired`: neither published
 * nor accepted.
 */
export type TokenKeyState = "staged" | "signing" | "retiring" | "retired";

/** How long a cache may keep a key set. */
const cacheMs = 300_000;

export const tokenKeyTimes = {
  cacheMs,
  /** From the publication of a key to its first signature: what every cache needs to have it, and a minute for nodes that are behind. */
  overlapMs: cacheMs + 60_000,
  longestTokenMs: tokenLifetime.maxSeconds * 1000,
  /**
   * From a key's last signature to its end: the longest token, and the 60 s by which a verifier's clock may be behind. Not less than
   * `cacheMs`: a key set that was fetched before the end was known is dropped before it.
   */
  tailMs: Math.max(tokenLifetime.maxSeconds * 1000 + 60_000, cacheMs),
} as const;

type Times = Pick<StoredTokenKey, "activeFromMs" | "retiresAtMs">;

/** The keys that stand in for each other: those of one API, those that the project's APIs share for one algorithm, or the attester's. */
export type KeySet = Pick<StoredTokenKey, "purpose" | "api"> & {
  /** What tokens are to be signed with. */
  readonly alg: StoredTokenKey["alg"];
};

export const attesterSet: KeySet = { purpose: "attester", api: null, alg: "ES256" };

/** Whose keys sign the tokens of an API. */
export function keySetOf(api: string, { keys, alg }: Pick<ApiToken, "keys" | "alg">): KeySet {
  return { purpose: "api", api: keys === "project" ? null : api, alg };
}

/**
 * The keys of a set. An API's own keys belong to it whatever their algorithm: when that changes the former key signs until its successor
 * is known. Shared keys serve APIs of several algorithms at once and never stand in across them.
 */
export function keysOfSet<Key extends Pick<StoredTokenKey, "purpose" | "api" | "alg">>(
  keys: readonly Key[],
  set: KeySet,
): readonly Key[] {
  return keys.filter(
    (key) => key.purpose === set.purpose && key.api === set.api && (set.api !== null || key.alg === set.alg),
  );
}

export function isRetired({ retiresAtMs }: Pick<Times, "retiresAtMs">, nowMs: number): boolean {
  return retiresAtMs !== null && nowMs >= retiresAtMs;
}

export function isStaged({ activeFromMs }: Pick<Times, "activeFromMs">, nowMs: number): boolean {
  return activeFromMs === null || nowMs < activeFromMs;
}

/** Whether a key may sign: a token that it signs now must not outlive it. */
function maySign(key: Times, nowMs: number): boolean {
  if (isStaged(key, nowMs)) return false;
  return key.retiresAtMs === null || key.retiresAtMs > nowMs + tokenKeyTimes.longestTokenMs;
}

type Ordered = Times & Pick<StoredTokenKey, "createdAtMs" | "kid">;

/** The one of a set's keys that signs now: the one that became active last. Null where none may. */
export function signingKeyOf<Key extends Ordered>(keys: readonly Key[], nowMs: number): Key | null {
  return keys.filter((key) => maySign(key, nowMs)).toSorted(byActivation)[0] ?? null;
}

/** Of two that became active at once the one whose end is later: the other's was set when it was succeeded. */
function byActivation(a: Ordered, b: Ordered): number {
  const later = (b.activeFromMs ?? 0) - (a.activeFromMs ?? 0) || endOf(b) - endOf(a) || b.createdAtMs - a.createdAtMs;
  return later !== 0 ? later : a.kid < b.kid ? -1 : 1;
}

function endOf({ retiresAtMs }: Times): number {
  return retiresAtMs ?? Number.MAX_SAFE_INTEGER;
}

/** How a key stands at a time, among the keys of its set. No job moves it: this is all there is. */
export function tokenKeyState(key: StoredTokenKey, set: readonly StoredTokenKey[], nowMs: number): TokenKeyState {
  if (isRetired(key, nowMs)) return "retired";
  if (isStaged(key, nowMs)) return "staged";
  return signingKeyOf(set, nowMs)?.kid === key.kid ? "signing" : "retiring";
}

/** How many whole seconds a cache may keep what holds these keys: never past the end of one of them. */
export function cacheSecondsOf(keys: readonly Pick<Times, "retiresAtMs">[], nowMs: number): number {
  const ends = keys.flatMap(({ retiresAtMs }) => (retiresAtMs === null ? [] : [retiresAtMs - nowMs]));
  return Math.max(0, Math.floor(Math.min(tokenKeyTimes.cacheMs, ...ends) / 1000));
}
