/** What an administrator is told of the vendor's status list. */
export interface RevocationView {
  readonly source: "fetched" | "file" | "none";
  /**
   * `fresh`; `stale`: past its freshness; `absent`: none has come yet; `lost`: its grace is over, and production projects refuse hardware
   * evidence; `off`: revocation is not evaluated.
   */
  readonly state: "fresh" | "stale" | "absent" | "lost" | "off";
  readonly freshUntilMs: number | null;
  readonly refusesFromMs: number | null;
  /** Why the last look failed; null where it did not. */
  readonly lastFailure: string | null;
}

/** The one sentence for an operator; null where nothing wants doing. */
export function revocationWarning({ state, refusesFromMs, lastFailure }: RevocationView): string | null {
  const cause = lastFailure === null ? "" : ` The last look failed: ${lastFailure}.`;
  const from = refusesFromMs === null ? "" : ` From ${new Date(refusesFromMs).toISOString()} on`;
  if (state === "off")
    return "No status list is followed: revoked Android keys are not recognized (docs/operations.md).";
  if (state === "lost") {
    return `The status list's grace is over: production projects refuse new Android evidence (revocation_unknown).${cause}`;
  }
  const what = state === "absent" ? "No status list has come yet." : "The status list is past its freshness.";
  const threat = from === "" ? "" : `${from} production projects refuse new Android evidence.`;
  // A list that is due is fetched within minutes; only one that could not be is worth a word.
  return state === "fresh" || lastFailure === null ? null : `${what}${threat}${cause}`;
}
