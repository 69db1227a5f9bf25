import { z } from "zod";
import { timeMs } from "./identifiers.ts";

const name = z.string().min(1).max(64);

export const VerifierInput = z
  .strictObject({
    name: name.describe("1 to 48 of `a-z`, `0-9`, `-`."),
    api: z.string().min(1).max(64).nullable().optional().describe("The one API it speaks for; left out: every one."),
    injections: z
      .array(z.strictObject({ header: z.string().min(1).max(64), prefix: z.string().max(32).optional(), secret: name }))
      .max(8)
      .optional()
      .describe("Secrets that decisions about genuine requests of that API give it. Left out: none."),
  })
  .meta({ id: "AdminNewVerifier" });

const verifier = {
  name: z.string(),
  api: z.string().nullable(),
  createdAtMs: timeMs,
  injections: z.array(z.object({ header: z.string(), prefix: z.string(), secret: z.string() })),
};

export const VerifierAnswer = z.object(verifier).meta({ id: "AdminVerifier" });

export const VerifierCreated = z
  .object({ ...verifier, credential: z.string().describe("`csv_` and 43 characters. Shown this once.") })
  .meta({ id: "AdminVerifierWithCredential" });

export const VerifiersAnswer = z.object({ verifiers: z.array(VerifierAnswer) }).meta({ id: "AdminVerifiers" });

export const TrafficQuery = z.object({
  hours: z.coerce.number().int().min(1).max(2160).default(24).describe("Whole hours up to now. Default 24."),
});

const count = z.int().min(0);

export const TrafficAnswer = z
  .object({
    api: z.string(),
    fromMs: timeMs,
    toMs: timeMs,
    requests: count,
    counts: z.object({ verified: count, outdated: count, unknownOrigin: count, invalid: count, reused: count }),
    decoys: count.describe("How many of the invalid were decoys."),
    refusable: count.describe("How many an API that enforces would have refused."),
    reasons: z.record(z.string(), count),
  })
  .meta({ id: "AdminTraffic" });
