import type { LinkTerms } from "@countersign/broker";
import { limits } from "@countersign/protocol";
import type { DecoyAnswer, Project, ProtectedApi, WatchedChain } from "../ports/index.ts";
import type { Actor, AdminContext } from "./admin-context.ts";
import { audited, projectOf } from "./admin-context.ts";
import { AdminError, invalidInput } from "./admin-error.ts";
import { checkDecoy } from "./check-decoy.ts";
import { checkManifestSize } from "./manifest-size.ts";
import type { ApiInput } from "./protected-api-input.ts";
import { toProtectedApi } from "./protected-api-input.ts";

/** What was last seen of the live chain. */
export type ChainView = Omit<WatchedChain, "project" | "api">;

/** `decoyAnswer` null: 429 with `{}`. `chain` null: not looked at yet. */
export type ApiView = Omit<ProtectedApi, "project" | "decoyAnswer" | "links"> & {
  readonly decoyAnswer: DecoyAnswer | null;
  readonly links: LinkTerms | null;
  readonly chain: ChainView | null;
};

function toView(api: ProtectedApi, watched: WatchedChain | null): ApiView {
  const { project: _, ...view } = api;
  const { decoyAnswer = null, links = null } = view;
  return { ...view, decoyAnswer, links, chain: watched === null ? null : toChainView(watched) };
}

function toChainView({ checkedAtMs, changedAtMs, certificates, findings }: WatchedChain): ChainView {
  return { checkedAtMs, changedAtMs, certificates, findings };
}

const absent = (): AdminError =>
  new AdminError("not_found", "There is no such API in this project. `countersign api list` shows those there are.");

export async function listApis(context: AdminContext, projectId: string): Promise<readonly ApiView[]> {
  const project = await projectOf(context, projectId);
  const watched = new Map((await context.store.chains.list(project.id)).map((chain) => [chain.api, chain]));
  return (await context.store.protectedApis.list(project.id)).map((api) => toView(api, watched.get(api.id) ?? null));
}

export async function showApi(context: AdminContext, projectId: string, id: string): Promise<ApiView> {
  const project = await projectOf(context, projectId);
  const api = await context.store.protectedApis.get(project.id, id);
  if (api === null) throw absent();
  return toView(api, await context.store.chains.get(project.id, id));
}

/** Adds a protected API (`create`; `conflict` where there is one of that id) or replaces it. Host and port name at most one API of a project. */
export async function putApi(
  context: AdminContext,
  actor: Actor,
  projectId: string,
  id: string,
  input: ApiInput,
  how: "create" | "replace",
): Promise<ApiView> {
  const project = await projectOf(context, projectId);
  const held = await context.store.protectedApis.get(project.id, id);
  if (how === "create" && held !== null) {
    throw new AdminError("conflict", "There is an API of this id. Choose another id, or replace it.");
  }
  if (how === "replace" && held === null) throw absent();
  const api = await planApi(context, project, id, input);
  await context.store.protectedApis.put(api);
  await context.store.chains.forget(project.id, api.id);
  await context.operations.republish(project.id);
  await audited(context, actor, project.id, `api.${how}`, api.id, {
    host: api.host,
    port: api.port,
    channel: api.channel,
    pins: api.pins.join(","),
    roots: api.roots.length,
    ...describe(api.token),
  });
  return toView(api, null);
}

/** The API as it would be written, new or in place of the one of this id: refused where it would be. Nothing is written. */
export async function planApi(
  context: AdminContext,
  project: Project,
  id: string,
  input: ApiInput,
): Promise<ProtectedApi> {
  const held = await context.store.protectedApis.get(project.id, id);
  const made = toProtectedApi(project.id, id, held?.createdAtMs ?? context.nowMs(), input);
  const api = held?.links == null ? made : { ...made, links: held.links };
  checkToken(api, held);
  const others = (await context.store.protectedApis.list(project.id)).filter((other) => other.id !== id);
  const rival = others.find((other) => other.host === api.host && other.port === api.port);
  if (rival !== undefined) {
    throw new AdminError("conflict", `The API ${rival.id} has this host and port. An address belongs to one API.`);
  }
  checkFirebaseProject(api, others);
  await checkFirebaseApps(context, api);
  if (others.length >= limits.apis)
    throw new AdminError("limit_reached", `A project has at most ${limits.apis} APIs. Remove one first.`);
  if ([...others, api].flatMap((each) => each.roots).length > limits.roots) {
    throw new AdminError(
      "limit_reached",
      `The APIs of a project have at most ${limits.roots} roots together. Use fewer.`,
    );
  }
  await checkDecoy(context, project, project.settings, [api]);
  const secrets = await context.store.secrets.list(project.id);
  checkManifestSize([...others, api], secrets);
  return api;
}

