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

/** Adds a release, or changes how it stands: withdrawn, active again, with another end. Devices are judged by it from their next statement on. */
export async function putRelease(
  context: AdminContext,
  actor: Actor,
  projectId: string,
  name: ReleaseName,
  input: ReleaseInput,
): Promise<ReleaseView> {
  const app = await appOf(context, projectId, name.app);
  const platform = platformOf(app, name);
  const version = accept("/version", parseReleaseVersion(platform, name.version));
  const all = await releasesOf(context, app);
  const held = all.find((each) => each.platform === platform && each.version === version);
  if (held === undefined && all.length >= MOST_RELEASES) {
    throw new AdminError("limit_reached", `An app has at most ${MOST_RELEASES} releases. Remove one first.`);
  }
  const { status, expiresAtMs = held?.expiresAtMs ?? null } = input;
  const createdAtMs = held?.createdAtMs ?? context.nowMs();
  const release: Release = { project: app.project, app: app.id, platform, version, status, expiresAtMs, createdAtMs };
  await context.store.releases.put(release);
  await context.operations.republish(app.project);
  const target = `${app.id} ${platform} ${version}`;
  await audited(context, actor, app.project, "release.put", target, { status, expiresAtMs });
  return toView(release);
}

export async function removeRelease(
  context: AdminContext,
  actor: Actor,
  projectId: string,
  name: ReleaseName,
): Promise<void> {
  const app = await appOf(context, projectId, name.app);
  const all = await releasesOf(context, app);
  const held = all.find((each) => each.platform === name.platform && each.version === name.version);
  if (held === undefined) {
    throw new AdminError(
      "not_found",
      "This app has no such release. `countersign release list` shows those there are.",
    );
  }
  await context.store.releases.remove(held);
  await context.operations.republish(app.project);
  await audited(context, actor, app.project, "release.remove", `${app.id} ${held.platform} ${held.version}`);
}
