/** A vendor's status list as it is held, and until when it counts. Plain data, so that it can be handed to another thread. */
export interface HeldStatusList {
  /** Null: none has come yet, or none is followed. */
  readonly text: string | null;
  /** From when it is past its freshness. Null: never, because its operator answers for that. */
  readonly staleAtMs: number | null;
  /** From when production projects refuse hardware evidence. Null: never. */
  readonly lostAtMs: number | null;
}

/** Nobody follows a list: revocation is not evaluated. */
export const noStatusList: HeldStatusList = { text: null, staleAtMs: null, lostAtMs: null };

/** How far the list counts at a time; absent: fully. Only where it is `demanded` can it be lost. */
export function standingOfList(
  { staleAtMs, lostAtMs }: HeldStatusList,
  nowMs: number,
  demanded: boolean,
): "stale" | "lost" | undefined {
  if (demanded && lostAtMs !== null && nowMs >= lostAtMs) return "lost";
  return staleAtMs !== null && nowMs >= staleAtMs ? "stale" : undefined;
}
