import type { StoredTokenKey, TokenKeyTimes } from "../ports/index.ts";
import { isRetired, isStaged, signingKeyOf, tokenKeyTimes } from "./token-key-state.ts";

/** What becomes of a set when one of its keys takes over. */
export interface Succession {
  /** The end of the key that takes over: null, unless another is due to take over from it. */
  readonly retiresAtMs: number | null;
  /** Times of the others that are to change. */
  readonly times: readonly TokenKeyTimes[];
}

/** The next whole second, as JWKs state times. */
export function toWholeSecond(ms: number): number {
  return Math.ceil(ms / 1000) * 1000;
}

/**
 * What becomes of the others of a set when a key takes over at `activeFromMs`. Each that signs, or is due to, by then ends when its last token has
 * ended, never later than it would have. One that is due later takes over in its turn; one that waits for its activation goes on waiting. `atOnce`: every
 * other ends now.
 */
export function planSuccession(
  others: readonly StoredTokenKey[],
  { activeFromMs, atOnce }: { readonly activeFromMs: number; readonly atOnce: boolean },
  nowMs: number,
): Succession {
  const living = others.filter((key) => !isRetired(key, nowMs));
  const isLater = (key: StoredTokenKey) => !atOnce && isStaged(key, activeFromMs);
  const endsAtMs = atOnce ? nowMs : lastTokenEnds(activeFromMs);
  const times = living
    .filter((key) => !isLater(key) && (key.retiresAtMs === null || key.retiresAtMs > endsAtMs))
    .map(({ kid, activeFromMs: from }) => ({ kid, activeFromMs: from, retiresAtMs: endsAtMs }));
  const due = living.flatMap((key) => (isLater(key) && key.retiresAtMs === null ? (key.activeFromMs ?? []) : []));
  return { retiresAtMs: due.length === 0 ? null : lastTokenEnds(Math.min(...due)), times };
}

/** When the last token has ended of a key that is succeeded at `successorMs`. */
export function lastTokenEnds(successorMs: number): number {
  return toWholeSecond(successorMs + tokenKeyTimes.tailMs);
}

/** The first moment at which a staged key may sign: a public one when every cache has it, a secret one when an operator says so. */
export function earliestActivation(key: Pick<StoredTokenKey, "publicJwk" | "createdAtMs">, nowMs: number): number {
  return key.publicJwk === null ? nowMs : Math.max(nowMs, toWholeSecond(key.createdAtMs + tokenKeyTimes.overlapMs));
}

/** The first moment at which a key may end: when the last token it may sign now has ended and no cache has it. */
export function earliestRetirement(key: StoredTokenKey, nowMs: number): number {
  return isStaged(key, nowMs)
    ? toWholeSecond(nowMs + tokenKeyTimes.cacheMs)
    : toWholeSecond(nowMs + tokenKeyTimes.tailMs);
}

/** Whether some key of the set may sign at every moment from now on: what is looked at are the moments at which one stops. */
export function signsAlways(set: readonly StoredTokenKey[], nowMs: number): boolean {
  const stops = set.flatMap(({ retiresAtMs }) =>
    retiresAtMs === null ? [] : [Math.max(nowMs, retiresAtMs - tokenKeyTimes.longestTokenMs)],
  );
  return [nowMs, ...stops].every((atMs) => signingKeyOf(set, atMs) !== null);
}
