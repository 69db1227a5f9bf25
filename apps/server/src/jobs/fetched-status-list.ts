import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseStatusList } from "@countersign/attestation";
import { z } from "zod";
import { replaceFile } from "../data-folder/replace-file.ts";
import { fetchStatusList, freshness } from "../vendors/google/status-list.ts";
import type { StatusListSource } from "./status-list-source.ts";

export interface FetchedStatusListOptions {
  /** The data folder: the last good list lies there, so that a restart has it. */
  readonly folder: string;
  readonly url: string;
  /** How long past its freshness, or without ever having come, a list is tolerated. */
  readonly graceMs: number;
  readonly nowMs: () => number;
  readonly onFailure: (why: string) => void;
}

const Kept = z.strictObject({
  /** When this service first wanted a list: the grace of a service that never had one counts from here. */
  sinceMs: z.int().min(0),
  list: z
    .strictObject({
      url: z.string(),
      fetchedAtMs: z.int().min(0),
      freshUntilMs: z.int().min(0),
      etag: z.string().max(512).nullable(),
      text: z.string(),
    })
    .nullable(),
});
type Kept = z.infer<typeof Kept>;

const longestPauseMs = 3_600_000;

/**
 * The list as the vendor serves it, fetched again when it is no longer fresh. Nothing but a whole list with entries replaces what is
 * held; failures are tried again after 1, 2, 4 … minutes, at most an hour.
 */
export function openFetchedStatusList(options: FetchedStatusListOptions): StatusListSource {
  const { url, graceMs, nowMs } = options;
  const file = join(options.folder, "google-status-list.json");
  const ended = new AbortController();
  const found = readKept(file);
  let kept: Kept = found ?? { sinceMs: nowMs(), list: null };
  if (found === null) keep(kept);
  let failures = 0;
  let failure: string | null = null;
  let nextMs = kept.list?.freshUntilMs ?? 0;

  function keep(next: Kept): void {
    kept = next;
    try {
      replaceFile(file, Buffer.from(JSON.stringify(next)));
    } catch {
      options.onFailure("it cannot be written to the data folder");
    }
  }

  function fail(why: string): boolean {
    failure = why;
    nextMs = nowMs() + Math.min(60_000 * 2 ** failures, longestPauseMs);
    failures += 1;
    if (!ended.signal.aborted) options.onFailure(why);
    return false;
  }

  return {
    kind: "fetched",
    held() {
      const { list, sinceMs } = kept;
      const staleAtMs = list?.freshUntilMs ?? sinceMs;
      return { text: list?.text ?? null, staleAtMs, lostAtMs: staleAtMs + graceMs };
    },
    lastFailure: () => failure,
    async refresh() {
      const { list } = kept;
      // A clock that was set back would otherwise prolong what is held.
      const isFromLater = list !== null && list.fetchedAtMs > nowMs();
      if (nowMs() < nextMs && !isFromLater) return false;
      const etag = list?.url === url ? list.etag : null;
      const answer = await fetchStatusList({ url, etag, signal: ended.signal });
      if (answer.kind === "failed") return fail(answer.why);
      if (answer.kind === "unchanged" && list === null) return fail("it answered 304 to a first request");
      const fetchedAtMs = nowMs();
      const freshUntilMs = fetchedAtMs + answer.freshSeconds * 1000;
      const next = answer.kind === "list" ? { text: answer.text, etag: answer.etag } : { text: list?.text ?? "", etag };
      failures = 0;
      failure = null;
      nextMs = freshUntilMs;
      keep({ ...kept, list: { url, fetchedAtMs, freshUntilMs, ...next } });
      return true;
    },
    close: () => ended.abort(),
  };
}

/** Null where there is none, or none that can be trusted to be whole. */
function readKept(file: string): Kept | null {
  try {
    const { data } = Kept.safeParse(JSON.parse(readFileSync(file, "utf8")));
    if (data === undefined) return null;
    const { list } = data;
    const isGood = list === null || isGoodList(list);
    return isGood ? data : { ...data, list: null };
  } catch {
    return null;
  }
}

function isGoodList({ text, fetchedAtMs, freshUntilMs }: NonNullable<Kept["list"]>): boolean {
  return parseStatusList(text).ok && freshUntilMs - fetchedAtMs <= freshness.longest * 1000;
}
