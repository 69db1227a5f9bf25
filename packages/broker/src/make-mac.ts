import { createHash, createHmac } from "node:crypto";
import type { HmacProcessor } from "./secret-terms.ts";
import { parseTemplate, type TemplateInput } from "./template.ts";

/** Headers to be set, and the text that goes into the place. */
export interface MadeMac {
  readonly headers: readonly (readonly [string, string])[];
  readonly mac: string;
}

export type RequestToSign = Pick<TemplateInput, "method" | "host" | "path" | "query" | "headers" | "body"> & {
  /** Lower-case hex, of a body that is sent without being held: `body` is null then. */
  readonly streamedSha256?: string | undefined;
};

/** Sets a header where it stands, or adds it; a repeated one becomes one. Names are compared without case. */
export function withHeaders(
  headers: RequestToSign["headers"],
  set: readonly (readonly [string, string])[],
): readonly (readonly [string, string])[] {
  const names = new Set(set.map(([name]) => name.toLowerCase()));
  return [...headers.filter(([name]) => !names.has(name.toLowerCase())), ...set];
}

/** The bytes of a key in this form; null where some of its text is not of the form. */
export function parseMacKey(secret: string, form: HmacProcessor["key"]): Buffer | null {
  const key = Buffer.from(secret, form);
  if (form === "utf8") return key;
  // Node skips what it cannot decode: a key cut short is no key.
  const plain = form === "hex" ? secret.toLowerCase() : secret.replace(/=+$/, "");
  return key.length > 0 && key.toString(form).replace(/=+$/, "") === plain ? key : null;
}

/** HMAC (RFC 2104) of the declared message under the secret; null where a template or the key cannot be read. */
export function makeMac(
  processor: HmacProcessor,
  secret: string,
  request: RequestToSign,
  at: Pick<TemplateInput, "nowMs" | "nonce">,
): MadeMac | null {
  const key = parseMacKey(secret, processor.key);
  const message = parseTemplate(processor.message);
  if (key === null || message === null) return null;
  const body = request.body ?? new Uint8Array();
  const bodySha256 = (): string => request.streamedSha256 ?? createHash("sha256").update(body).digest("hex");
  const input = { ...request, ...at, bodySha256 };
  const headers: [string, string][] = [];
  for (const [name, text] of Object.entries(processor.headers)) {
    const value = parseTemplate(text)?.fill(input).toString("latin1") ?? "";
    if (!/^[!-~](?:[\t -~]*[!-~])?$/.test(value)) return null;
    headers.push([name, value]);
  }
  const covered = { ...input, headers: withHeaders(request.headers, headers) };
  return {
    headers,
    mac: createHmac(processor.algorithm, key).update(message.fill(covered)).digest(processor.encoding),
  };
}
