import type { App, Project } from "../ports/index.ts";
import type { Actor, AdminContext } from "./admin-context.ts";
import { audited, projectOf } from "./admin-context.ts";
import { AdminError, invalidInput } from "./admin-error.ts";
import { parseAndroidPackage } from "./rules/android-package.ts";
import { parseIdentifier } from "./rules/identifier.ts";
import { parseIosAppId } from "./rules/ios-app-id.ts";
import { accept, acceptEach } from "./rules/rule.ts";
import { parseSha256Hex } from "./rules/sha256-hex.ts";
import { parseWebOrigin } from "./rules/web-origin.ts";

const MOST_APPS = 100;

/** Reference values as they are given; one platform at least. */
export interface AppInput {
  readonly ios?: { readonly appIds: readonly string[] } | null | undefined;
  readonly android?: { readonly packageName: string; readonly signingDigests: readonly string[] } | null | undefined;
  readonly web?: { readonly origins: readonly string[] } | null | undefined;
  /** Left out: as it was, or `any` where the app is new. */
  readonly releases?: App["releases"] | undefined;
}

export type AppView = Omit<App, "project">;

function toView(app: App): AppView {
  const { project: _, ...view } = app;
  return view;
}

const absent = (): AdminError =>
  new AdminError("not_found", "There is no such app in this project. `countersign app list` shows those there are.");

export async function listApps(context: AdminContext, projectId: string): Promise<readonly AppView[]> {
  const project = await projectOf(context, projectId);
  return (await context.store.apps.list(project.id)).map(toView);
}

export async function showApp(context: AdminContext, projectId: string, id: string): Promise<AppView> {
  const project = await projectOf(context, projectId);
  const app = await context.store.apps.get(project.id, id);
  if (app === null) throw absent();
  return toView(app);
}

/** Adds an app (`create`; `conflict` where there is one of that id) or replaces its reference values. */
export async function putApp(
  context: AdminContext,
  actor: Actor,
  projectId: string,
  id: string,
  input: AppInput,
  how: "create" | "replace",
): Promise<AppView> {
  const project = await projectOf(context, projectId);
  const held = await context.store.apps.get(project.id, accept("/id", parseIdentifier(id)));
  if (how === "create" && held !== null) {
    throw new AdminError("conflict", "There is an app of this id. Choose another id, or replace it.");
  }
  if (how === "replace" && held === null) throw absent();
  const app = await planApp(context, project, id, input);
  await context.store.apps.put(app);
  await context.operations.republish(project.id);
  await audited(context, actor, project.id, `app.${how}`, app.id, {
    ios: app.ios?.appIds.join(",") ?? null,
    android: app.android && `${app.android.packageName} ${app.android.signingDigests.join(",")}`,
    web: app.web?.origins.join(",") ?? null,
    releases: app.releases,
  });
  return toView(app);
}

/** The app as it would be written, new or in place of the one of this id: refused where it would be. Nothing is written. */
export async function planApp(context: AdminContext, project: Project, id: string, input: AppInput): Promise<App> {
  const appId = accept("/id", parseIdentifier(id));
  const held = await context.store.apps.get(project.id, appId);
  const app: App = {
    project: project.id,
    id: appId,
    createdAtMs: held?.createdAtMs ?? context.nowMs(),
    ...toReferenceValues(project, input),
    releases: input.releases ?? held?.releases ?? "any",
  };
  const others = (await context.store.apps.list(project.id)).filter((other) => other.id !== appId);
  if (others.length >= MOST_APPS)
    throw new AdminError("limit_reached", `A project has at most ${MOST_APPS} apps. Remove one first.`);
  return app;
}

/** Removes an app. Instances of it get nothing from their next statement on. */
export async function removeApp(context: AdminContext, actor: Actor, projectId: string, id: string): Promise<void> {
  const project = await projectOf(context, projectId);
  await planAppRemoval(context, project, id);
  await context.store.apps.remove(project.id, id);
  await context.operations.republish(project.id);
  await audited(context, actor, project.id, "app.remove", id);
}

/** Refused where the app cannot be removed. Nothing is written. */
export async function planAppRemoval(context: AdminContext, project: Project, id: string): Promise<void> {
  if ((await context.store.apps.get(project.id, id)) === null) throw absent();
  const secrets = await context.store.secrets.list(project.id);
  const named = secrets.find((secret) => secret.apps?.includes(id));
  if (named !== undefined) {
    throw new AdminError("in_use", `The secret ${named.name} names this app. Change or remove the secret first.`);
  }
  if (project.settings.oauthClients?.some((client) => client.apps?.includes(id))) {
    throw new AdminError("in_use", "An OAuth client names this app. Change or remove the client first.");
  }
}

function toReferenceValues(project: Project, input: AppInput): Pick<App, "ios" | "android" | "web"> {
  const { ios = null, android = null, web = null } = input;
  if (ios === null && android === null && web === null) {
    throw invalidInput("", "Name at least one platform: ios, android or web.");
  }
  return {
    ios: ios && { appIds: acceptSome("/ios/appIds", ios.appIds, parseIosAppId) },
    android: android && {
      packageName: accept("/android/packageName", parseAndroidPackage(android.packageName)),
      signingDigests: acceptSome("/android/signingDigests", android.signingDigests, parseSha256Hex),
    },
    web: web && {
      origins: acceptSome("/web/origins", web.origins, (origin) =>
        parseWebOrigin(origin, project.kind === "development"),
      ),
    },
  };
}

const MOST_VALUES = 16;

function acceptSome(...[path, items, parse]: Parameters<typeof acceptEach<string, string>>): readonly string[] {
  if (items.length < 1 || items.length > MOST_VALUES) throw invalidInput(path, `Give 1 to ${MOST_VALUES} values.`);
  return acceptEach(path, items, parse);
}
