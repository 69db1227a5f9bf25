import { createHash } from "node:crypto";
import type { ApiToken } from "../ports/index.ts";

/**
 * What a token is bound to: SHA-256 over the values of the headers its API names, in that order; a header that is absent counts as empty.
 * Values are joined by a line feed; in the profile `approov` they are trimmed and joined by nothing. Null where none of them is there.
 */
export function bindingOf(token: ApiToken, headers: Readonly<Record<string, string>>): Uint8Array | null {
  const given = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const values = token.bind.map((name) => given.get(name.toLowerCase()) ?? null);
  if (values.every((value) => value === null)) return null;
  const present = values.map((value) => value ?? "");
  const text = token.profile === "approov" ? present.map((value) => value.trim()).join("") : present.join("\n");
  return createHash("sha256").update(text, "utf8").digest();
}

/** `pay` in the encoding of a profile. */
export function payOf(token: ApiToken, binding: Uint8Array): string {
  return Buffer.from(binding).toString(token.profile === "approov" ? "base64" : "base64url");
}
