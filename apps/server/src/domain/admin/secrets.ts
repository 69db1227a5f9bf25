import type { SecretTerms } from "@countersign/broker";
import { decodeBase64url, limits, type Place, placeholderOf } from "@countersign/protocol";
import { sha256 } from "@countersign/protocol/server";
import { canaryContext } from "../device/decoy-secret.ts";
import type { Project, Recipe, Secret } from "../ports/index.ts";
import { fitsHeader } from "../verifier/open-injections.ts";
import type { Actor, AdminContext } from "./admin-context.ts";
import { audited, projectOf } from "./admin-context.ts";
import { AdminError, invalidInput } from "./admin-error.ts";
import { checkManifestSize } from "./manifest-size.ts";
import { refusePlanted } from "./planted-values.ts";
import { parseIdentifier } from "./rules/identifier.ts";
import { checkPlace } from "./rules/place.ts";
import { acceptRecipe, parseRootValue, type RecipeInput } from "./rules/recipe.ts";
import { accept, acceptEach } from "./rules/rule.ts";
import { acceptTerms, checkProcessed } from "./rules/secret-terms.ts";
import { parseSecretValue } from "./rules/secret-value.ts";

/** A secret as operators see it: everything but its value, which no use case gives back. */
export interface SecretView {
  readonly name: string;
  readonly version: number;
  readonly mode: Secret["mode"];
  /** The public text that stands in app code. */
  readonly placeholder: string;
  readonly places: readonly Place[];
  readonly apps: readonly string[] | null;
  readonly updatedAtMs: number;
  /** Whether decoys get a canary that was set; else one is derived. */
  readonly hasCanary: boolean;
  /** How it may be used where it is brokered; null: its value goes into its places, without a budget. */
  readonly terms: SecretTerms | null;
  /** How values are minted from its own; null: its own value is the one that is used. */
  readonly recipe: Recipe | null;
}

export interface SecretInput {
  readonly value: string;
  /** Default: that of the present version, else `delivered`. */
  readonly mode?: Secret["mode"] | undefined;
  readonly places: readonly Place[];
  /** Apps that may have it; null or absent: every app of the project. */
  readonly apps?: readonly string[] | null | undefined;
  /** Default: as they are, none for a new secret. */
  readonly terms?: SecretTerms | null | undefined;
  /** Default: as it is, none for a new secret. Without one `value` is what is used, with one what values are minted from. */
  readonly recipe?: RecipeInput | null | undefined;
}

export type ModeChange = {
  readonly mode: Secret["mode"];
  readonly value?: string | undefined;
  readonly keepExposedValue?: boolean | undefined;
};

/** Bytes that any canary may have. */
const LONGEST_CANARY = 256;

const absent = (): AdminError =>
  new AdminError(
    "not_found",
    "There is no such secret in this project. `countersign secret list` shows those there are.",
  );

const exposed = (): AdminError =>
  new AdminError(
    "exposed_value",
    "Devices were given the present value and may keep it. Give a new value, or say that the exposed one is to be kept.",
  );

export const rootValue = (): AdminError =>
  invalidInput(
    "/value",
    "The present value is what values were minted from, and never left the service. Give the value that is to be used from now on.",
  );

function toView(secret: Secret): SecretView {
  const project = decodeBase64url(secret.project, 16);
  if (project === null) throw new TypeError("a project id is b64u of 16 bytes");
  const { name, version, mode, places, apps, updatedAtMs } = secret;
  const placeholder = placeholderOf(sha256, project, name);
  const { canary = null, terms = null, recipe = null } = secret;
  return { name, version, mode, placeholder, places, apps, updatedAtMs, hasCanary: canary !== null, terms, recipe };
}

export async function listSecrets(context: AdminContext, projectId: string): Promise<readonly SecretView[]> {
  const project = await projectOf(context, projectId);
  return (await context.store.secrets.list(project.id)).map(toView);
}

