import type { VerifyReason } from "@countersign/protocol";
import type { ApiToken, ProtectedApi } from "../ports/index.ts";
import type { ProjectContext } from "../project/project-context.ts";
import { keySetOf, keysOfSet, type TokenKeyState, tokenKeyState } from "../project/token-key-state.ts";
import { bindingOf } from "../verifier/binding-of.ts";
import { type Consumed, consumeToken } from "../verifier/consume-token.ts";
import { inspectToken as inspect } from "../verifier/inspect-token.ts";
import {
  type ExampleType,
  type MintedForOperator,
  mintExample as makeExample,
  mintLongLived as makeLongLived,
  type OperatorToken,
} from "../verifier/mint-operator-token.ts";
import type { JwsHeader } from "../verifier/parse-jws.ts";
import type { TokenCheck } from "../verifier/token-check.ts";
import type { Actor, AdminContext } from "./admin-context.ts";
import { audited, projectOf } from "./admin-context.ts";
import { AdminError, invalidInput } from "./admin-error.ts";
import { parseDisplayName } from "./rules/display-name.ts";
import { accept } from "./rules/rule.ts";

const mostDays = 365;

/** What a token says, and what the service says of it. The token itself is not in it. */
export interface TokenView {
  readonly valid: boolean;
  readonly reason: VerifyReason | null;
  /** The API it was held against; null: none of the project's. */
  readonly api: string | null;
  readonly profile: ApiToken["profile"] | null;
  readonly header: JwsHeader | null;
  /** How the key stands that the token names; null: the API has no such key. */
  readonly key: { readonly kid: string; readonly alg: string; readonly state: TokenKeyState } | null;
  /** As the token says them: to be believed only where it is valid. */
  readonly claims: Readonly<Record<string, unknown>> | null;
  readonly checks: readonly TokenCheck[];
}

export interface InspectInput {
  readonly token: string;
  readonly api?: string | undefined;
  /** Headers of the request it came in, by name: its binding is held against them. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** Judges a token as a verifier would, check by check. Spends nothing. */
export async function inspectToken(context: AdminContext, projectId: string, input: InspectInput): Promise<TokenView> {
  const held = await contextOf(context, projectId);
  const api = input.api === undefined ? null : apiOf(held, input.api).api;
  const headers = input.headers ?? null;
  const found = await inspect(context.verifying, held, { token: input.token, api, headers });
  const { reason, checks, findings } = found.judged;
  return {
    valid: reason === null,
    reason,
    api: found.api?.id ?? null,
    profile: found.api?.token?.profile ?? null,
    header: findings.jws?.header ?? null,
    key: await keyOf(context, held, found.api, findings.jws?.header.kid ?? null),
    claims: found.claims,
    checks,
  };
}

async function keyOf(
  context: AdminContext,
  { project }: ProjectContext,
  api: ProtectedApi | null,
  kid: string | null,
): Promise<TokenView["key"]> {
  if (api?.token == null) return null;
  const set = keysOfSet(await context.store.tokenKeys.ofProject(project.id), keySetOf(api.id, api.token));
  const key = set.find((each) => each.kid === kid);
  return key === undefined ? null : { kid: key.kid, alg: key.alg, state: tokenKeyState(key, set, context.nowMs()) };
}

export interface ExampleInput {
  readonly type?: ExampleType | undefined;
  /** Values of the headers that the API binds its tokens to, by name. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** Mints a token for an hour, to try a backend with: a good one, or one that must be refused. */
export async function mintExample(
  context: AdminContext,
  actor: Actor,
  projectId: string,
  apiId: string,
  input: ExampleInput,
): Promise<OperatorToken> {
  const held = await contextOf(context, projectId);
  const { token } = apiOf(held, apiId);
  const { type = "valid", headers = {} } = input;
  const names = token.bind.map((name) => name.toLowerCase());
  if (Object.keys(headers).some((name) => !names.includes(name.toLowerCase())))
    throw invalidInput("/headers", "The API binds its tokens to other headers: `countersign api show` names them.");
  const minted = taken(await makeExample(minterOf(context, held, apiId, token), type, bindingOf(token, headers)));
  await audited(context, actor, held.project.id, "token.example", apiId, { type, kid: minted.kid });
  return minted;
}

export interface LongLivedInput {
  readonly name: string;
  readonly days: number;
}

/** Mints a token for a caller that has no agent, such as a server or a monitor. */
export async function mintLongLived(
  context: AdminContext,
  actor: Actor,
  projectId: string,
  apiId: string,
  input: LongLivedInput,
): Promise<OperatorToken> {
  const held = await contextOf(context, projectId);
  const { token } = apiOf(held, apiId);
  const name = accept("/name", parseDisplayName(input.name));
  const { days } = input;
  if (!Number.isSafeInteger(days) || days < 1 || days > mostDays)
    throw invalidInput("/days", `Days are a whole number from 1 to ${mostDays}.`);
  const minted = taken(await makeLongLived(minterOf(context, held, apiId, token), name, days));
  const { kid, expiresAtMs } = minted;
  await audited(context, actor, held.project.id, "token.long_lived", apiId, { name, days, kid, expiresAtMs });
  return minted;
}

/** Consumes a token as a backend would. */
export async function consumeAsOperator(
  context: AdminContext,
  actor: Actor,
  projectId: string,
  apiId: string,
  token: string,
): Promise<Consumed> {
  const held = await contextOf(context, projectId);
  if (!context.verifying.standing.isCurrent())
    throw new AdminError("unavailable", "The bans could not be read lately. Try again in a moment.");
  const consumed = await consumeToken(context.verifying, held, { api: apiOf(held, apiId).api.id, token });
  if (consumed === null) throw noTokens();
  const outcome = consumed.ok ? (consumed.alreadyConsumed ? "consumed before" : "consumed") : consumed.reason;
  await audited(context, actor, held.project.id, "token.consume", apiId, { outcome });
  return consumed;
}

async function contextOf(context: AdminContext, projectId: string): Promise<ProjectContext> {
  const project = await projectOf(context, projectId);
  const held = await context.verifying.contexts.get(project.id);
  if (held === null)
    throw new AdminError("not_found", "There is no such project. `countersign project list` shows those there are.");
  return held;
}

const noTokens = (): AdminError =>
  new AdminError(
    "not_found",
    "There is no such API with tokens in this project. `countersign api list` shows those there are.",
  );

function apiOf(held: ProjectContext, id: string): { readonly api: ProtectedApi; readonly token: ApiToken } {
  const api = held.apis.get(id);
  if (api === undefined || api.token === null) throw noTokens();
  return { api, token: api.token };
}

function minterOf(context: AdminContext, held: ProjectContext, api: string, token: ApiToken) {
  const { nowMs, random, verifying } = context;
  return { context: held, api, token, publicOrigin: verifying.publicOrigin(), nowMs: nowMs(), random };
}

function taken(minted: MintedForOperator): OperatorToken {
  if (minted.ok) return minted.minted;
  throw minted.reason === "no_key"
    ? new AdminError("conflict", "No key of this API signs now. `countersign key list` shows how its keys stand.")
    : new AdminError("conflict", "Only an API whose tokens are signed with HS256 and not encrypted has decoys.");
}
