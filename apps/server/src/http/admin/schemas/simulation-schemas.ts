import { z } from "zod";
import { type LockoutReason, lockoutReasons } from "../../../domain/lockout/lockout-reasons.ts";
import { ApiReplacement } from "./api-schemas.ts";
import { AppReplacement } from "./app-schemas.ts";
import { timeMs } from "./identifiers.ts";
import { SettingsInput } from "./project-schemas.ts";
import { ReleaseInput } from "./release-schemas.ts";
import { SecretInput } from "./secret-schemas.ts";

const name = z.string().min(1).max(64);
const release = { app: name, platform: name, version: name };
const reason = z.enum(Object.keys(lockoutReasons) as [LockoutReason, ...LockoutReason[]]);
const platform = z.enum(["ios", "android", "web"]);

/** Each change takes what the operation that makes it takes. */
export const ProposedChange = z
  .discriminatedUnion("change", [
    z.strictObject({ change: z.literal("api.put"), id: name, api: ApiReplacement }),
    z.strictObject({ change: z.literal("api.remove"), id: name }),
    z.strictObject({ change: z.literal("app.put"), id: name, app: AppReplacement }),
    z.strictObject({ change: z.literal("app.remove"), id: name }),
    z.strictObject({ change: z.literal("release.put"), ...release, release: ReleaseInput }),
    z.strictObject({ change: z.literal("release.remove"), ...release }),
    z.strictObject({ change: z.literal("secret.put"), name, secret: SecretInput.omit({ value: true, mode: true }) }),
    z.strictObject({ change: z.literal("secret.remove"), name }),
    z.strictObject({ change: z.literal("settings"), settings: SettingsInput }),
  ])
  .meta({ id: "AdminProposedChange" });

export const SimulationAnswer = z
  .object({
    lockedOut: z.array(
      z.object({
        app: z.string(),
        platform,
        version: z.string(),
        build: z.string(),
        sdk: z.string(),
        api: z.string().nullable().describe("The API it cannot call any more; null: it is refused as a whole."),
        reason,
        instances: z.int().describe("About how many were seen; the standard error is 6.5 %."),
        lastSeenMs: timeMs,
        fromMs: timeMs.describe("From when on: now, or the end of a release."),
      }),
    ),
    notJudged: z
      .array(z.object({ what: z.enum(["chain", "host", "sdk", "setting"]), name: z.string() }))
      .describe("What may lock devices out and cannot be told."),
    versions: z.int().describe("How many versions were looked at."),
  })
  .meta({ id: "AdminSimulation" });

export const FleetVersionsAnswer = z
  .object({
    versions: z.array(
      z.object({
        platform,
        version: z.string(),
        build: z.string(),
        sdk: z.string(),
        attested: z.string().nullable().describe("The version that evidence names; null: none."),
        detectors: z.array(z.string()),
        firstSeenMs: timeMs,
        lastSeenMs: timeMs,
        manifest: z
          .object({ epoch: z.int(), version: z.int() })
          .describe("The newest that an instance held; 0 and 0: none."),
        instances: z.int().describe("About how many; the standard error is 6.5 %."),
      }),
    ),
  })
  .meta({ id: "AdminFleetVersions" });
