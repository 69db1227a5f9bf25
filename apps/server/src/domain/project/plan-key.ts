import type { StoredTokenKey, TokenKeyTimes } from "../ports/index.ts";
import { earliestActivation, lastTokenEnds, planSuccession, signsAlways, toWholeSecond } from "./token-key-plan.ts";
import { isStaged, signingKeyOf, tokenKeyTimes } from "./token-key-state.ts";

/** What a set lacks to be signed for by its algorithm. */
export interface KeyPlan {
  /** Times of the key that is to be made; null where none is. */
  readonly make: Pick<StoredTokenKey, "activeFromMs" | "retiresAtMs"> | null;
  /** Times of the others that are to change. */
  readonly times: readonly TokenKeyTimes[];
}

type Alg = StoredTokenKey["alg"];

const nothing: KeyPlan = { make: null, times: [] };

/**
 * How a set comes to be signed for by `alg`. `living` are its keys that are not retired. A key that never signed is taken before one is made,
 * so that an algorithm that goes back and forth leaves one key of each behind.
 */
export function planKey(living: readonly StoredTokenKey[], alg: Alg, nowMs: number): KeyPlan {
  const ofAlg = living.filter((key) => key.alg === alg);
  if (ofAlg.some(isToStay)) return nothing;
  const signing = signingKeyOf(living, nowMs);
  // An API that was gone for a moment keeps its secret, too: backends have no other.
  if (signing?.alg === alg && (alg === "HS256" || isEndOfSuccession(signing, living, nowMs))) {
    return { make: null, times: [{ ...timesOf(signing), retiresAtMs: null }, ...wait(living, nowMs, nowMs)] };
  }
  const unused = ofAlg.filter((key) => isStaged(key, nowMs) && isEndOfSuccession(key, living, nowMs));
  const [taken = null] = unused.toSorted(byActivation);
  if (alg === "HS256" && (taken?.activeFromMs ?? null) === null && signsAlways(living, nowMs)) {
    return taken === null ? { make: { activeFromMs: null, retiresAtMs: null }, times: [] } : nothing;
  }
  const others = living.filter((key) => key !== taken);
  const activeFromMs = takesOverAt(taken, others, alg, nowMs);
  // What was to sign later would bring the former algorithm back.
  const waiting = wait(others, activeFromMs, nowMs);
  const due = others.filter(({ kid }) => !waiting.some((each) => each.kid === kid));
  const { times } = planSuccession(due, { activeFromMs, atOnce: false }, nowMs);
  const own = { activeFromMs, retiresAtMs: null };
  return taken === null
    ? { make: own, times: [...times, ...waiting] }
    : { make: null, times: [{ kid: taken.kid, ...own }, ...times, ...waiting] };
}

/** When the key takes over: as was settled where it is due, else once caches can have it, or at once where nothing signs until then. */
function takesOverAt(taken: StoredTokenKey | null, others: readonly StoredTokenKey[], alg: Alg, nowMs: number): number {
  const from = taken?.activeFromMs ?? null;
  if (from !== null) return from;
  if (alg === "HS256") return nowMs;
  const knownMs = toWholeSecond(nowMs + tokenKeyTimes.overlapMs);
  const earliestMs = taken === null ? knownMs : earliestActivation(taken, nowMs);
  return signsUntil(others, earliestMs, nowMs) ? earliestMs : nowMs;
}

/** Those due after a time are to sign no more until they are activated. */
function wait(living: readonly StoredTokenKey[], afterMs: number, nowMs: number): readonly TokenKeyTimes[] {
  return living
    .filter(({ activeFromMs }) => activeFromMs !== null && activeFromMs > afterMs)
    .map((key) => ({
      kid: key.kid,
      activeFromMs: null,
      retiresAtMs: isEndOfSuccession(key, living, nowMs) ? null : key.retiresAtMs,
    }));
}

/** Whether a key has no end, or one that its successor brought: not one that an operator set. */
function isEndOfSuccession(key: StoredTokenKey, living: readonly StoredTokenKey[], nowMs: number): boolean {
  const { retiresAtMs } = key;
  if (retiresAtMs === null) return true;
  return living.some(
    ({ kid, activeFromMs }) =>
      kid !== key.kid && activeFromMs !== null && activeFromMs > nowMs && retiresAtMs === lastTokenEnds(activeFromMs),
  );
}

/** Whether the keys that are there sign at every moment before a successor does. */
function signsUntil(keys: readonly StoredTokenKey[], successorMs: number, nowMs: number): boolean {
  const moments = [
    nowMs,
    successorMs - 1,
    ...keys.flatMap(({ activeFromMs }) => (activeFromMs === null ? [] : [activeFromMs - 1])),
  ];
  return moments.every((atMs) => atMs < nowMs || atMs >= successorMs || signingKeyOf(keys, atMs) !== null);
}

/** Signs now or is due to, with no end in sight. */
function isToStay({ activeFromMs, retiresAtMs }: StoredTokenKey): boolean {
  return activeFromMs !== null && retiresAtMs === null;
}

function byActivation(a: StoredTokenKey, b: StoredTokenKey): number {
  return (a.activeFromMs ?? Number.MAX_SAFE_INTEGER) - (b.activeFromMs ?? Number.MAX_SAFE_INTEGER);
}

function timesOf({ kid, activeFromMs, retiresAtMs }: StoredTokenKey): TokenKeyTimes {
  return { kid, activeFromMs, retiresAtMs };
}
