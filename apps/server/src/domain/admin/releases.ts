import type { App, Release } from "../ports/index.ts";
import type { Actor, AdminContext } from "./admin-context.ts";
import { audited, projectOf } from "./admin-context.ts";
import { AdminError, invalidInput } from "./admin-error.ts";
import { parseReleaseVersion } from "./rules/release-version.ts";
import { accept } from "./rules/rule.ts";

const MOST_RELEASES = 256;

export type ReleaseView = Omit<Release, "project" | "app">;

/** Which release of which app. */
export interface ReleaseName {
  readonly app: string;
  readonly platform: string;
  readonly version: string;
}

/** How a release is to stand. */
export interface ReleaseInput {
  readonly status: Release["status"];
  /** Null: never. Left out: as it was, or never where the release is new. */
  readonly expiresAtMs?: number | null | undefined;
}

function toView({ platform, version, status, expiresAtMs, createdAtMs }: Release): ReleaseView {
  return { platform, version, status, expiresAtMs, createdAtMs };
}

async function appOf(context: AdminContext, projectId: string, id: string): Promise<App> {
  const project = await projectOf(context, projectId);
  const app = await context.store.apps.get(project.id, id);
  if (app === null) {
    throw new AdminError(
      "not_found",
      "There is no such app in this project. `countersign app list` shows those there are.",
    );
  }
  return app;
}

async function releasesOf(context: AdminContext, app: App): Promise<readonly Release[]> {
  return (await context.store.releases.list(app.project)).filter((release) => release.app === app.id);
}

function platformOf(app: App, name: ReleaseName): Release["platform"] {
  const { platform } = name;
  if (platform !== "ios" && platform !== "android") {
    throw invalidInput("/platform", "A release is of `ios` or `android`: evidence of a browser names no version.");
  }
  if (app[platform] === null) throw invalidInput("/platform", `This app is not registered for ${platform}.`);
  return platform;
}

export async function listReleases(
  context: AdminContext,
  projectId: string,
  app: string,
): Promise<readonly ReleaseView[]> {
  return (await releasesOf(context, await appOf(context, projectId, app))).map(toView);
}

/** The version in its one form and the release that has it already, among all `releases` of an app; refused where there is no room for it. */
export function checkRelease(
  releases: readonly Release[],
  platform: Release["platform"],
  text: string,
): { readonly version: string; readonly held: Release | undefined } {
  const version = accept("/version", parseReleaseVersion(platform, text));
  const held = releases.find((each) => each.platform === platform && each.version === version);
  if (held === undefined && releases.length >= MOST_RELEASES) {
    throw new AdminError("limit_reached", `An app has at most ${MOST_RELEASES} releases. Remove one first.`);
  }
  return { version, held };
}

/** Adds a release, or changes how it stands: withdrawn, active again, with another end. Devices are judged by it from their next statement on. */
export async function putRelease(
  context: AdminContext,
  actor: Actor,
  projectId: string,
  name: ReleaseName,
  input: ReleaseInput,
): Promise<ReleaseView> {
  const release = await planRelease(context, projectId, name, input);
  await context.store.releases.put(release);
  await context.operations.republish(release.project);
  const { status, expiresAtMs } = release;
  const target = `${release.app} ${release.platform} ${release.version}`;
  await audited(context, actor, release.project, "release.put", target, { status, expiresAtMs });
  return toView(release);
}

/** The release as it would be written: refused where it would be. Nothing is written. */
export async function planRelease(
  context: AdminContext,
  projectId: string,
  name: ReleaseName,
  input: ReleaseInput,
): Promise<Release> {
  const app = await appOf(context, projectId, name.app);
  const platform = platformOf(app, name);
  const { version, held } = checkRelease(await releasesOf(context, app), platform, name.version);
  const { status, expiresAtMs = held?.expiresAtMs ?? null } = input;
  const createdAtMs = held?.createdAtMs ?? context.nowMs();
  return { project: app.project, app: app.id, platform, version, status, expiresAtMs, createdAtMs };
}

export async function removeRelease(
  context: AdminContext,
  actor: Actor,
  projectId: string,
  name: ReleaseName,
): Promise<void> {
  const held = await planReleaseRemoval(context, projectId, name);
  await context.store.releases.remove(held);
  await context.operations.republish(held.project);
  await audited(context, actor, held.project, "release.remove", `${held.app} ${held.platform} ${held.version}`);
}

/** The release that would be removed. Nothing is written. */
export async function planReleaseRemoval(
  context: AdminContext,
  projectId: string,
  name: ReleaseName,
): Promise<Release> {
  const app = await appOf(context, projectId, name.app);
  const all = await releasesOf(context, app);
  const held = all.find((each) => each.platform === name.platform && each.version === name.version);
  if (held === undefined) {
    throw new AdminError(
      "not_found",
      "This app has no such release. `countersign release list` shows those there are.",
    );
  }
  return held;
}
