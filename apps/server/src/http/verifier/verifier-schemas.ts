import { limits, verifyReasons } from "@countersign/protocol";
import { z } from "zod";
import { mostTokenCharacters } from "../../domain/verifier/parse-jws.ts";

const version = z.literal(1);
const api = z.string().regex(/^[a-z0-9-]{1,48}$/);
const count = z.int().min(0).max(1_000_000_000);
const timeMs = z.int().min(0).describe("Milliseconds since 1970 (UTC).");
const reason = z.enum(Object.keys(verifyReasons) as [keyof typeof verifyReasons, ...(keyof typeof verifyReasons)[]]);

const hash = z.string().regex(/^[A-Za-z0-9_-]{43}$/);
const mostSpotted = 32;

export const consumeRequestSchema = z
  .object({ v: version, api, token: z.string().min(1).max(mostTokenCharacters) })
  .meta({ id: "ConsumeRequest" });

export const consumeAnswerSchema = z
  .union([
    z.object({
      ok: z.literal(true),
      alreadyConsumed: z.boolean().describe("False for exactly one call with a token, on whatever node."),
      claims: z.record(z.string(), z.unknown()),
    }),
    z.object({ ok: z.literal(false), reason }),
  ])
  .meta({ id: "ConsumeAnswer" });

export const reportRequestSchema = z
  .object({
    v: version,
    api,
    counts: z.object({
      verified: count,
      outdated: count,
      unknownOrigin: count,
      invalid: count,
      reused: count,
      decoys: count.describe("How many of the invalid were decoys."),
    }),
    reasons: z
      .record(z.string().max(64), count)
      .refine((reasons) => Object.keys(reasons).length <= 64)
      .optional()
      .describe("Requests by the reason they were refused for, or would have been."),
    spotted: z
      .array(z.object({ hash, uses: count.min(1) }))
      .max(mostSpotted)
      .optional()
      .describe("Decoys of `GET /v1/decoys` that requests presented, and how often."),
    fromMs: timeMs,
    toMs: timeMs,
    nonce: z
      .string()
      .regex(/^[A-Za-z0-9_-]{16,64}$/)
      .describe("Counted once: repeat a report that was not answered with the same nonce."),
  })
  .meta({ id: "TrafficReport" });

export const reportAnswerSchema = z
  .object({ ok: z.literal(true), added: z.boolean().describe("False where the nonce was counted before.") })
  .meta({ id: "TrafficReportAnswer" });

export const decoyListSchema = z
  .object({
    v: version,
    salt: z.string().describe("b64u of 32 bytes, of this credential alone."),
    decoys: z
      .array(z.object({ length: z.int().min(1), hash }))
      .describe(
        "Characters of each value, and b64u HMAC-SHA256 under the salt of the SHA-256 of the tag and the value.",
      ),
  })
  .meta({ id: "DecoyList" });

/** Bodies of backends: a token with its names, or a report. */
export const mostBodyBytes = 16 * 1024;

/** The least depth that a report needs; deeper JSON is refused before it is read. */
export const mostDepth = Math.min(4, limits.jsonDepth);
