import { type Command, Option } from "commander";
import type { AppAnswer, ReleaseAnswer } from "../answers.ts";
import type { CliContext } from "../cli-context.ts";
import { CliFailure } from "../cli-failure.ts";
import { collect, defineCommand } from "../define-command.ts";
import { openProject, type ProjectOption, projectOption } from "../find-project.ts";
import { toTimeMs } from "../moment.ts";
import {
  assertNotPublic,
  type BuildIdentity,
  type RegisterChoices,
  toBuildIdentity,
} from "../package/build-identity.ts";
import { inspectAndDigestFile } from "../package/inspect-file.ts";
import type { Paint } from "../paint.ts";
import { toFields, toTime } from "../table.ts";

interface RegisterOptions extends ProjectOption {
  readonly app?: string;
  readonly by: "certificate" | "build";
  readonly expires?: number | "never";
  readonly playSigningDigest?: readonly string[];
  readonly playCertificate?: string;
  readonly android?: string;
  readonly alias?: string;
  readonly allowDebuggable?: true;
  readonly allowPublicKey?: true;
  readonly dryRun?: true;
}

interface Registered {
  readonly app: AppAnswer;
  readonly release: ReleaseAnswer | null;
  readonly added: readonly string[];
}

function expiry(text: string): number | "never" {
  return text === "never" ? text : toTimeMs(text);
}

/** `countersign app register`: reads the file here, and sends who it is. */
export const registerCommand = (context: CliContext): Command =>
  defineCommand<RegisterOptions>(
    context,
    "app register",
    "register <file>",
    "Register a build by its package (APK, AAB, IPA), or by its signing certificate or keystore; the file stays here.",
    (command) =>
      command
        .option(...projectOption)
        .option("--app <id>", "id of the app; default the one that has this package or App ID")
        .addOption(
          new Option("--by <identity>", "what counts: every version that is signed so, or this build alone")
            .choices(["certificate", "build"])
            .default("certificate"),
        )
        .option("--expires <time>", "with --by build: UTC day or time from which it is refused, or `never`", expiry)
        .option(
          "--play-signing-digest <sha256>",
          "certificate that Google Play signs with, hex; may be given several times",
          collect,
        )
        .option("--play-certificate <file>", "the same as a certificate file from Play Console")
        .option("--android <package>", "package name, for a certificate or a keystore")
        .option("--alias <name>", "key of a keystore that holds several")
        .option("--allow-debuggable", "take a build that may be debugged")
        .option("--allow-public-key", "take a build that is signed with a key anybody has")
        .option("--dry-run", "show what would be registered, and register nothing"),
    async ([file = ""], options) => {
      const { identity, packageSha256 } = await readIdentity(context, file, options);
      const release = toRelease(identity, options);
      const body = {
        ...toBody(identity),
        ...(release && { release }),
        ...(packageSha256 !== null && { packageSha256 }),
      };
      if (options.dryRun === true) {
        const json = { dryRun: true, build: body, app: null, release: null, added: [] };
        return { json, text: `${toIdentityText(context.paint, identity)}Nothing was registered.\n` };
      }
      const { client, path } = await openProject(context, options.project);
      const { apps } = (await client.get(path("apps"))) as { apps: readonly AppAnswer[] };
      const app = options.app ?? findApp(apps, identity);
      const answer = (await client.send("POST", path("apps", app, "builds"), body)) as Registered;
      const json = { dryRun: false, build: body, ...answer };
      return { json, text: toIdentityText(context.paint, identity) + toResultText(context.paint, answer) };
    },
  );

