import { playLabels } from "@countersign/protocol";
import { z } from "zod";
import { timeMs } from "./identifiers.ts";

const kind = z.enum(["production", "development"]);
const host = z
  .string()
  .max(260)
  .describe("`HOST[:PORT]` that the configuration string names. Default: the service's public origin.");

const settings = {
  reasons: z.boolean().describe("Whether refused answers carry their reasons."),
  decoy: z.boolean().optional().describe("Whether refused instances get what looks like a session. Default false."),
  permissions: z.array(z.string().max(64)).max(16).describe("Development projects only."),
  sessionSeconds: z.int(),
  refreshSeconds: z.int(),
  continuingSeconds: z.int(),
  evidenceMaxAgeDays: z.int(),
  quarantineSeconds: z.int(),
  bootKeys: z
    .array(z.string().max(128))
    .max(64)
    .describe("Verified boot keys (hex) of custom operating systems that are allowed."),
  requireStrongBox: z.boolean().optional().describe("Android keys must be in a StrongBox. Default false."),
  maxPatchAgeMonths: z.int().optional().describe("Android: age of the patch level; 0, the default: any."),
  maxCertificatesIssued: z
    .int()
    .optional()
    .describe("Android: attestation certificates issued to the device in 30 days; 0, the default: any number."),
  requiredCategories: z
    .array(z.int())
    .max(16)
    .optional()
    .describe("Validation categories (iOS 27) of which a statement must name one: 4 App Store. Default none."),
  maxRiskMetric: z.int().optional().describe("The highest App Attest risk metric that is let pass; 0: any."),
  play: z.enum(["off", "observe", "require"]).optional().describe("Play Integrity on Android. Default `off`."),
  playLabels: z
    .array(z.enum(playLabels))
    .max(4)
    .optional()
    .describe("Labels that must all be there. Default `device`."),
  requiredDetectors: z.array(z.string().max(64)).max(64),
  credentialsNotBeforeMs: z.int().describe("Credentials issued before are answered from the record; 0: none."),
  manifestStaleAfterSeconds: z.int(),
  watchSpreadSeconds: z.int(),
};

export const ProjectInput = z
  .strictObject({ name: z.string().max(256), kind, host: host.optional() })
  .meta({ id: "AdminNewProject" });

export const SettingsInput = z.strictObject(settings).partial().meta({ id: "AdminSettingsChange" });

export const ProjectAnswer = z
  .object({
    id: z.string(),
    name: z.string(),
    kind,
    createdAtMs: timeMs,
    configuration: z.string().describe("The public configuration string an app is built with."),
    settings: z.object({
      ...settings,
      anchors: z.array(z.string()).describe("PEM test anchors; development projects only."),
    }),
    manifest: z.object({ epoch: z.int(), version: z.int() }),
    keyList: z.object({ version: z.int(), byRecovery: z.boolean() }),
  })
  .meta({ id: "AdminProject" });

export const ProjectsAnswer = z.object({ projects: z.array(ProjectAnswer) }).meta({ id: "AdminProjects" });

export const AnchorsInput = z
  .strictObject({ pems: z.array(z.string().max(16_384)).max(64) })
  .meta({ id: "AdminNewAnchors" });

export const AnchorsAnswer = z
  .object({ anchors: z.array(z.object({ spkiSha256: z.string(), pem: z.string() })) })
  .meta({ id: "AdminAnchors" });

export const RootQuery = z.strictObject({ host: host.optional() });

export const RootAnswer = z
  .object({
    configuration: z.string(),
    rootPoint: z.string(),
    recoveryPoint: z.string(),
    keyList: z.string().describe("The signed key list envelope, as it travels."),
    keyListVersion: z.int(),
    keyListByRecovery: z.boolean(),
    heldKeys: z.array(z.enum(["root", "recovery"])).describe("Private keys that still lie in the data folder."),
  })
  .meta({ id: "AdminRoot" });

export const RecoverInput = z.strictObject({}).nullish();

export const AuditQuery = z.strictObject({ limit: z.coerce.number().int().min(1).max(1000).default(100) });

export const AuditAnswer = z
  .object({
    records: z.array(
      z.object({
        sequence: z.int(),
        project: z.string().nullable(),
        atMs: timeMs,
        actor: z.string(),
        actorName: z.string().nullable(),
        action: z.string(),
        target: z.string(),
        detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
      }),
    ),
  })
  .meta({ id: "AdminAudit" });

export const ActivityQuery = z.strictObject({
  month: z.string().max(16).optional().describe("`YYYY-MM`; default: the present month."),
});

export const ActivityAnswer = z
  .object({
    month: z.string(),
    active: z.record(z.string(), z.int()),
    verdicts: z.record(z.string(), z.int()),
    decoys: z.int().describe("How many of the refused ones were answered with decoys."),
  })
  .meta({ id: "AdminActivity" });
