import { z } from "zod";
import { timeMs } from "./identifiers.ts";

const status = z.enum(["active", "withdrawn"]);

export const ReleaseInput = z
  .strictObject({
    status,
    expiresAtMs: timeMs
      .min(0)
      .nullable()
      .optional()
      .describe("Milliseconds since 1970 (UTC); null: never; left out: as it was."),
  })
  .meta({ id: "AdminReleaseChange" });

export const ReleaseAnswer = z
  .object({
    platform: z.enum(["ios", "android"]),
    version: z.string().describe("iOS: the bundle version. Android: the versionCode."),
    status,
    expiresAtMs: timeMs.nullable(),
    createdAtMs: timeMs,
  })
  .meta({ id: "AdminRelease" });

export const ReleasesAnswer = z.object({ releases: z.array(ReleaseAnswer) }).meta({ id: "AdminReleases" });
