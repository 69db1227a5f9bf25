import type { VerifyReason } from "@countersign/protocol";
import type { ApiToken } from "../ports/index.ts";

/** A request that a proxy asks about, as its client sent it to the proxy. */
export interface AskedRequest {
  /** Null where the proxy did not say. */
  readonly method: string | null;
  /** Path and query as the request line had them; null where the proxy did not say. */
  readonly target: string | null;
  /** Every line as it was received, a repeated name repeated; one character for each byte. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** The values under a name, surrounding white space cut (RFC 9110 §5.5). */
export function valuesOf({ headers }: Pick<AskedRequest, "headers">, name: string): readonly string[] {
  const wanted = name.toLowerCase();
  return headers.flatMap(([each, value]) =>
    each.toLowerCase() === wanted ? [value.replace(/^[\t ]+|[\t ]+$/g, "")] : [],
  );
}

/** The one token of a request, and its header's whole value. Two lines are refused, and two values that someone joined by a comma. */
export function findToken(
  asked: AskedRequest,
  { header, prefix }: ApiToken,
):
  | { readonly ok: true; readonly token: string; readonly value: string }
  | { readonly ok: false; readonly reason: VerifyReason } {
  const values = valuesOf(asked, header);
  const [value = ""] = values;
  if (values.length > 1 || value.includes(",")) return { ok: false, reason: "token_duplicated" };
  if (value === "") return { ok: false, reason: "token_missing" };
  if (value.slice(0, prefix.length).toLowerCase() !== prefix.toLowerCase())
    return { ok: false, reason: "token_malformed" };
  return { ok: true, token: value.slice(prefix.length), value };
}

/** The headers that a token is bound to, a repeated one as its values joined (RFC 9110 §5.3), as the UTF-8 text that their bytes are. */
export function boundHeaders(asked: AskedRequest, { bind }: ApiToken): Readonly<Record<string, string>> {
  const present = bind.flatMap((name): [string, string][] => {
    const values = valuesOf(asked, name);
    return values.length === 0 ? [] : [[name, Buffer.from(values.join(", "), "latin1").toString("utf8")]];
  });
  return Object.fromEntries(present);
}
