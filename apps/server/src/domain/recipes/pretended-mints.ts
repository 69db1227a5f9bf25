import type { MintTarget } from "./mint-guard.ts";

/** How long genuine mints take, so that decoys wait as long: nothing is minted for them, and an answer at once would tell. */
export interface PretendedMints {
  /** Told of every mint that gave a value. */
  note(target: MintTarget, minted: { readonly tookMs: number; readonly lifetimeMs: number }): void;
  /** How long this decoy is to wait now: about as long as the last mint took, once for as long as its value would have lived. */
  waitMsOf(target: MintTarget): number;
}

/** Before any mint was seen. */
const unknown = { tookMs: 250, lifetimeMs: 900_000 };
const mostRemembered = 10_000;

export function createPretendedMints(deps: {
  readonly nowMs: () => number;
  /** From 0 to 1. */
  readonly jitter: () => number;
}): PretendedMints {
  const seen = new Map<string, typeof unknown>();
  const heldUntilMs = new Map<string, number>();
  const remember = <T>(map: Map<string, T>, key: string, value: T): void => {
    map.delete(key);
    if (map.size >= mostRemembered) map.delete(map.keys().next().value ?? "");
    map.set(key, value);
  };
  const secretOf = ({ project, secret }: MintTarget): string => `${project}/${secret}`;

  return {
    note: (target, minted) => remember(seen, secretOf(target), minted),
    waitMsOf(target) {
      const key = `${secretOf(target)}/${target.version}/${target.instance}`;
      if (deps.nowMs() < (heldUntilMs.get(key) ?? 0)) return 0;
      const { tookMs, lifetimeMs } = seen.get(secretOf(target)) ?? unknown;
      remember(heldUntilMs, key, deps.nowMs() + lifetimeMs);
      return tookMs * (0.5 + deps.jitter());
    },
  };
}
