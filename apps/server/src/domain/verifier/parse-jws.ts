import { decodeBase64url, parseStrictJson, toUtf8 } from "@countersign/protocol";

/** The longest token that is looked at, in characters. */
export const mostTokenCharacters = 8 * 1024;

/** The protected header of a token, before anything is verified. */
export interface JwsHeader {
  readonly alg: string | null;
  readonly typ: string | null;
  readonly kid: string | null;
}

/** A compact JWS (RFC 7515 §7.1) taken apart. Nothing of it is verified. */
export interface Jws {
  readonly header: JwsHeader;
  /** What the signature is over. */
  readonly input: Uint8Array;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
}

export type ParsedJws =
  | { readonly ok: true; readonly jws: Jws }
  | { readonly ok: false; readonly reason: "token_malformed" | "token_encrypted" };

const malformed = { ok: false, reason: "token_malformed" } as const;
const textOf = (value: unknown): string | null => (typeof value === "string" ? value : null);

/** Takes a token apart: three canonical base64url segments, the first of them a JSON object without `crit` (RFC 7515 §4.1.11). */
export function parseJws(token: string): ParsedJws {
  const segments = token.split(".");
  if (segments.length === 5) return { ok: false, reason: "token_encrypted" };
  const [head = "", body = "", tail = ""] = segments;
  if (segments.length !== 3 || head === "" || body === "" || tail === "") return malformed;
  const [headBytes, payload, signature] = [head, body, tail].map((segment) => decodeBase64url(segment));
  if (!headBytes || !payload || !signature) return malformed;
  const header = parseMembers(headBytes);
  if (header === null || Object.hasOwn(header, "crit")) return malformed;
  const { alg, typ, kid } = header;
  return {
    ok: true,
    jws: {
      header: { alg: textOf(alg), typ: textOf(typ), kid: textOf(kid) },
      input: toUtf8(`${head}.${body}`),
      payload,
      signature,
    },
  };
}

/** The members of a JSON object; null for any other text. A member named twice is one that two readers read differently: refused. */
export function parseMembers(bytes: Uint8Array): Readonly<Record<string, unknown>> | null {
  const json = parseStrictJson(bytes, { maxBytes: mostTokenCharacters });
  if (!json.ok || typeof json.value !== "object" || json.value === null || Array.isArray(json.value)) return null;
  return json.value as Readonly<Record<string, unknown>>;
}
