import { z } from "zod";
import { timeMs } from "./identifiers.ts";

const administrator = z.object({ id: z.string(), name: z.string() });

export const BootstrapInput = z
  .strictObject({ token: z.string().max(128), name: z.string().max(256) })
  .meta({ id: "AdminBootstrapRedemption" });

export const BootstrapAnswer = z
  .object({
    administrator,
    token: z.string().describe("The administrator token. Shown once; the service keeps its hash."),
  })
  .meta({ id: "AdminBootstrap" });

export const AdministratorsAnswer = z
  .object({ administrators: z.array(administrator.extend({ createdAtMs: timeMs })) })
  .meta({ id: "AdminAdministrators" });

export const StatusAnswer = z
  .object({
    version: z.string(),
    nowMs: timeMs,
    administrator,
    productionOnly: z.boolean(),
    projects: z.array(z.object({ id: z.string(), name: z.string(), kind: z.enum(["production", "development"]) })),
    revocation: z
      .object({
        source: z.enum(["fetched", "file", "none"]),
        state: z
          .enum(["fresh", "stale", "absent", "lost", "off"])
          .describe("`lost`: production projects refuse hardware evidence. `off`: revocation is not evaluated."),
        freshUntilMs: timeMs.nullable(),
        refusesFromMs: timeMs.nullable(),
        lastFailure: z.string().nullable(),
      })
      .describe("Google's attestation status list."),
    openAlarms: z.int().min(0).describe("Of every project, that nobody has acknowledged."),
    warnings: z.array(z.string()),
  })
  .meta({ id: "AdminStatus" });
