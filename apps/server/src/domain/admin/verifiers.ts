import type { Verifier } from "../ports/index.ts";
import { credentialHashOf } from "../verifier/authenticate-verifier.ts";
import type { Actor, AdminContext } from "./admin-context.ts";
import { audited, projectOf } from "./admin-context.ts";
import { AdminError } from "./admin-error.ts";
import { type InjectionInput, toInjections } from "./injection-input.ts";
import { parseIdentifier } from "./rules/identifier.ts";
import { accept } from "./rules/rule.ts";

const mostVerifiers = 256;

/** A verifier credential as operators see it: never the credential, nor its hash. */
export type VerifierView = Pick<Verifier, "name" | "api" | "createdAtMs" | "injections">;

export interface VerifierInput {
  readonly name: string;
  /** The one API it is to speak for. Default: every API of the project. */
  readonly api?: string | null | undefined;
  /** Secrets that decisions about genuine requests of that API give it. Default none. */
  readonly injections?: readonly InjectionInput[] | undefined;
}

/** `credential` is `csv_` and 32 random bytes as b64u. Shown once; the service keeps its hash. */
export interface NewVerifier extends VerifierView {
  readonly credential: string;
}

const toView = ({ name, api, createdAtMs, injections }: Verifier): VerifierView => ({
  name,
  api,
  createdAtMs,
  injections,
});

export async function listVerifiers(context: AdminContext, projectId: string): Promise<readonly VerifierView[]> {
  const project = await projectOf(context, projectId);
  return (await context.store.verifiers.list(project.id)).map(toView);
}

/** Makes a credential with which a backend has tokens consumed and reports its traffic. */
export async function addVerifier(
  context: AdminContext,
  actor: Actor,
  projectId: string,
  input: VerifierInput,
): Promise<NewVerifier> {
  const project = await projectOf(context, projectId);
  const name = accept("/name", parseIdentifier(input.name));
  const api = input.api ?? null;
  const held = api === null ? null : await context.store.protectedApis.get(project.id, api);
  if (api !== null && held === null) {
    throw new AdminError(
      "not_found",
      "There is no such API in this project. `countersign api list` shows those there are.",
    );
  }
  if ((await context.store.verifiers.list(project.id)).length >= mostVerifiers) {
    throw new AdminError("limit_reached", `A project has at most ${mostVerifiers} verifiers. Remove one first.`);
  }
  const injections = toInjections(input.injections ?? [], held, await context.store.secrets.list(project.id));
  const credential = `csv_${Buffer.from(context.random(32)).toString("base64url")}`;
  const verifier: Verifier = {
    project: project.id,
    name,
    api,
    tokenHash: credentialHashOf(credential),
    createdAtMs: context.nowMs(),
    injections,
  };
  if (!(await context.store.verifiers.add(verifier))) {
    throw new AdminError("conflict", "There is a verifier of this name. Choose another name, or remove it.");
  }
  await audited(context, actor, project.id, "verifier.add", name, {
    api,
    ...(injections.length === 0
      ? {}
      : { injections: injections.map(({ header, secret }) => `${header}=${secret}`).join(",") }),
  });
  return { ...toView(verifier), credential };
}

/** Takes a credential out of use from the next request on. */
export async function removeVerifier(
  context: AdminContext,
  actor: Actor,
  projectId: string,
  name: string,
): Promise<void> {
  const project = await projectOf(context, projectId);
  if (!(await context.store.verifiers.remove(project.id, name))) {
    throw new AdminError("not_found", "There is no such verifier. `countersign verifier list` shows those there are.");
  }
  await audited(context, actor, project.id, "verifier.remove", name);
}
