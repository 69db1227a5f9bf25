import { z } from "zod";
import { timeMs } from "./identifiers.ts";
import { ReleaseAnswer } from "./release-schemas.ts";

const texts = (max: number) => z.array(z.string().max(max)).max(64);

const platforms = {
  ios: z.strictObject({ appIds: texts(256).describe("`TEAMID.bundle.id`") }).nullable(),
  android: z
    .strictObject({
      packageName: z.string().max(256),
      signingDigests: texts(128).describe("SHA-256 of the signing certificate, as hex with or without colons."),
    })
    .nullable(),
  web: z.strictObject({ origins: texts(300) }).nullable(),
};

const releases = z.enum(["any", "listed"]).describe("`listed`: only current releases that are listed count.");
const input = z.strictObject({ ...platforms, releases }).partial();

export const AppReplacement = input.meta({ id: "AdminAppReplacement" });

export const AppInput = z.strictObject({ id: z.string().max(64), ...input.shape }).meta({ id: "AdminNewApp" });

export const AppAnswer = z
  .object({ id: z.string(), createdAtMs: timeMs, ...platforms, releases })
  .meta({ id: "AdminApp" });

export const AppsAnswer = z.object({ apps: z.array(AppAnswer) }).meta({ id: "AdminApps" });

export const BuildInput = z
  .strictObject({
    ios: z.strictObject({ appId: z.string().max(256).describe("`TEAMID.bundle.id`") }).optional(),
    android: z.strictObject(platforms.android.unwrap().shape).optional(),
    release: z
      .strictObject({
        version: z.string().max(64).describe("iOS: the bundle version. Android: the versionCode."),
        expiresAtMs: timeMs.min(0).nullable().optional(),
      })
      .optional()
      .describe("The build counts by itself: its version becomes a release."),
    packageSha256: z.string().max(128).optional().describe("Of the package that was read; kept in the audit."),
  })
  .meta({ id: "AdminBuild" });

export const RegisteredBuildAnswer = z
  .object({
    app: AppAnswer,
    release: ReleaseAnswer.nullable(),
    added: z.array(z.string()).describe("Identities that were not registered before."),
  })
  .meta({ id: "AdminRegisteredBuild" });