/** Sets a secret: value, places and who may have it. An existing one gets a new version. */
export async function setSecret(
  context: AdminContext,
  actor: Actor,
  projectId: string,
  secretName: string,
  input: SecretInput,
): Promise<SecretView> {
  const project = await projectOf(context, projectId);
  const { name, places, apps, held } = await planSecret(context, project, secretName, input);
  const terms = input.terms === undefined ? (held?.terms ?? null) : toTerms(input.terms);
  const recipe = input.recipe === undefined ? (held?.recipe ?? null) : toRecipe(input.recipe);
  const value = acceptValue("/value", input.value, { places, terms, recipe });
  const mode = input.mode ?? held?.mode ?? "delivered";
  if (held !== null && isClosing(held, { mode, recipe }) && sameValue(context, held, value)) throw exposed();
  if (held?.recipe != null && recipe === null && sameValue(context, held, value)) throw rootValue();
  const canary = held === null ? null : fittingCanary(context, held, places, value);
  const shape = { project: project.id, name, mode, places, apps, canary, terms, recipe };
  return await writeSecret(context, actor, "secret.set", shape, held, value);
}

/** The secret as it would be written, but its value: refused where its places or apps would be. Nothing is written. */
export async function planSecret(
  context: AdminContext,
  project: Project,
  secretName: string,
  input: Pick<SecretInput, "places" | "apps">,
): Promise<Pick<Secret, "name" | "places" | "apps"> & { readonly held: Secret | null }> {
  const name = accept("/name", parseIdentifier(secretName));
  const places = await toPlaces(context, project.id, input.places);
  const apps = await toApps(context, project.id, input.apps ?? null);
  const secrets = await context.store.secrets.list(project.id);
  const others = secrets.filter((secret) => secret.name !== name);
  if (others.length >= limits.secrets)
    throw new AdminError("limit_reached", `A project has at most ${limits.secrets} secrets. Remove one first.`);
  checkManifestSize(await context.store.protectedApis.list(project.id), [...others, { name, places }]);
  const given = apps === null ? null : await verifierGiven(context, project.id, name);
  if (given !== null) {
    throw new AdminError("in_use", `The verifier ${given} is given this secret, and a proxy cannot tell apps apart.`);
  }
  return { name, places, apps, held: secrets.find((secret) => secret.name === name) ?? null };
}

/** Gives a secret a new value and leaves everything else. */
export async function rotateSecret(
  context: AdminContext,
  actor: Actor,
  projectId: string,
  name: string,
  input: { readonly value: string },
): Promise<SecretView> {
  const held = await heldSecret(context, projectId, name);
  const value = acceptValue("/value", input.value, held);
  const canary = fittingCanary(context, held, held.places, value);
  return await writeSecret(context, actor, "secret.rotate", { ...held, canary }, held, value);
}

/** Changes how a secret is used. Where it is brokered from now on and devices had the value: a new one, or the plain word that it be kept. */
export async function changeSecretMode(
  context: AdminContext,
  actor: Actor,
  projectId: string,
  name: string,
  change: ModeChange,
): Promise<SecretView> {
  const held = await heldSecret(context, projectId, name);
  const keep = change.keepExposedValue ?? false;
  if (change.value !== undefined && keep) {
    throw invalidInput("/keepExposedValue", "Give a new value or keep the exposed one, not both.");
  }
  const value = change.value === undefined ? null : acceptValue("/value", change.value, held);
  if (isClosing(held, { ...held, mode: change.mode }) && !keep && (value === null || sameValue(context, held, value)))
    throw exposed();
  const next = value ?? reveal(context, held);
  const canary = fittingCanary(context, held, held.places, next);
  return await writeSecret(context, actor, "secret.mode", { ...held, mode: change.mode, canary }, held, next);
}

/**
 * Sets what decoys get in place of the value (protocol section 11); null: what is derived. It stays when the value is rotated, and goes where
 * new places cannot take it or it becomes the value.
 */
