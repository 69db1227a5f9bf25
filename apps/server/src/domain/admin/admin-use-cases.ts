import type { SecretTerms } from "@countersign/broker";
import { countActivity } from "./activity.ts";
import type { Actor, AdminContext } from "./admin-context.ts";
import { listAdministrators, removeAdministrator } from "./administrators.ts";
import { type AlarmHookInput, addAlarmHook, listAlarmHooks, removeAlarmHook } from "./alarm-hooks.ts";
import { removeAlarmNotices, setAlarmNotices, showAlarmNotices, testAlarmNotices } from "./alarm-notices.ts";
import { type AlarmChoice, acknowledgeAlarm, listAlarms, showAlarm } from "./alarms.ts";
import { putAnchors } from "./anchors.ts";
import { type LinksInput, setApiLinks } from "./api-links.ts";
import { type AppInput, listApps, putApp, removeApp, showApp } from "./apps.ts";
import { resolveArc } from "./arcs.ts";
import { listAudit } from "./audit.ts";
import { authenticate, countFailure } from "./authenticate.ts";
import { redeemBootstrap } from "./bootstrap.ts";
import { addBroker, type BrokerInput, listBrokers, removeBroker, useBroker } from "./brokers.ts";
import { addDecoy, type DecoyInput, listDecoys, removeDecoy } from "./decoys.ts";
import {
  createDevelopmentKey,
  type DevelopmentKeyInput,
  listDevelopmentKeys,
  revokeDevelopmentKey,
} from "./development-keys.ts";
import { renderEar } from "./ear.ts";
import { listFleetVersions } from "./fleet-versions.ts";
import { type BanInput, banInstance, showInstance, unbanInstance } from "./instances.ts";
import { listOauthClients, type OauthClientInput, putOauthClient, removeOauthClient } from "./oauth-clients.ts";
import { createOneAtATime } from "./one-at-a-time.ts";
import { createProject, listProjects, type NewProjectInput, showProject } from "./projects.ts";
import type { ApiInput } from "./protected-api-input.ts";
import { listApis, putApi, removeApi, showApi } from "./protected-apis.ts";
import { type BuildInput, registerBuild } from "./register-build.ts";
import { listReleases, putRelease, type ReleaseInput, type ReleaseName, removeRelease } from "./releases.ts";
import { exportRoot, recoverRoot } from "./root.ts";
import { type RecipeChange, setRecipe, testRecipe } from "./secret-recipes.ts";
import {
  changeSecretMode,
  listSecrets,
  type ModeChange,
  removeSecret,
  rotateSecret,
  type SecretInput,
  setCanary,
  setSecret,
  setTerms,
} from "./secrets.ts";
import { changeSettings, type SettingsChange } from "./settings.ts";
import { type ProposedChange, simulateChange } from "./simulate-change.ts";
import { showStatus } from "./status.ts";
import { type ExportInput, exportTokenKey } from "./token-key-export.ts";
import { importTokenSecret } from "./token-key-import.ts";
import type { KeyTarget } from "./token-key-set.ts";
import {
  activateTokenKey,
  listTokenKeys,
  type RotationInput,
  retireTokenKey,
  rotateTokenKey,
  stageTokenKey,
} from "./token-keys.ts";
import {
  consumeAsOperator,
  type ExampleInput,
  type InspectInput,
  inspectToken,
  type LongLivedInput,
  mintExample,
  mintLongLived,
} from "./tokens.ts";
import { showTraffic } from "./traffic.ts";
import { listVendors, removeVendor, setVendor } from "./vendors.ts";
import { addVerifier, listVerifiers, removeVerifier, type VerifierInput } from "./verifiers.ts";

export type AdminUseCases = ReturnType<typeof createAdminUseCases>;

/**
 * Everything an administrator can do. Each refusal is an `AdminError`. Changes of one project run one after the other within this node, so what a
 * change was checked against is still there when it is written.
 */
