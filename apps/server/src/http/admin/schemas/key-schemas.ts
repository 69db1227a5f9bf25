import { tokenAlgs } from "@countersign/tokens";
import { z } from "zod";
import { exportFormats } from "../../../domain/admin/token-key-export.ts";
import { timeMs } from "./identifiers.ts";

const alg = z.enum(tokenAlgs);
const target = {
  api: z.string().max(64).optional().describe("The API whose keys are meant, or those that it shares."),
  attester: z.boolean().optional().describe("The keys of client attestations are meant."),
};
const now = z.boolean().optional();

export const KeyAnswer = z
  .object({
    kid: z.string(),
    purpose: z.enum(["api", "attester"]),
    api: z.string().nullable().describe("Null: shared by the project's APIs, or the attester's."),
    alg,
    state: z.enum(["staged", "signing", "retiring", "retired"]).describe("As it stands now, by its times alone."),
    createdAtMs: timeMs,
    activeFromMs: timeMs.nullable().describe("Null: staged until it is activated."),
    retiresAtMs: timeMs.nullable().describe("From then on it is neither published nor accepted."),
  })
  .meta({ id: "AdminTokenKey" });

export const KeysAnswer = z.object({ keys: z.array(KeyAnswer) }).meta({ id: "AdminTokenKeys" });

export const KeyChangeAnswer = z
  .object({ key: KeyAnswer, replaced: z.array(KeyAnswer).describe("Those whose end was set by it.") })
  .meta({ id: "AdminTokenKeyChange" });

export const RotationInput = z
  .strictObject({
    ...target,
    inSeconds: z
      .int()
      .optional()
      .describe("When the new key is to sign. Default: once every cache has it; a secret has no default."),
    now: now.describe("An emergency: the new key signs at once, and the others are worth nothing."),
  })
  .meta({ id: "AdminTokenKeyRotation" });

export const StageInput = z.strictObject(target).meta({ id: "AdminTokenKeyStage" });

export const ActivationInput = z
  .strictObject({ now: now.describe("At once, though caches may not have the key yet.") })
  .meta({ id: "AdminTokenKeyActivation" });

export const RetirementInput = z
  .strictObject({
    atMs: timeMs.optional(),
    now: now.describe("An emergency: what it has signed is worth nothing from now on."),
  })
  .meta({ id: "AdminTokenKeyRetirement" });

export const ImportInput = z
  .strictObject({
    api: z.string().max(64),
    secret: z.string().max(2048).describe("32 to 1024 bytes as base64 or base64url."),
  })
  .meta({ id: "AdminTokenKeyImport" });

export const ExportInput = z
  .strictObject({
    kid: z.string().max(64).optional(),
    api: z.string().max(64).optional().describe("The API whose signing key is meant."),
    format: z.enum(exportFormats).optional().describe("Default: base64 for a secret, PEM for a public key."),
    reveal: z.boolean().optional().describe("A secret is given out on this word alone."),
    decoy: z.boolean().optional().describe("The secret under which the API's decoys are signed."),
  })
  .meta({ id: "AdminTokenKeyExportRequest" });

export const ExportAnswer = z
  .object({
    kid: z.string().nullable(),
    alg,
    format: z.enum(exportFormats),
    secret: z.boolean(),
    value: z.string(),
  })
  .meta({ id: "AdminTokenKeyExport" });
