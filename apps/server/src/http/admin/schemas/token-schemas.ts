import { verifyReasons } from "@countersign/protocol";
import { tokenProfiles } from "@countersign/tokens";
import { z } from "zod";
import { exampleTypes } from "../../../domain/verifier/mint-operator-token.ts";
import { mostTokenCharacters } from "../../../domain/verifier/parse-jws.ts";
import { timeMs } from "./identifiers.ts";

const reason = z.enum(Object.keys(verifyReasons) as [keyof typeof verifyReasons, ...(keyof typeof verifyReasons)[]]);
const token = z
  .string()
  .min(1)
  .max(2 * mostTokenCharacters);
const headers = z
  .record(z.string().min(1).max(128), z.string().max(8192))
  .refine((all) => Object.keys(all).length <= 16, "At most 16 headers.")
  .describe("Values by header name.");

export const InspectInput = z
  .strictObject({ token, api: z.string().min(1).max(64).optional(), headers: headers.optional() })
  .meta({ id: "AdminTokenToInspect" });

const check = z.object({
  name: z.string(),
  result: z.enum(["pass", "fail", "not_evaluated"]),
  reason,
  expected: z.string().nullable(),
  found: z.string().nullable(),
});

export const TokenAnswer = z
  .object({
    valid: z.boolean(),
    reason: reason.nullable(),
    api: z.string().nullable().describe("The API it was held against."),
    profile: z.enum(tokenProfiles).nullable(),
    header: z.object({ alg: z.string().nullable(), typ: z.string().nullable(), kid: z.string().nullable() }).nullable(),
    key: z
      .object({ kid: z.string(), alg: z.string(), state: z.enum(["staged", "signing", "retiring", "retired"]) })
      .nullable(),
    claims: z.record(z.string(), z.unknown()).nullable().describe("As the token says them, verified or not."),
    checks: z.array(check),
  })
  .meta({ id: "AdminInspectedToken" });

export const ExampleInput = z
  .strictObject({ type: z.enum(exampleTypes).optional(), headers: headers.optional() })
  .meta({ id: "AdminExampleToken" });

export const LongLivedInput = z
  .strictObject({ name: z.string().min(1).max(64), days: z.int() })
  .meta({ id: "AdminLongLivedToken" });

export const MintedAnswer = z
  .object({ token: z.string(), header: z.string(), prefix: z.string(), kid: z.string(), expiresAtMs: timeMs })
  .meta({ id: "AdminMintedToken" });

export const ConsumeInput = z.strictObject({ token }).meta({ id: "AdminTokenToConsume" });

export const ConsumedAnswer = z
  .object({
    ok: z.boolean(),
    alreadyConsumed: z.boolean().nullable().describe("Null where the token is refused."),
    reason: reason.nullable(),
    claims: z.record(z.string(), z.unknown()).nullable(),
  })
  .meta({ id: "AdminConsumedToken" });
