import type { Ruled } from "./rule.ts";
import { refused, ruled } from "./rule.ts";

const message =
  "A web origin is `https://host` or `https://host:port`; http is possible for localhost in a development project.";

/** A serialised origin (RFC 6454 §6.2). `http` counts for localhost only, and only where `development`. */
export function parseWebOrigin(text: string, development: boolean): Ruled<string> {
  if (text.length > 261 || !URL.canParse(text)) return refused(message);
  const url = new URL(text);
  const local = url.protocol === "http:" && (url.hostname === "localhost" || url.hostname === "127.0.0.1");
  if (url.origin !== text || (url.protocol !== "https:" && !(local && development))) return refused(message);
  return ruled(text);
}
