import type { SeenPlace } from "./advice.ts";

const BACK = 400;
const urlBefore =
  /https?:\/\/([A-Za-z0-9.-]{3,253})(?::\d{1,5})?(\/[^\s"'`?#<>\\]{0,200})?\?(?:[^\s"'`#<>\\]{0,200}[&;])?([A-Za-z0-9_.-]{1,64})=$/;

/** Host, path and parameter where the value at `start` stands in the query of a URL; null where it does not. */
export function findSeenPlace(text: string, start: number): SeenPlace | null {
  if (text[start - 1] !== "=") return null;
  const before = text.slice(Math.max(0, start - BACK), start);
  const at = Math.max(before.lastIndexOf("http://"), before.lastIndexOf("https://"));
  const match = at < 0 ? null : urlBefore.exec(before.slice(at));
  if (match === null) return null;
  const [, host = "", path = "/", parameter = ""] = match;
  return { host: host.toLowerCase(), path, parameter };
}
