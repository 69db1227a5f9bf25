import { z } from "zod";
import { timeMs } from "./identifiers.ts";
import { GivenRecipe, Recipe } from "./recipe-schemas.ts";

const mode = z
  .enum(["delivered", "brokered", "by-verdict"])
  .describe("`by-verdict`: delivered to trusted instances, brokered for restricted ones.");
const value = z.string().max(8192).describe("1 to 4096 bytes of UTF-8. Never given back.");

export const Place = z
  .strictObject({
    api: z.string().max(64),
    methods: z.array(z.string().max(32)).max(16),
    path: z.string().max(1024).describe("Prefix of the path at a segment boundary."),
    in: z.enum(["header", "query", "segment", "form", "json", "basic"]),
    name: z.string().max(256),
    prefix: z.string().max(64).optional(),
    when: z.enum(["placeholder", "always"]),
  })
  .meta({ id: "AdminPlace" });

const units = z.int().min(1).max(1_000_000_000_000);

const HmacProcessor = z.strictObject({
  kind: z.literal("hmac"),
  algorithm: z.enum(["sha1", "sha256", "sha384", "sha512"]),
  key: z.enum(["utf8", "hex", "base64"]).describe("How the secret's text gives the bytes of the key."),
  encoding: z.enum(["hex", "base64", "base64url"]),
  message: z
    .string()
    .max(1024)
    .describe("A template of what is authenticated, such as `{timestamp}{method}{target}{body}`."),
  headers: z
    .record(z.string().max(64), z.string().max(1024))
    .describe("Templates of headers set before the message is made."),
});

const AwsProcessor = z.strictObject({
  kind: z.literal("aws-sigv4"),
  region: z.string().max(48),
  service: z.string().max(48).describe("As AWS signs it, such as `s3`, `execute-api`, `bedrock`."),
});

export const SecretTerms = z
  .strictObject({
    processor: z
      .discriminatedUnion("kind", [HmacProcessor, AwsProcessor])
      .nullable()
      .describe("What is made of the secret for its places; null: its value."),
    budgets: z
      .array(
        z.strictObject({
          of: z.enum(["instance", "secret"]),
          limit: units,
          perCall: units,
          windowSeconds: z.int().min(1).max(31_622_400),
        }),
      )
      .max(8)
      .describe("In each window at most `limit`, of which every call draws `perCall`."),
  })
  .meta({ id: "AdminSecretTerms" });

export const TermsInput = z
  .strictObject({ terms: SecretTerms.nullable().describe("null: the value goes into its places, without a budget.") })
  .meta({ id: "AdminSecretTermsChange" });

export const SecretInput = z
  .strictObject({
    value,
    mode: mode.optional().describe("Default: as it is, `delivered` for a new one."),
    places: z.array(Place).max(64),
    apps: z.array(z.string().max(64)).max(128).nullable().optional().describe("Default: every app of the project."),
    terms: SecretTerms.nullable().optional().describe("Default: as they are, none for a new one."),
    recipe: GivenRecipe.nullable()
      .optional()
      .describe("Default: as it is, none for a new one. With one `value` is what values are minted from."),
  })
  .meta({ id: "AdminNewSecret" });

export const RotateInput = z.strictObject({ value }).meta({ id: "AdminSecretRotation" });

export const ModeInput = z
  .strictObject({ mode, value: value.optional(), keepExposedValue: z.boolean().optional() })
  .meta({ id: "AdminSecretMode" });

export const CanaryInput = z
  .strictObject({ canary: value.nullable().describe("What decoys get in place of the value; null: what is derived.") })
  .meta({ id: "AdminSecretCanary" });

export const SecretAnswer = z
  .object({
    name: z.string(),
    version: z.int(),
    mode,
    placeholder: z.string().describe("The public text that stands in app code."),
    places: z.array(Place),
    apps: z.array(z.string()).nullable(),
    updatedAtMs: timeMs,
    hasCanary: z.boolean().describe("Whether decoys get a canary that was set."),
    terms: SecretTerms.nullable(),
    recipe: Recipe.nullable().describe("How values are minted from its own; null: its own value is used."),
  })
  .meta({ id: "AdminSecret" });

export const SecretsAnswer = z.object({ secrets: z.array(SecretAnswer) }).meta({ id: "AdminSecrets" });
