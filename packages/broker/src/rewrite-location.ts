/** Where the caller finds this API: `/b/{project}/{api}`. */
export interface BrokeredAt {
  /** The URL the upstream was asked, without its query's values. */
  readonly upstream: URL;
  readonly prefix: string;
}

/**
 * A `Location` of the upstream in the caller's terms, or null where it must be dropped: it leaves the API (another host, port or scheme), or
 * `holdsValue` finds an injected value in it.
 */
export function rewriteLocation(
  location: string,
  at: BrokeredAt,
  holdsValue: (text: string) => boolean,
): string | null {
  if (holdsValue(location) || !URL.canParse(location, at.upstream)) return null;
  const target = new URL(location, at.upstream);
  if (
    target.protocol !== "https:" ||
    target.host !== at.upstream.host ||
    target.username !== "" ||
    target.password !== ""
  )
    return null;
  const rewritten = `${at.prefix}${target.pathname}${target.search}`;
  return holdsValue(rewritten) ? null : rewritten;
}