export function createAdminUseCases(context: AdminContext) {
  const oneAtATime = createOneAtATime();
  const change = <T>(project: string, task: () => Promise<T>): Promise<T> => oneAtATime(`project:${project}`, task);
  return {
    authenticate: (token: string | null, network: string) => authenticate(context, token, network),
    countFailure: (network: string) => countFailure(context, network),
    redeemBootstrap: (input: { token: string; name: string }) => redeemBootstrap(context, input),
    listAdministrators: () => listAdministrators(context),
    removeAdministrator: (actor: Actor, id: string) => removeAdministrator(context, actor, id),
    showStatus: (actor: Actor) => showStatus(context, actor),

    createProject: (actor: Actor, input: NewProjectInput) =>
      oneAtATime("projects", () => createProject(context, actor, input)),
    listProjects: () => listProjects(context),
    showProject: (project: string) => showProject(context, project),
    changeSettings: (actor: Actor, project: string, input: SettingsChange) =>
      change(project, () => changeSettings(context, actor, project, input)),
    putAnchors: (actor: Actor, project: string, pems: readonly string[]) =>
      change(project, () => putAnchors(context, actor, project, pems)),

    listApps: (project: string) => listApps(context, project),
    showApp: (project: string, id: string) => showApp(context, project, id),
    putApp: (actor: Actor, project: string, id: string, input: AppInput, how: "create" | "replace") =>
      change(project, () => putApp(context, actor, project, id, input, how)),
    registerBuild: (actor: Actor, project: string, id: string, input: BuildInput) =>
      change(project, () => registerBuild(context, actor, project, id, input)),
    removeApp: (actor: Actor, project: string, id: string) =>
      change(project, () => removeApp(context, actor, project, id)),

    listReleases: (project: string, app: string) => listReleases(context, project, app),
    putRelease: (actor: Actor, project: string, name: ReleaseName, input: ReleaseInput) =>
      change(project, () => putRelease(context, actor, project, name, input)),
    removeRelease: (actor: Actor, project: string, name: ReleaseName) =>
      change(project, () => removeRelease(context, actor, project, name)),

    listFleetVersions: (project: string, app: string) => listFleetVersions(context, project, app),
    simulateChange: (project: string, proposed: ProposedChange) => simulateChange(context, project, proposed),

    listApis: (project: string) => listApis(context, project),
    showApi: (project: string, id: string) => showApi(context, project, id),
    putApi: (actor: Actor, project: string, id: string, input: ApiInput, how: "create" | "replace") =>
      change(project, () => putApi(context, actor, project, id, input, how)),
    setApiLinks: (actor: Actor, project: string, id: string, input: LinksInput) =>
      change(project, () => setApiLinks(context, actor, project, id, input)),
    removeApi: (actor: Actor, project: string, id: string) =>
      change(project, () => removeApi(context, actor, project, id)),

    listTokenKeys: (project: string) => listTokenKeys(context, project),
    rotateTokenKey: (actor: Actor, project: string, input: RotationInput) =>
      change(project, () => rotateTokenKey(context, actor, project, input)),
    stageTokenKey: (actor: Actor, project: string, input: KeyTarget) =>
      change(project, () => stageTokenKey(context, actor, project, input)),
    activateTokenKey: (actor: Actor, project: string, kid: string, input: { now?: boolean | undefined }) =>
      change(project, () => activateTokenKey(context, actor, project, kid, input)),
    retireTokenKey: (
      actor: Actor,
      project: string,
      kid: string,
      input: { atMs?: number | undefined; now?: boolean | undefined },
    ) => change(project, () => retireTokenKey(context, actor, project, kid, input)),
    importTokenSecret: (actor: Actor, project: string, input: { api: string; secret: string }) =>
      change(project, () => importTokenSecret(context, actor, project, input)),
    exportTokenKey: (actor: Actor, project: string, input: ExportInput) =>
      exportTokenKey(context, actor, project, input),

    listSecrets: (project: string) => listSecrets(context, project),
    setSecret: (actor: Actor, project: string, name: string, input: SecretInput) =>
      change(project, () => setSecret(context, actor, project, name, input)),
    rotateSecret: (actor: Actor, project: string, name: string, input: { value: string }) =>
      change(project, () => rotateSecret(context, actor, project, name, input)),
    changeSecretMode: (actor: Actor, project: string, name: string, input: ModeChange) =>
      change(project, () => changeSecretMode(context, actor, project, name, input)),
    setCanary: (actor: Actor, project: string, name: string, input: { canary: string | null }) =>
      change(project, () => setCanary(context, actor, project, name, input)),
    setRecipe: (actor: Actor, project: string, name: string, input: RecipeChange) =>
      change(project, () => setRecipe(context, actor, project, name, input)),
    testRecipe: (actor: Actor, project: string, name: string) => testRecipe(context, actor, project, name),
    setTerms: (actor: Actor, project: string, name: string, input: { terms: SecretTerms | null }) =>
      change(project, () => setTerms(context, actor, project, name, input)),
    removeSecret: (actor: Actor, project: string, name: string) =>
      change(project, () => removeSecret(context, actor, project, name)),

    listDecoys: (project: string) => listDecoys(context, project),
    addDecoy: (actor: Actor, project: string, input: DecoyInput) =>
      change(project, () => addDecoy(context, actor, project, input)),
    removeDecoy: (actor: Actor, project: string, name: string) =>
      change(project, () => removeDecoy(context, actor, project, name)),
    listAlarms: (project: string, choice: AlarmChoice) => listAlarms(context, project, choice),
    showAlarm: (project: string, id: string) => showAlarm(context, project, id),
    acknowledgeAlarm: (actor: Actor, project: string, id: string) => acknowledgeAlarm(context, actor, project, id),
    listAlarmHooks: (project: string) => listAlarmHooks(context, project),
    addAlarmHook: (actor: Actor, project: string, input: AlarmHookInput) =>
      change(project, () => addAlarmHook(context, actor, project, input)),
    removeAlarmHook: (actor: Actor, project: string, name: string) =>
      change(project, () => removeAlarmHook(context, actor, project, name)),
    showAlarmNotices: (project: string) => showAlarmNotices(context, project),
    setAlarmNotices: (actor: Actor, project: string, input: { url: string }) =>
      change(project, () => setAlarmNotices(context, actor, project, input)),
    removeAlarmNotices: (actor: Actor, project: string) =>
      change(project, () => removeAlarmNotices(context, actor, project)),
    testAlarmNotices: (actor: Actor, project: string) => testAlarmNotices(context, actor, project),

    listVendors: (project: string) => listVendors(context, project),
    setVendor: (actor: Actor, project: string, kind: string, value: unknown) =>
      change(project, () => setVendor(context, actor, project, kind, value)),
    removeVendor: (actor: Actor, project: string, kind: string) =>
      change(project, () => removeVendor(context, actor, project, kind)),

    listOauthClients: (project: string) => listOauthClients(context, project),
    putOauthClient: (actor: Actor, project: string, input: OauthClientInput) =>
      change(project, () => putOauthClient(context, actor, project, input)),
    removeOauthClient: (actor: Actor, project: string, clientId: string) =>
      change(project, () => removeOauthClient(context, actor, project, clientId)),

    listVerifiers: (project: string) => listVerifiers(context, project),
    addVerifier: (actor: Actor, project: string, input: VerifierInput) =>
      change(project, () => addVerifier(context, actor, project, input)),
    removeVerifier: (actor: Actor, project: string, name: string) =>
      change(project, () => removeVerifier(context, actor, project, name)),
    listBrokers: (project: string) => listBrokers(context, project),
    addBroker: (actor: Actor, project: string, input: BrokerInput) =>
      change(project, () => addBroker(context, actor, project, input)),
    useBroker: (actor: Actor, project: string, name: string | null) =>
      change(project, () => useBroker(context, actor, project, name)),
    removeBroker: (actor: Actor, project: string, name: string) =>
      change(project, () => removeBroker(context, actor, project, name)),
    listDevelopmentKeys: (project: string) => listDevelopmentKeys(context, project),
    createDevelopmentKey: (actor: Actor, project: string, input: DevelopmentKeyInput) =>
      change(project, () => createDevelopmentKey(context, actor, project, input)),
    revokeDevelopmentKey: (actor: Actor, project: string, name: string) =>
      change(project, () => revokeDevelopmentKey(context, actor, project, name)),
    showTraffic: (project: string, api: string, hours: number) => showTraffic(context, project, api, hours),

    inspectToken: (project: string, input: InspectInput) => inspectToken(context, project, input),
    mintExample: (actor: Actor, project: string, api: string, input: ExampleInput) =>
      mintExample(context, actor, project, api, input),
    mintLongLived: (actor: Actor, project: string, api: string, input: LongLivedInput) =>
      mintLongLived(context, actor, project, api, input),
    consumeToken: (actor: Actor, project: string, api: string, token: string) =>
      consumeAsOperator(context, actor, project, api, token),

    resolveArc: (actor: Actor, project: string, arc: string) => resolveArc(context, actor, project, arc),
    renderEar: (actor: Actor, project: string, arc: string, nonce: string | undefined) =>
      renderEar(context, actor, project, arc, nonce),
    showInstance: (project: string, id: string) => showInstance(context, project, id),
    banInstance: (actor: Actor, project: string, id: string, input: BanInput) =>
      change(project, () => banInstance(context, actor, project, id, input)),
    unbanInstance: (actor: Actor, project: string, id: string, by: "instance" | "subject" | null) =>
      change(project, () => unbanInstance(context, actor, project, id, by)),

    listAudit: (project: string | null, limit: number) => listAudit(context, project, limit),
    countActivity: (project: string, month: string | null) => countActivity(context, project, month),
    exportRoot: (project: string, host: string | null) => exportRoot(context, project, host),
    recoverRoot: (actor: Actor, project: string) => change(project, () => recoverRoot(context, actor, project)),
  };
}