export async function setCanary(
  context: AdminContext,
  actor: Actor,
  projectId: string,
  name: string,
  input: { readonly canary: string | null },
): Promise<SecretView> {
  const held = await heldSecret(context, projectId, name);
  const value = reveal(context, held);
  const bytes = input.canary === null ? null : accept("/canary", parseSecretValue(input.canary, held.places));
  if (bytes !== null && Buffer.from(bytes).equals(value)) {
    throw invalidInput("/canary", "A canary is not the value itself: refused devices would be given it.");
  }
  // A minted value may be longer than what it is minted from.
  const most = held.recipe == null ? Math.max(value.length, LONGEST_CANARY) : limits.secretValueBytes;
  if (bytes !== null && bytes.length > most) {
    throw invalidInput("/canary", `A canary is no longer than the value, or at most ${LONGEST_CANARY} bytes.`);
  }
  const canary = bytes === null ? null : context.vault.seal(bytes, canaryContext(held.project, held.name));
  return await writeSecret(context, actor, "secret.canary", { ...held, canary }, held, value);
}

/** Sets what is made of a brokered secret and how often it may be used; null: its value goes into its places, without a budget. */
export async function setTerms(
  context: AdminContext,
  actor: Actor,
  projectId: string,
  name: string,
  input: { readonly terms: SecretTerms | null },
): Promise<SecretView> {
  const held = await heldSecret(context, projectId, name);
  const value = reveal(context, held);
  const terms = toTerms(input.terms);
  accept("/terms/processor", checkProcessed(held.recipe == null ? value : null, terms, held.places));
  return await writeSecret(context, actor, "secret.terms", { ...held, terms }, held, value);
}

/** Removes a secret that no verifier credential is given; sessions that hold its value live to their end. */
export async function removeSecret(
  context: AdminContext,
  actor: Actor,
  projectId: string,
  name: string,
): Promise<void> {
  const held = await heldSecret(context, projectId, name);
  await planSecretRemoval(context, held);
  await context.store.secrets.remove(held.project, held.name);
  await context.operations.republish(held.project);
  await audited(context, actor, held.project, "secret.remove", held.name, { version: held.version });
}

/** Refused where the secret cannot be removed. Nothing is written. */
export async function planSecretRemoval(context: AdminContext, { project, name }: Secret): Promise<void> {
  const given = await verifierGiven(context, project, name);
  if (given !== null) {
    throw new AdminError("in_use", `The verifier ${given} is given this secret. Remove that credential first.`);
  }
}

/** The name of a credential that is given this secret; null where none is. */
async function verifierGiven(context: AdminContext, project: string, name: string): Promise<string | null> {
  const verifiers = await context.store.verifiers.list(project);
  return verifiers.find(({ injections }) => injections.some(({ secret }) => secret === name))?.name ?? null;
}

export async function heldSecret(context: AdminContext, projectId: string, name: string): Promise<Secret> {
  const project = await projectOf(context, projectId);
  const held = await context.store.secrets.get(project.id, name);
  if (held === null) throw absent();
  return held;
}

/** Writes a new version, publishes it and says so in the audit. Refused where mode, value and what verifiers are given do not go together. */
export async function writeSecret(
  context: AdminContext,
  actor: Actor,
  action: string,
  shape: Pick<Secret, "project" | "name" | "mode" | "places" | "apps" | "canary" | "terms" | "recipe">,
  held: Secret | null,
  value: Uint8Array,
): Promise<SecretView> {
  const { project, name, mode, places, apps, canary = null, terms = null, recipe = null } = shape;
  if (mode !== "brokered" && terms !== null && terms.processor !== null) {
    throw invalidInput(
      "/mode",
      "A processor is to keep the value from devices, so the secret is brokered. Broker it, or take the processor away.",
    );
  }
  if (recipe?.perInstance === true && (await verifierGiven(context, project, name)) !== null) {
    throw invalidInput(
      "/recipe/perInstance",
      "A proxy is given this secret, and it cannot tell instances apart. Let all share a value.",
    );
  }
  const isPlain = recipe !== null || fitsHeader(Buffer.from(value).toString("latin1"));
  if (!isPlain && (await verifierGiven(context, project, name)) !== null) {
    throw invalidInput(
      "/value",
      "A proxy is given this secret for a header: printable ASCII without a space at its ends.",
    );
  }
  await refusePlanted(context, project, value);
  const version = (held?.version ?? 0) + 1;
  const sealed = context.vault.seal(value, secretContext(project, name, version));
  const updatedAtMs = context.nowMs();
  const secret: Secret = {
    project,
    name,
    mode,
    places,
    apps,
    version,
    value: sealed,
    updatedAtMs,
    canary,
    terms,
    recipe,
  };
  if (!(await context.store.secrets.put(secret))) {
    throw new AdminError("conflict", "The secret was changed meanwhile. Look at it and try again.");
  }
  await context.operations.republish(project);
  await audited(context, actor, project, action, name, {
    version,
    mode,
    apps: apps?.join(",") ?? null,
    places: places.length,
    processor: terms?.processor?.kind ?? null,
    budgets: terms?.budgets.length ?? 0,
    recipe: recipe?.kind ?? null,
  });
  return toView(secret);
}

