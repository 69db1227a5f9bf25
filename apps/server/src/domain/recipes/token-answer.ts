import { parseStrictJson } from "@countersign/protocol";
import { type Granted, longestAnswer, toLifetimeMs } from "./minting.ts";

/** The answer of a token endpoint (RFC 6749 §5.1): a bearer token of visible ASCII, and for how long; null for any other. */
export function readTokenAnswer(answer: Uint8Array): Granted | null {
  const json = parseStrictJson(answer, { maxBytes: longestAnswer });
  if (!json.ok || typeof json.value !== "object" || json.value === null) return null;
  const {
    access_token: value,
    token_type: type,
    expires_in: seconds,
  } = json.value as Readonly<Record<string, unknown>>;
  if (typeof value !== "string" || !/^[!-~]{1,4096}$/.test(value)) return null;
  // A token of another type is used in another way than by its text alone.
  if (typeof type !== "string" || type.toLowerCase() !== "bearer") return null;
  if (seconds === undefined) return { value, lifetimeMs: null };
  const lifetimeMs = typeof seconds === "number" ? toLifetimeMs(seconds * 1000) : null;
  return lifetimeMs === null ? null : { value, lifetimeMs };
}
