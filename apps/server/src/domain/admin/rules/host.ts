import { isHost } from "@countersign/protocol";
import type { Ruled } from "./rule.ts";
import { refused, ruled } from "./rule.ts";

/**
 * The host of a protected API, exactly as agents compare it: lower-case LDH labels (RFC 5890 §2.3.1) without trailing dot, or an IP literal,
 * IPv6 in brackets. What a person is likely to have written instead gets its own sentence.
 */
export function parseHost(text: string): Ruled<string> {
  return isHost(text) ? ruled(text) : refused(hintFor(text));
}

function hintFor(text: string): string {
  if (text.includes("/")) return "Give the host alone, without scheme or path, for example `api.nasa.gov`.";
  if (text.startsWith("[")) return "Write an IPv6 address in brackets and in lower case, for example `[::1]`.";
  if (/^[^:]+:\d+$/.test(text)) return "Give the port by itself, not as part of the host.";
  if (/[^\x20-\x7e]/.test(text)) return "Write an international host in its ASCII form (`xn--…`).";
  if (/[A-Z]/.test(text)) return "Write the host in lower case, for example `api.nasa.gov`.";
  if (text.endsWith(".")) return "Write the host without a trailing dot.";
  if (/(?:^|\.)(?:\d+|0x[0-9a-f]*)$/.test(text)) {
    return "A host whose last label is a number must be a full IPv4 address, for example `127.0.0.1`.";
  }
  return "A host is made of labels out of a-z, 0-9 and `-`, joined by dots, for example `api.nasa.gov`.";
}
