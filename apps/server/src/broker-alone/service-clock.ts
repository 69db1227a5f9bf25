/** The service's clock, as far as it is known here: what passes and signatures are judged by. */
export interface ServiceClock {
  nowMs(): number;
  /** What it showed when it was first learnt; infinite before. */
  knownSinceMs(): number;
  /** Learns that the service's clock showed `serverTimeMs` at some moment between the two, by the monotonic clock. */
  learn(serverTimeMs: number, sentAtMs: number, receivedAtMs: number): void;
}

/** Begins with this machine's clock. What is known is moved no more than an answer proves: at its receipt the service's clock showed no less than it says, and no more than that and the time of the call. */
export function createServiceClock(own: { nowMs(): number; monotonicMs(): number }): ServiceClock {
  let offsetMs = own.nowMs() - own.monotonicMs();
  let knownSinceMs = Number.POSITIVE_INFINITY;
  const nowMs = (): number => Math.floor(own.monotonicMs() + offsetMs);
  return {
    nowMs,
    knownSinceMs: () => knownSinceMs,
    learn(serverTimeMs, sentAtMs, receivedAtMs) {
      const least = serverTimeMs - receivedAtMs;
      const most = serverTimeMs - sentAtMs;
      offsetMs = Math.min(Math.max(offsetMs, least), most);
      if (knownSinceMs === Number.POSITIVE_INFINITY) knownSinceMs = nowMs();
    },
  };
}
