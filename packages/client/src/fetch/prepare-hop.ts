import {
  type Manifest,
  type ManifestApi,
  type MatchedRequest,
  matchRequest,
  mayProceed,
  type UnchangedRequest,
} from "@countersign/protocol";
import { AgentError } from "../errors.ts";
import { decide } from "../hooks.ts";
import type { AbortHandle } from "../ports.ts";
import type { HeldToken, Session } from "../session/session.ts";
import { type Needs, noNeeds } from "../statement/asks.ts";
import { manifestInForce } from "../trust/trust.ts";
import type { AppRequest } from "./app-request.ts";
import type { FetchDeps } from "./fetch-deps.ts";
import { holdBody, needsWholeBody } from "./held-body.ts";
import { isExcluded, mayLeaveAlone } from "./left-alone.ts";
import { mentionedSecrets } from "./mentioned-secrets.ts";
import { bindingOf } from "./token-binding.ts";

/** One hop, judged against the manifest that is in force now. */
export type PreparedHop =
  | { readonly kind: "unregistered"; readonly request: AppRequest; readonly unfilled: readonly string[] }
  | {
      readonly kind: "protected";
      /** As it was judged: its body is held whole where a place or a proof needs it. */
      readonly request: AppRequest;
      readonly manifest: Manifest;
      readonly match: MatchedRequest;
      /** Null where nothing is needed, or the API may go on without. */
      readonly session: Session | null;
      /** A token for this hop alone, where the API's count once. */
      readonly ownToken: HeldToken | null;
      /** How often everything had been wiped when the session was found open. */
      readonly wipes: number;
      /** False on a hop of another origin than the first: nothing is added to it. */
      readonly mayAdd: boolean;
    };

const maxManifestChanges = 3;
const unavailable = ["service_unreachable", "service_untrusted", "service_busy", "statement_rejected"];

function match(manifest: Manifest, request: AppRequest): MatchedRequest | UnchangedRequest {
  const { url, method, headers, body } = request;
  const matched = matchRequest({ url, method, headers, body, manifest });
  if (matched.kind !== "refused") return matched;
  throw new AgentError(matched.code === "url_refused" ? "url_refused" : "request_refused");
}

function needsOf(request: AppRequest, { api, demanded }: MatchedRequest): Needs {
  const tokens = api.token === undefined ? [] : [{ api: api.api, bind: bindingOf(api.token, request.headers) }];
  return { ...noNeeds, tokens, secrets: demanded };
}

/**
 * The manifest in force; null where the service has none for this app. The first call of a fresh installation waits for an enrolment here.
 * A held manifest that a newer key list put out of force is never the same as none: no host would be protected.
 */
export async function currentManifest(deps: FetchDeps, request: AppRequest): Promise<Manifest | null> {
  if (deps.trust.current().manifest === null) {
    await deps.demand({ ...noNeeds, secrets: mentionedSecrets(request, deps.configuration) });
  }
  const manifest = manifestInForce(deps.trust.current());
  if (manifest !== null || deps.trust.current().manifest === null) return manifest;
  await deps.refresh("manifest");
  const next = manifestInForce(deps.trust.current());
  if (next === null) throw new AgentError("manifest_stale");
  return next;
}

/** A manifest that was not confirmed for too long protects no host that is more than the device's own trust. */
async function checkFreshness(deps: FetchDeps, api: ManifestApi): Promise<void> {
  if (api.channel === "system" || !deps.trust.isStale()) return;
  await deps.refresh("manifest_stale").catch(() => {});
  if (deps.trust.isStale()) throw new AgentError("manifest_stale");
}

/** What a hop needs of a session; no session where it needs nothing. */
type Granted = Pick<PreparedHop & { kind: "protected" }, "session" | "ownToken" | "wipes">;

async function grantFor(
  deps: FetchDeps,
  manifest: Manifest,
  request: AppRequest,
  matched: MatchedRequest,
  abort: AbortHandle,
): Promise<Granted> {
  const { api } = matched;
  const needs = needsOf(request, matched);
  const nothing = { session: null, ownToken: null, wipes: deps.wipes() };
  if (needs.tokens.length === 0 && needs.secrets.length === 0 && api.proof === undefined) return nothing;
  try {
    if (api.token?.limitedUse !== true) {
      return { session: await deps.demand(needs), ownToken: null, wipes: deps.wipes() };
    }
    const { session, token, wipes } = await deps.take(needs, api.api, abort);
    return { session, ownToken: token, wipes };
  } catch (error) {
    if (!(error instanceof AgentError) || !unavailable.includes(error.code) || !mayProceed(manifest, api)) throw error;
    const { onUnavailable } = deps.hooks;
    const view = { url: request.url, method: request.method, api: api.api };
    if (decide(onUnavailable && (() => onUnavailable(view, error)), "proceed", "fail") !== "proceed") throw error;
    return nothing;
  }
}

function isLeftAlone(deps: FetchDeps, request: AppRequest, bypass: boolean): boolean {
  if (bypass && mayLeaveAlone(deps, request, true)) return true;
  return isExcluded(request.url, deps.exclude) && mayLeaveAlone(deps, request, false);
}

/**
 * Judges one hop and gets the session it needs. A session may bring a new manifest: then everything is judged again, so that what is sent
 * was checked against the manifest it is sent under.
 */
export async function prepareHop(
  deps: FetchDeps,
  given: AppRequest,
  mayAdd: boolean,
  abort: AbortHandle,
  bypass = false,
): Promise<PreparedHop> {
  let request = given;
  if (isLeftAlone(deps, request, bypass)) return { kind: "unregistered", request, unfilled: [] };
  for (let changes = 0; changes < maxManifestChanges; changes += 1) {
    const manifest = await currentManifest(deps, request);
    if (manifest === null) return { kind: "unregistered", request, unfilled: [] };
    if (request.stream !== null && needsWholeBody(manifest, request)) request = await holdBody(request);
    const matched = match(manifest, request);
    if (matched.kind === "unchanged") return { kind: "unregistered", request, unfilled: matched.unfilled };
    if (!mayAdd && matched.demanded.length > 0) throw new AgentError("redirect_refused");
    await checkFreshness(deps, matched.api);
    const granted = mayAdd
      ? await grantFor(deps, manifest, request, matched, abort)
      : { session: null, ownToken: null, wipes: deps.wipes() };
    if (manifestInForce(deps.trust.current()) === manifest) {
      return { kind: "protected", request, manifest, match: matched, ...granted, mayAdd };
    }
    granted.ownToken?.token.wipe();
  }
  throw new AgentError("manifest_stale");
}