async function readIdentity(
  context: CliContext,
  file: string,
  options: RegisterOptions,
): Promise<{ readonly identity: BuildIdentity; readonly packageSha256: string | null }> {
  const { android, alias } = options;
  const choices = await toChoices(context, options);
  if (android !== undefined) {
    const digest = await readCertificate(context, file, alias);
    if (digest === null) {
      throw new CliFailure(
        "file_not_certificate",
        `${file} is no certificate and no keystore. A package names itself: leave --android out.`,
      );
    }
    assertNotPublic(digest, choices);
    const identity = { platform: "android", packageName: android, signingDigests: [digest], version: null } as const;
    return { identity, packageSha256: null };
  }
  const { report, packageSha256 } = await inspectAndDigestFile(context, file, { nowMs: Date.now() });
  if (report.format === null) {
    throw new CliFailure(
      "package_unknown",
      `${file} is no APK, AAB or IPA. For a certificate or a keystore name the package with --android.`,
    );
  }
  return { identity: toBuildIdentity(report, choices), packageSha256 };
}

async function readCertificate(context: CliContext, file: string, alias: string | undefined): Promise<string | null> {
  const { readSigningCertificate } = await import("../keystore/signing-certificate.ts");
  return readSigningCertificate(context.io, file, alias);
}

async function toChoices(context: CliContext, options: RegisterOptions): Promise<RegisterChoices> {
  const { playSigningDigest = [], playCertificate, allowDebuggable, allowPublicKey } = options;
  const fromFile = playCertificate === undefined ? [] : [await readCertificate(context, playCertificate, undefined)];
  const digests = [...playSigningDigest, ...fromFile].map((digest) => {
    const plain = digest?.replaceAll(":", "").toLowerCase() ?? "";
    if (/^[0-9a-f]{64}$/.test(plain)) return plain;
    throw new CliFailure(
      "play_signing_digest",
      "Give Play's signing certificate as SHA-256 in hex, or as a certificate file.",
    );
  });
  return {
    playSigningDigests: digests,
    allowDebuggable: allowDebuggable === true,
    allowPublicKey: allowPublicKey === true,
  };
}

function toRelease(
  identity: BuildIdentity,
  { by, expires }: RegisterOptions,
): { readonly version: string; readonly expiresAtMs?: number | null } | null {
  if (by === "certificate") {
    if (expires === undefined) return null;
    throw new CliFailure(
      "expires_without_build",
      "--expires is for --by build: a certificate's versions have no one end.",
    );
  }
  if (identity.version === null)
    throw new CliFailure("version_missing", "This file names no version to register by build.");
  const expiresAtMs = expires === "never" ? null : expires;
  return { version: identity.version, ...(expiresAtMs !== undefined && { expiresAtMs }) };
}

function toBody(identity: BuildIdentity): object {
  return identity.platform === "ios"
    ? { ios: { appId: identity.appId } }
    : { android: { packageName: identity.packageName, signingDigests: identity.signingDigests } };
}

/** The one app that has this package or this App ID already. */
function findApp(apps: readonly AppAnswer[], identity: BuildIdentity): string {
  const [only, second] = apps.filter((app) =>
    identity.platform === "ios"
      ? app.ios?.appIds.includes(identity.appId)
      : app.android?.packageName === identity.packageName,
  );
  if (only !== undefined && second === undefined) return only.id;
  throw new CliFailure(
    "app_unnamed",
    "Name the app with --app ID: none, or several, of this project have this identity.",
  );
}

function toIdentityText(paint: Paint, identity: BuildIdentity): string {
  return toFields(
    paint,
    identity.platform === "ios"
      ? [
          ["app id", identity.appId],
          ["version", identity.version ?? "-"],
        ]
      : [
          ["package", identity.packageName],
          ["version", identity.version ?? "-"],
          ...identity.signingDigests.map((digest) => ["signed by", digest] as const),
        ],
  );
}

function toResultText(paint: Paint, { app, release, added }: Registered): string {
  const counts =
    app.releases === "any"
      ? "Every version that is signed so counts."
      : "Only listed releases count: `countersign release list` shows them.";
  const end = release === null || release.expiresAtMs === null ? "" : ` until ${toTime(release.expiresAtMs)} UTC`;
  return [
    `${paint("green", "registered")} as ${app.id}${release === null ? "" : `, release ${release.version}${end}`}.\n`,
    added.length === 0 ? "Nothing of it was new to the app.\n" : "",
    `${counts}\n`,
  ].join("");
}
