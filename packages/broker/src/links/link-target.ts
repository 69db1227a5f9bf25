import { isUnderPath, type ManifestApi, parseStrictUrl } from "@countersign/protocol";
import type { LinkTarget } from "@countersign/protocol/server";
import type { LinkedPath } from "./link-terms.ts";

/** Longer links are left as they are. */
const maxCharacters = 4096;
const maxMissedCharacters = 65_536;

/** Part of a host, by its address. */
export interface LinkedAddress {
  readonly api: string;
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

export interface FoundLink extends LinkTarget {
  /** `#…`, or empty: never sent, so not bound. */
  readonly fragment: string;
}

/** The addresses of linked paths; APIs that are not there, or whose channel is unknown, have none. */
export function toLinkedAddresses(to: readonly LinkedPath[], apis: readonly ManifestApi[]): readonly LinkedAddress[] {
  return to.flatMap(({ api, path }) => {
    const there = apis.find((one) => one.api === api && one.channel !== "unknown");
    return there === undefined ? [] : [{ api, host: there.host, port: there.port, path }];
  });
}

/** What some clients escape on their way and others do not: a link must come back as it was sealed. */
const escaped: Readonly<Record<string, string>> = { "[": "%5B", "]": "%5D", "|": "%7C" };
const escapeOpen = (text: string): string => text.replace(/[[\]|]/g, (one) => escaped[one] ?? one);

/**
 * Reads an absolute URL by the agent's own strict rules (`parseStrictUrl`): null unless it leads under a linked path, at exactly that host and
 * port.
 */
export function toLinkTarget(text: string, linked: readonly LinkedAddress[]): FoundLink | null {
  const parsed = text.length > maxCharacters ? null : parseStrictUrl(text, linked);
  if (parsed?.ok !== true) return null;
  const { url } = parsed;
  const to = linked.find(
    ({ host, port, path }) => host === url.host && port === url.port && isUnderPath(url.path, path),
  );
  if (to === undefined) return null;
  const hash = text.indexOf("#");
  const target = escapeOpen(url.query === null ? url.path : `${url.path}?${url.query}`);
  return { api: to.api, target, fragment: hash < 0 ? "" : text.slice(hash) };
}

/**
 * `toLinkTarget` for the texts of one answer. A strict host stands as it is written: most texts are told apart by it, without being parsed. After so
 * much text that begins alike and is no link, nothing more is looked at.
 */
export function createLinkFinder(linked: readonly LinkedAddress[]): (text: string) => FoundLink | null {
  let left = maxMissedCharacters;
  return (text) => {
    if (left <= 0 || !linked.some(({ host }) => text.startsWith(`https://${host}`))) return null;
    const found = toLinkTarget(text, linked);
    if (found === null) left -= Math.min(text.length, maxCharacters);
    return found;
  };
}

/** Whether `target` is one that a link can have been made for, under what is linked now. */
export function isLinkTarget(target: string, api: string, linked: readonly LinkedAddress[]): boolean {
  const own = linked.filter((one) => one.api === api);
  const [first] = own;
  if (first === undefined) return false;
  const found = toLinkTarget(`https://${first.host}${first.port === 443 ? "" : `:${first.port}`}${target}`, own);
  return found?.target === target && found.fragment === "";
}