/** What signs an API's tokens changes by a new key beside the old. From one set of keys to another there is no such overlap. */
function checkToken({ token }: ProtectedApi, held: ProtectedApi | null): void {
  const former = held?.token ?? null;
  if (token === null || former === null) return;
  if (token.keys !== former.keys || (token.keys === "project" && token.alg !== former.alg)) {
    const message =
      "Backends would refuse tokens of other keys at once. Replace the API without a token first, then with the new one.";
    throw new AdminError("conflict", message);
  }
}

/** Tokens of this profile name the Firebase project alone: with one project and one key two APIs would take each other's, and consume them twice. */
function checkFirebaseProject({ token }: ProtectedApi, others: readonly ProtectedApi[]): void {
  const named = token?.keys === "project" ? token.firebase : null;
  if (named == null) return;
  const twin = others.find(({ token: other }) => {
    const theirs = other?.keys === "project" ? other.firebase : null;
    return theirs?.projectNumber === named.projectNumber || theirs?.projectId === named.projectId;
  });
  if (twin === undefined) return;
  const message = `The API ${twin.id} has the same Firebase project and the same keys: each would take the other's tokens. Give both keys of their own.`;
  throw new AdminError("conflict", message);
}

/** A Firebase app id for an app that is not there would be a slip of the pen, found when tokens are refused. */
async function checkFirebaseApps(context: AdminContext, { project, token }: ProtectedApi): Promise<void> {
  const named = Object.keys(token?.firebase?.appIds ?? {});
  const known = new Set(named.length === 0 ? [] : (await context.store.apps.list(project)).map(({ id }) => id));
  if (named.some((id) => !known.has(id))) {
    throw invalidInput(
      "/token/firebase/appIds",
      "There is no such app in this project. Add it first with `countersign app add`.",
    );
  }
}

function describe(token: ProtectedApi["token"]): Record<string, string | boolean> {
  if (token === null) return { token: "none" };
  const { profile, alg, keys, proof, limitedUse, customClaims, encryption } = token;
  return { token: profile, alg, keys, proof, limitedUse, customClaims, encrypted: encryption !== null };
}

/** Removes a protected API that no place of a secret names. */
export async function removeApi(context: AdminContext, actor: Actor, projectId: string, id: string): Promise<void> {
  const project = await projectOf(context, projectId);
  await planApiRemoval(context, project, id);
  await context.store.protectedApis.remove(project.id, id);
  await context.operations.republish(project.id);
  await audited(context, actor, project.id, "api.remove", id);
}

/** Refused where the API cannot be removed. Nothing is written. */
export async function planApiRemoval(context: AdminContext, project: Project, id: string): Promise<void> {
  if ((await context.store.protectedApis.get(project.id, id)) === null) throw absent();
  const others = (await context.store.protectedApis.list(project.id)).filter((other) => other.id !== id);
  const linking = others.find(({ links }) => links?.to.some(({ api }) => api === id));
  if (linking !== undefined) {
    throw new AdminError("in_use", `Links in answers of the API ${linking.id} lead to this one. Change them first.`);
  }
  const secrets = await context.store.secrets.list(project.id);
  const named = secrets.find((secret) => secret.places.some((place) => place.api === id));
  if (named !== undefined) {
    throw new AdminError(
      "in_use",
      `A place of the secret ${named.name} names this API. Change or remove the secret first.`,
    );
  }
}
