import * as limits from "./limits.ts";
import type { ValueReader } from "./value-reader.ts";

/** Evidence as it was read. `challenge` is text of at most 80 characters: `parseChallenge` has its own code. Nothing is verified. */
export type Evidence =
  | { readonly type: "apple"; readonly challenge: string; readonly attestation: Uint8Array }
  | { readonly type: "android"; readonly challenge: string; readonly chain: readonly Uint8Array[] }
  | { readonly type: "play"; readonly token: string }
  | DevelopmentEvidence;

/** Development projects alone, instead of a platform's evidence. `key` is b64u of 16 bytes, `mac` HMAC-SHA256 over `developmentKeyInput(H)`. */
export interface DevelopmentEvidence {
  readonly type: "development";
  readonly key: string;
  readonly mac: Uint8Array;
}

function readItem(item: ValueReader): Evidence {
  const type = item.member("type").oneOf(["play", "apple", "android", "development"]);
  if (type === "play") {
    const token = item
      .member("token")
      .string({ max: limits.playTokenCharacters, min: 1, pattern: /^[A-Za-z0-9_.-]+$/ });
    return { type, token };
  }
  if (type === "development") return { type, key: item.member("key").bytesText(16), mac: item.member("mac").bytes(32) };
  const challenge = item.member("challenge").string({ max: 80 });
  if (type === "apple") {
    return { type, challenge, attestation: item.member("attestation").bytes({ min: 1, max: limits.evidenceBytes }) };
  }
  const bounds = { min: limits.chainCertificatesMin, max: limits.chainCertificatesMax };
  const certificate = { min: 1, max: limits.certificateBytes };
  return { type, challenge, chain: item.member("chain").list(bounds, (der) => der.bytes(certificate)) };
}

function sizeOf(evidence: Evidence): number {
  if (evidence.type === "apple") return evidence.attestation.length;
  if (evidence.type === "play") return evidence.token.length;
  if (evidence.type === "development") return evidence.mac.length;
  return evidence.chain.reduce((sum, der) => sum + der.length, 0);
}

/** At most 2 items of different types, together at most 40 KiB; a development key stands alone. */
export function readEvidence(list: ValueReader): readonly Evidence[] {
  const items = list.list({ max: limits.evidenceItems }, readItem);
  if (new Set(items.map((item) => item.type)).size !== items.length) list.fail("has two items of one type");
  if (items.length > 1 && items.some((item) => item.type === "development"))
    list.fail("has more than a development key");
  if (items.reduce((sum, item) => sum + sizeOf(item), 0) > limits.evidenceBytes) list.fail("is too large");
  return items;
}
