import type { App, Release } from "../ports/index.ts";
import type { Actor, AdminContext } from "./admin-context.ts";
import { audited, projectOf } from "./admin-context.ts";
import { AdminError, invalidInput } from "./admin-error.ts";
import { type AppInput, type AppView, putApp } from "./apps.ts";
import { checkRelease, putRelease, type ReleaseView } from "./releases.ts";
import { parseIdentifier } from "./rules/identifier.ts";
import { accept } from "./rules/rule.ts";
import { parseSha256Hex } from "./rules/sha256-hex.ts";

/** Who a build is, as its package says; one platform. */
export interface BuildInput {
  readonly ios?: { readonly appId: string } | undefined;
  readonly android?: { readonly packageName: string; readonly signingDigests: readonly string[] } | undefined;
  /** The build counts by itself: its version becomes a release. Left out: every version that is signed so counts, as the app has it. */
  readonly release?: { readonly version: string; readonly expiresAtMs?: number | null | undefined } | undefined;
  /** SHA-256 of the package that was read, for the audit. */
  readonly packageSha256?: string | undefined;
}

/** What the app is now, and what this build added to it. */
export interface RegisteredBuild {
  readonly app: AppView;
  readonly release: ReleaseView | null;
  /** Identities that were not registered before: App IDs, package name, signing digests. */
  readonly added: readonly string[];
}

/**
 * Registers a build of an app: the app is made, or what it lacks is added to it; nothing it has is taken away. An app that this makes counts
 * listed releases alone where the build counts by itself.
 */
export async function registerBuild(
  context: AdminContext,
  actor: Actor,
  projectId: string,
  id: string,
  input: BuildInput,
): Promise<RegisteredBuild> {
  const project = await projectOf(context, projectId);
  const appId = accept("/id", parseIdentifier(id));
  const platform = platformOf(input);
  const sha256 =
    input.packageSha256 === undefined ? null : accept("/packageSha256", parseSha256Hex(input.packageSha256));
  const held = await context.store.apps.get(project.id, appId);
  await checkReleaseOf(context, project.id, appId, platform, input);
  const values = toReferenceValues(held, input);
  const releases = held === null && input.release !== undefined ? "listed" : undefined;
  const app = await putApp(
    context,
    actor,
    project.id,
    appId,
    { ...values, releases },
    held === null ? "create" : "replace",
  );
  const release =
    input.release === undefined
      ? null
      : await putRelease(
          context,
          actor,
          project.id,
          { app: appId, platform, version: input.release.version },
          { status: "active", expiresAtMs: input.release.expiresAtMs },
        );
  const before = new Set(identitiesOf(held));
  const added = identitiesOf(app).filter((identity) => !before.has(identity));
  await audited(context, actor, project.id, "app.register", appId, {
    platform,
    packageSha256: sha256,
    version: release?.version ?? null,
    added: added.join(","),
  });
  return { app, release, added };
}

function platformOf({ ios, android }: BuildInput): Release["platform"] {
  if ((ios === undefined) === (android === undefined)) throw invalidInput("", "Name one platform: ios or android.");
  if (android?.signingDigests.length === 0) throw invalidInput("/android/signingDigests", "Give one digest at least.");
  return ios === undefined ? "android" : "ios";
}

/** Nothing is written of a build whose release is refused. Who withdrew one meant it: no build job that runs again makes it active. */
async function checkReleaseOf(
  context: AdminContext,
  project: string,
  app: string,
  platform: Release["platform"],
  { release }: BuildInput,
): Promise<void> {
  if (release === undefined) return;
  const all = (await context.store.releases.list(project)).filter((each) => each.app === app);
  const { version, held } = checkRelease(all, platform, release.version);
  if (held?.status !== "withdrawn") return;
  throw new AdminError(
    "conflict",
    `The release ${version} was withdrawn. \`countersign release add ${app} ${platform} ${version}\` makes it active again.`,
  );
}

function toReferenceValues(held: App | null, { ios, android }: BuildInput): AppInput {
  const { ios: heldIos = null, android: heldAndroid = null, web = null } = held ?? {};
  if (heldAndroid !== null && android !== undefined && heldAndroid.packageName !== android.packageName) {
    throw new AdminError(
      "conflict",
      `This app's package is ${heldAndroid.packageName}. Register the other package as an app of its own.`,
    );
  }
  return {
    ios: ios === undefined ? heldIos : { appIds: union(heldIos?.appIds, [ios.appId]) },
    android:
      android === undefined
        ? heldAndroid
        : {
            packageName: android.packageName,
            signingDigests: union(heldAndroid?.signingDigests, android.signingDigests.map(toPlainHex)),
          },
    web,
  };
}

function union(held: readonly string[] | undefined, more: readonly string[]): readonly string[] {
  return [...new Set([...(held ?? []), ...more])];
}

/** A digest as the record has it; what is no digest stays what it is, and is refused with the others. */
function toPlainHex(text: string): string {
  const parsed = parseSha256Hex(text);
  return parsed.ok ? parsed.value : text;
}

function identitiesOf(app: Pick<App, "ios" | "android"> | null): readonly string[] {
  return [
    ...(app?.ios?.appIds ?? []),
    ...(app?.android ? [app.android.packageName, ...app.android.signingDigests] : []),
  ];
}
