/** Requests per key in a fixed window, as api.nasa.gov counts them. */
export interface RateLimit {
  readonly limit: number;
  /** Counts one request; what is left, or null where there was none left. */
  take(key: string): number | null;
}

export function createRateLimit(limit: number, windowMs: number, nowMs: () => number): RateLimit {
  const windows = new Map<string, { beganAtMs: number; used: number }>();
  return {
    limit,
    take(key) {
      const known = windows.get(key);
      const current =
        known !== undefined && nowMs() < known.beganAtMs + windowMs ? known : { beganAtMs: nowMs(), used: 0 };
      windows.set(key, current);
      if (current.used >= limit) return null;
      current.used += 1;
      return limit - current.used;
    },
  };
}
