import { z } from "zod";
import { timeMs } from "./identifiers.ts";

const mode = z.enum(["delivered", "brokered"]);
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

export const SecretInput = z
  .strictObject({
    value,
    mode: mode.optional().describe("Default: as it is, `delivered` for a new one."),
    places: z.array(Place).max(64),
    apps: z.array(z.string().max(64)).max(128).nullable().optional().describe("Default: every app of the project."),
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
  })
  .meta({ id: "AdminSecret" });

export const SecretsAnswer = z.object({ secrets: z.array(SecretAnswer) }).meta({ id: "AdminSecrets" });
