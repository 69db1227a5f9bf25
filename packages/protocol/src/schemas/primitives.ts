import { z } from "zod";
import { decodeBase64url } from "../base64url.ts";
import { isHost } from "../host.ts";
import * as limits from "../limits.ts";
import { idPattern, tokenPattern, wordPattern } from "../names.ts";
import { isPoint } from "../point.ts";

const canonical = "^[A-Za-z0-9_-]*$";

function textLength(bytes: number): number {
  return Math.ceil((bytes * 8) / 6);
}

/** Unpadded canonical base64url of exactly `length` bytes. */
export function b64u(length: number) {
  return z
    .string()
    .length(textLength(length))
    .refine((text) => decodeBase64url(text, length) !== null, "not base64url")
    .meta({ contentEncoding: "base64url", pattern: canonical });
}

/** Unpadded canonical base64url of `min` to `max` bytes. */
export function b64uBetween(min: number, max: number) {
  return z
    .string()
    .min(textLength(min))
    .max(textLength(max))
    .refine((text) => decodeBase64url(text) !== null, "not base64url")
    .meta({ contentEncoding: "base64url", pattern: canonical });
}

/** A P-256 point of 65 bytes, on the curve. */
export const point = z
  .string()
  .length(87)
  .refine((text) => isPoint(decodeBase64url(text, 65) ?? new Uint8Array(0)), "not a point of P-256")
  .meta({ contentEncoding: "base64url", description: "P-256 point, 65 bytes 04 ∥ X ∥ Y" });

/** Ids of apps, APIs and secrets. */
export const id = z.string().regex(idPattern);
/** Names of detectors, signals and reasons. */
export const word = z.string().regex(wordPattern);
/** A claim of the app about itself. */
export const claim = z
  .string()
  .min(1)
  .max(limits.claimCharacters)
  .regex(/^[ -~\u00a0-\uffff]*$/);
export const headerName = z.string().regex(tokenPattern);
export const host = z.string().max(255).refine(isHost, "not a host");
export const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
export const positive = z.int().min(1).max(Number.MAX_SAFE_INTEGER);
export const version = z.literal(1);
export const environment = z.enum(["production", "development"]);
export const platform = z.enum(["ios", "android", "web"]);
export const arc = z.string().regex(/^[A-Z2-7]{16}$/);
/** A credential or a pass. */
export const opaque = z
  .string()
  .min(1)
  .max(limits.credentialCharacters)
  .regex(/^[A-Za-z0-9_-]+$/);
