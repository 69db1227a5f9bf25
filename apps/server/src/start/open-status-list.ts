import type { ServiceOptions } from "../config.ts";
import { StartError } from "../data-folder/start-error.ts";
import { openFetchedStatusList } from "../jobs/fetched-status-list.ts";
import { openStatusListFile } from "../jobs/status-list-file.ts";
import type { StatusListSource } from "../jobs/status-list-source.ts";
import type { Log } from "../log/create-log.ts";
import { googleStatusListUrl } from "../vendors/google/status-list.ts";

const dayMs = 86_400_000;

/** How long past its freshness a fetched list is tolerated, where nothing else is said. Days. */
export const defaultGraceDays = 7;

/**
 * The status list this service follows: the named file, else the vendor's own where fetching is asked for, else none.
 *
 * @throws StartError `option_invalid`, or what the file's opening throws.
 */
export async function openStatusList(
  { revocationListFile, statusListFetch, data }: ServiceOptions,
  { nowMs, log }: { readonly nowMs: () => number; readonly log: Log },
): Promise<StatusListSource | null> {
  if (revocationListFile !== undefined) return openStatusListFile(revocationListFile);
  if (statusListFetch === undefined) {
    log.warn({ event: "revocation_not_evaluated" }, "no status list: revocation is not evaluated");
    return null;
  }
  const { url = googleStatusListUrl, graceDays = defaultGraceDays } = statusListFetch;
  if (!isFetchable(url)) {
    throw new StartError("option_invalid", "The status list's address is not an https URL.", "Name it with https://.");
  }
  if (!Number.isInteger(graceDays) || graceDays < 0 || graceDays > 90) {
    throw new StartError("option_invalid", "The status list's grace is not 0 to 90 days.", "Name another number.");
  }
  const onFailure = (why: string): void =>
    log.warn({ event: "status_list_not_fetched", why }, "the status list was not fetched");
  return openFetchedStatusList({ folder: data, url, graceMs: graceDays * dayMs, nowMs, onFailure });
}

/** Plain HTTP only to this machine, where a mirror or a test may stand. */
function isFetchable(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || url.username !== "" || url.password !== "") return false;
  return url.protocol === "https:" || (url.protocol === "http:" && url.hostname === "127.0.0.1");
}
