import { matchRequest } from "@countersign/protocol";
import { AgentError } from "../errors.ts";
import { decide, type HookView } from "../hooks.ts";
import { manifestInForce } from "../trust/trust.ts";
import type { AgentResponse } from "./agent-response.ts";
import type { AppRequest } from "./app-request.ts";
import type { FetchDeps } from "./fetch-deps.ts";
import { isExcluded, mayLeaveAlone } from "./left-alone.ts";

/** One request, from what its hooks said to how it ended. */
export interface ToldRequest {
  readonly bypass: boolean;
  end(response: AgentResponse | null, error: unknown): void;
}

const unheard: ToldRequest = { bypass: false, end: () => {} };

function viewOf({ trust }: FetchDeps, { url, method }: AppRequest): HookView {
  const manifest = manifestInForce(trust.current());
  const matched = manifest === null ? null : matchRequest({ url, method, headers: [], body: null, manifest });
  return { url, method, api: matched?.kind === "matched" ? matched.api.api : null };
}

/** Asks `beforeRequest`, and tells hook and log of the end. */
export function beginRequest(deps: FetchDeps, request: AppRequest): ToldRequest {
  const { beforeRequest, afterRequest } = deps.hooks;
  const isHeard = beforeRequest !== undefined || afterRequest !== undefined || deps.log.tells("debug");
  if (!isHeard) return unheard;
  const view = Object.freeze(viewOf(deps, request));
  const wanted = decide(beforeRequest && (() => beforeRequest(view)), "protect", "protect") === "bypass";
  const bypass = wanted && mayLeaveAlone(deps, request, true);
  if (wanted && !bypass) deps.log.tell({ level: "warn", event: "bypass_refused", api: view.api });
  const bypassed = bypass || (isExcluded(request.url, deps.exclude) && mayLeaveAlone(deps, request, false));
  return {
    bypass,
    end(response, error) {
      const code = error instanceof AgentError ? error.code : null;
      const { method } = view;
      const api = view.api ?? viewOf(deps, request).api;
      const status = response?.status ?? null;
      const redirected = response?.redirected ?? false;
      deps.log.tell({ level: "debug", event: "request", method, api, status, error: code, bypassed });
      const result = { ...view, api, status, redirected, bypassed, error: code };
      decide(afterRequest && (() => afterRequest(result)), undefined, undefined);
    },
  };
}
