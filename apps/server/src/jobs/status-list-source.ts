import type { RevocationView } from "../domain/admin/revocation-view.ts";
import { type HeldStatusList, standingOfList } from "../domain/device/held-status-list.ts";

/** Where a status list comes from. */
export interface StatusListSource {
  /** What is held now. */
  held(): HeldStatusList;
  /** Looks for a newer one. Resolves with whether `held` changed; never rejects for the vendor's sake. */
  refresh(): Promise<boolean>;
  /** Why the last look failed; null where it did not. */
  lastFailure(): string | null;
  readonly kind: "fetched" | "file";
  close(): void;
}

/** What an administrator is told of the list. */
export function toRevocationView(source: StatusListSource | null, nowMs: number): RevocationView {
  if (source === null) {
    return { source: "none", state: "off", freshUntilMs: null, refusesFromMs: null, lastFailure: null };
  }
  const held = source.held();
  const standing = standingOfList(held, nowMs, true) ?? "fresh";
  return {
    source: source.kind,
    state: standing === "stale" && held.text === null ? "absent" : standing,
    freshUntilMs: held.text === null ? null : held.staleAtMs,
    refusesFromMs: held.lostAtMs,
    lastFailure: source.lastFailure(),
  };
}
