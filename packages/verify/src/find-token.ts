import type { VerifyReason } from "./reasons.ts";
import { type RequestView, valuesOf } from "./request-view.ts";

/** A token as a request carried it. */
export type TokenFound =
  | { readonly ok: true; readonly token: string; readonly value: string }
  | { readonly ok: false; readonly reason: VerifyReason };

/**
 * The one token of a request. Two lines are refused, and two values that someone joined by a comma: which of them counts would be a matter
 * of who reads them.
 */
export function findToken(view: RequestView, header: string, prefix: string): TokenFound {
  const values = valuesOf(view, header);
  const [value = ""] = values;
  if (values.length > 1 || value.includes(",")) return { ok: false, reason: "token_duplicated" };
  if (value === "") return { ok: false, reason: "token_missing" };
  if (prefix === "") return { ok: true, token: value, value };
  if (value.slice(0, prefix.length).toLowerCase() !== prefix) return { ok: false, reason: "token_malformed" };
  return { ok: true, token: value.slice(prefix.length), value };
}
