import type { StoredTokenKey, TokenKeyTimes } from "../ports/index.ts";
import { isRetired, isStaged, signingKeyOf, tokenKeyTimes } from "./token-key-state.ts";

/** Times of keys that are to change, and when the successor begins. */
export interface Succession {
  readonly activeFromMs: number;
  readonly times: readonly TokenKeyTimes[];
}

/** The next whole second, as JWKs state times. */
export function toWholeSecond(ms: number): number {
  return Math.ceil(ms / 1000) * 1000;
}

/**
 * What becomes of a set's other keys when `kid` takes over at `activeFromMs`. Each that signs or is due to sign by then ends when its last token has
 * ended, never later than it would have; one that is staged for later, or until it is activated, is left as it is. `atOnce`: every key that is
 * active or due by then ends now.
 */
export function planSuccession(
  others: readonly StoredTokenKey[],
  { activeFromMs, atOnce }: { readonly activeFromMs: number; readonly atOnce: boolean },
  nowMs: number,
): Succession {
  const endsAtMs = atOnce ? nowMs : toWholeSecond(activeFromMs + tokenKeyTimes.tailMs);
  const times = others
    .filter((key) => !isRetired(key, nowMs) && !isStaged(key, activeFromMs))
    .filter(({ retiresAtMs }) => retiresAtMs === null || retiresAtMs > endsAtMs)
    .map(({ kid, activeFromMs: from }) => ({ kid, activeFromMs: from, retiresAtMs: endsAtMs }));
  return { activeFromMs, times };
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
