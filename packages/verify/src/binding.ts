import { encodeBase64, encodeBase64url } from "@countersign/protocol";
import type { CryptoPort } from "./crypto/port.ts";
import type { VerifyReason } from "./reasons.ts";
import { type RequestView, valuesOf } from "./request-view.ts";

/** How `pay` is made: which headers, in order, and how their values are put together. */
export interface BindingRule {
  /** Lower case. */
  readonly headers: readonly string[];
  readonly optional: boolean;
  readonly form: "lines" | "concatenated";
  readonly encoding: "base64" | "base64url";
}

/** The bytes that travelled: header text has one character for each of them. Null for text that cannot have travelled. */
function toBytes(text: string): Uint8Array | null {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit > 255) return null;
    bytes[index] = unit;
  }
  return bytes;
}

/**
 * Checks what a token is bound to (`pay`, SHA-256): the named headers' values joined by a line feed, an absent one counting as empty; in the
 * approov profile trimmed and put together without separator. A repeated header counts as its values joined by a comma (RFC 9110 §5.3): in
 * Fetch it can be seen no other way.
 */
export async function checkBinding(
  crypto: CryptoPort,
  rule: BindingRule,
  pay: unknown,
  view: RequestView,
): Promise<VerifyReason | null> {
  if (rule.headers.length === 0) return null;
  if (typeof pay !== "string") return rule.optional ? null : "binding_missing";
  const values = rule.headers.map((name) => valuesOf(view, name));
  if (values.every((each) => each.length === 0)) return "binding_missing";
  const bound = toBytes(values.map((each) => each.join(", ")).join(rule.form === "lines" ? "\n" : ""));
  if (bound === null) return "binding_wrong";
  const digest = await crypto.sha256(bound);
  const expected = rule.encoding === "base64" ? encodeBase64(digest) : encodeBase64url(digest);
  return pay === expected ? null : "binding_wrong";
}
