import { type Simulation, simulate } from "../lockout/simulate.ts";
import { type LookAt, touchedHosts } from "../lockout/touched-hosts.ts";
import type { World } from "../lockout/world.ts";
import type { ChainAnswer, Project } from "../ports/index.ts";
import type { AdminContext } from "./admin-context.ts";
import { projectOf } from "./admin-context.ts";
import { type AppInput, planApp, planAppRemoval } from "./apps.ts";
import type { ApiInput } from "./protected-api-input.ts";
import { planApi, planApiRemoval } from "./protected-apis.ts";
import { planRelease, planReleaseRemoval, type ReleaseInput, type ReleaseName } from "./releases.ts";
import { heldSecret, planSecret, planSecretRemoval, type SecretInput } from "./secrets.ts";
import { planSettings, type SettingsChange } from "./settings.ts";

/** A change of what devices meet, as the operation that makes it is given it. Of a secret without its value. */
export type ProposedChange =
  | { readonly change: "api.put"; readonly id: string; readonly api: ApiInput }
  | { readonly change: "api.remove"; readonly id: string }
  | { readonly change: "app.put"; readonly id: string; readonly app: AppInput }
  | { readonly change: "app.remove"; readonly id: string }
  | {
      readonly change: "release.put";
      readonly app: string;
      readonly platform: string;
      readonly version: string;
      readonly release: ReleaseInput;
    }
  | ({ readonly change: "release.remove" } & ReleaseName)
  | { readonly change: "secret.put"; readonly name: string; readonly secret: Pick<SecretInput, "places" | "apps"> }
  | { readonly change: "secret.remove"; readonly name: string }
  | { readonly change: "settings"; readonly settings: SettingsChange };

/** Hosts whose live chains are looked at at once. */
const atOnce = 8;
const dayMs = 86_400_000;

/** What a change would lock out of the versions that were seen, were it made now. Refused where the change would be; nothing is written. */
export async function simulateChange(
  context: AdminContext,
  projectId: string,
  change: ProposedChange,
): Promise<Simulation> {
  const { store } = context;
  const project = await projectOf(context, projectId);
  const nowMs = context.nowMs();
  await context.writeFleet();
  const [apps, releases, apis, secrets, fleet] = await Promise.all([
    store.apps.list(project.id),
    store.releases.list(project.id),
    store.protectedApis.list(project.id),
    store.secrets.list(project.id),
    store.fleet.list(project.id, nowMs - context.fleetDays * dayMs),
  ]);
  const was: Omit<World, "chains"> = { project, apps, releases, apis, secrets };
  const is = { ...was, ...(await changed(context, was, change)) };
  const looks = touchedHosts(was, is);
  const before: World = { ...was, chains: await lookAt(context, project, looks.before) };
  const after: World = { ...is, chains: await lookAt(context, project, looks.after) };
  return simulate({ fleet, before, after, sdks: context.sdkReleases, nowMs });
}

async function changed(
  context: AdminContext,
  { project, apps, releases, apis, secrets }: Omit<World, "chains">,
  change: ProposedChange,
): Promise<Partial<World>> {
  switch (change.change) {
    case "api.put": {
      const api = await planApi(context, project, change.id, change.api);
      return { apis: [...apis.filter(({ id }) => id !== api.id), api] };
    }
    case "api.remove":
      await planApiRemoval(context, project, change.id);
      return { apis: apis.filter(({ id }) => id !== change.id) };
    case "app.put": {
      const app = await planApp(context, project, change.id, change.app);
      return { apps: [...apps.filter(({ id }) => id !== app.id), app] };
    }
    case "app.remove":
      await planAppRemoval(context, project, change.id);
      return { apps: apps.filter(({ id }) => id !== change.id) };
    case "release.put": {
      const release = await planRelease(context, project.id, change, change.release);
      return { releases: [...releases.filter((each) => !isSame(each, release)), release] };
    }
    case "release.remove": {
      const release = await planReleaseRemoval(context, project.id, change);
      return { releases: releases.filter((each) => !isSame(each, release)) };
    }
    case "secret.put": {
      const { held: _, ...secret } = await planSecret(context, project, change.name, change.secret);
      return { secrets: [...secrets.filter(({ name }) => name !== secret.name), secret] };
    }
    case "secret.remove":
      await planSecretRemoval(context, await heldSecret(context, project.id, change.name));
      return { secrets: secrets.filter(({ name }) => name !== change.name) };
    case "settings":
      return { project: { ...project, settings: await planSettings(context, project, change.settings) } };
  }
}

function isSame(one: ReleaseName, other: ReleaseName): boolean {
  return one.app === other.app && one.platform === other.platform && one.version === other.version;
}

async function lookAt(
  context: AdminContext,
  project: Project,
  looks: readonly LookAt[],
): Promise<ReadonlyMap<string, ChainAnswer>> {
  const waiting = [...looks];
  const seen = new Map<string, ChainAnswer>();
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      seen.set(next.id, await context.lookAtChain(project, next.look));
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return seen;
}