const secretContext = (project: string, name: string, version: number): readonly string[] => [
  "secret",
  project,
  name,
  String(version),
];

type Use = Pick<Secret, "mode" | "recipe">;

/** Whether devices are given the value itself. */
const isOut = ({ mode, recipe = null }: Use): boolean => mode !== "brokered" && recipe === null;

/** Whether the value was given to devices until now and is to be kept from them all. */
export const isClosing = (held: Use, next: Use): boolean => isOut(held) && !isOut(next);

export function reveal(context: AdminContext, held: Secret): Uint8Array {
  return context.vault.open(held.value, secretContext(held.project, held.name, held.version)).reveal();
}

const toRecipe = (input: RecipeInput | null): Recipe | null => (input === null ? null : acceptRecipe("/recipe", input));

const toTerms = (input: SecretTerms | null): SecretTerms | null =>
  input === null ? null : acceptTerms("/terms", input);

/** A value that fits its places and what is to be made of it. */
export function acceptValue(
  path: string,
  text: string,
  { places, terms = null, recipe = null }: Pick<Secret, "places" | "terms" | "recipe">,
): Uint8Array {
  if (recipe !== null) {
    accept("/terms/processor", checkProcessed(null, terms, places));
    return accept(path, parseRootValue(text, recipe));
  }
  return accept(path, checkProcessed(accept(path, parseSecretValue(text, places)), terms, places));
}

export function fittingCanary(
  context: AdminContext,
  { project, name, canary = null }: Secret,
  places: readonly Place[],
  value: Uint8Array,
): Secret["canary"] {
  if (canary === null) return null;
  const bytes = Buffer.from(context.vault.open(canary, canaryContext(project, name)).reveal());
  return parseSecretValue(bytes.toString(), places).ok && !bytes.equals(value) ? canary : null;
}

export function sameValue(context: AdminContext, held: Secret, value: Uint8Array): boolean {
  return Buffer.from(reveal(context, held)).equals(value);
}

async function toPlaces(context: AdminContext, project: string, input: readonly Place[]): Promise<readonly Place[]> {
  if (input.length < 1 || input.length > limits.places) {
    throw invalidInput("/places", `Name 1 to ${limits.places} places: where requests may carry the secret.`);
  }
  const places = acceptEach("/places", input, checkPlace);
  for (const [index, place] of places.entries()) {
    const api = await context.store.protectedApis.get(project, place.api);
    if (api === null)
      throw invalidInput(
        `/places/${index}/api`,
        "There is no such API in this project. Add it first with `countersign api add`.",
      );
    if (place.in === "header" && api.token?.header.toLowerCase() === place.name.toLowerCase()) {
      throw invalidInput(
        `/places/${index}/name`,
        "The API's token goes into this header. One of the two needs another.",
      );
    }
  }
  return places;
}

async function toApps(
  context: AdminContext,
  project: string,
  input: readonly string[] | null,
): Promise<readonly string[] | null> {
  if (input === null) return null;
  if (input.length < 1)
    throw invalidInput("/apps", "Name at least one app, or leave the list out for every app of the project.");
  const apps = acceptEach("/apps", input, parseIdentifier);
  for (const [index, app] of apps.entries()) {
    if ((await context.store.apps.get(project, app)) === null) {
      throw invalidInput(
        `/apps/${index}`,
        "There is no such app in this project. Add it first with `countersign app add`.",
      );
    }
  }
  return apps;
}
