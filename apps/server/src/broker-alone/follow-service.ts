import { setTimeout as wait } from "node:timers/promises";
import { parseState } from "../domain/brokers/broker-state.ts";
import type { HeldState } from "./held-state.ts";
import type { ServiceClock } from "./service-clock.ts";
import type { LinkFailure, ServiceLink } from "./service-link.ts";

/** How the link does: `current` after a state that was taken, else why there was none. */
export type LinkEvent = "current" | LinkFailure | "malformed" | "rolled_back" | "incomplete";

export interface Following {
  readonly link: ServiceLink;
  readonly held: HeldState;
  readonly clock: ServiceClock;
  readonly monotonicMs: () => number;
  /** Between two questions while nothing is told. */
  readonly reconcileMs: number;
  /** Between an answer and the next question at least, whatever is told: the service answers a broker so often and no more. */
  readonly gapMs: number;
  /** After a failure: doubled from `leastMs` to `mostMs`, of which half is by chance. */
  readonly backOff: { readonly leastMs: number; readonly mostMs: number };
  /** Called at every change of how the link does. */
  readonly onEvent: (event: LinkEvent) => void;
  /** A number from 0 to 1. */
  readonly chance: () => number;
}

export interface Follower {
  /** Resolves after the first question, whatever came of it. */
  readonly first: Promise<void>;
  /** Ends at once. */
  close(): Promise<void>;
}

/**
 * Keeps what is held as it is at the service: asks at every change that the stream tells of, and every few seconds whatever it tells. A credential that is gone, or
 * that another process has, empties it at once; an answer that is older than what is held, or is not the service's, changes nothing.
 */
export function followService(following: Following): Follower {
  const { link, held, clock, backOff } = following;
  const stop = new AbortController();
  let nudge: () => void = () => {};
  let told = false;
  let last: LinkEvent | null = null;

  async function ask(): Promise<LinkEvent> {
    const sentAtMs = following.monotonicMs();
    const answered = await link.ask("state", { holds: held.holds() });
    if (!answered.ok) {
      if (answered.reason === "unauthorized" || answered.reason === "superseded") held.forget();
      return answered.reason;
    }
    const state = parseState(answered.plaintext);
    answered.plaintext.fill(0);
    if (state === null) return "malformed";
    const taken = held.take(state, sentAtMs);
    if (taken === "incomplete") held.forget();
    if (taken !== "taken") return taken;
    clock.learn(state.serverTimeMs, sentAtMs, following.monotonicMs());
    return "current";
  }

  function pause(ms: number): Promise<void> {
    const over = new AbortController();
    nudge = () => over.abort();
    const signal = AbortSignal.any([stop.signal, over.signal]);
    return wait(ms, undefined, { signal, ref: false }).catch(() => {});
  }

  const backOffOf = (failures: number): number => {
    const full = Math.min(backOff.leastMs * 2 ** Math.min(failures, 16), backOff.mostMs);
    return full / 2 + (full / 2) * following.chance();
  };

  async function askAgainAndAgain(onFirst: () => void): Promise<void> {
    let failures = 0;
    while (!stop.signal.aborted) {
      told = false;
      const event = await ask();
      if (stop.signal.aborted) break;
      if (event !== last) following.onEvent(event);
      last = event;
      onFirst();
      failures = event === "current" ? 0 : failures + 1;
      await wait(following.gapMs, undefined, { signal: stop.signal, ref: false }).catch(() => {});
      // What was told while the question was on its way may have come too late for its answer.
      if (!(told && event === "current")) await pause(failures === 0 ? following.reconcileMs : backOffOf(failures - 1));
    }
    onFirst();
  }

  async function listenAgainAndAgain(): Promise<void> {
    let failures = 0;
    while (!stop.signal.aborted) {
      const before = failures;
      failures += 1;
      await link.listen(() => {
        failures = 0;
        told = true;
        nudge();
      });
      if (stop.signal.aborted) return;
      // The end of a stream that was open may mean that the credential is gone.
      if (failures === 0) {
        told = true;
        nudge();
      }
      await wait(backOffOf(failures === 0 ? 0 : before), undefined, { signal: stop.signal, ref: false }).catch(
        () => {},
      );
    }
  }

  let onFirst: () => void = () => {};
  const first = new Promise<void>((resolve) => {
    onFirst = resolve;
  });
  const loops = Promise.all([askAgainAndAgain(() => onFirst()), listenAgainAndAgain()]);
  return {
    first,
    async close() {
      stop.abort();
      link.close();
      await loops;
      held.forget();
    },
  };
}
