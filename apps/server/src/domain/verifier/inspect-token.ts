import type { ProtectedApi } from "../ports/index.ts";
import type { ProjectContext } from "../project/project-context.ts";
import { bindingOf, payOf } from "./binding-of.ts";
import { audienceOf } from "./check-token-claims.ts";
import { type JudgedToken, judgeToken } from "./judge-token.ts";
import { parseJws } from "./parse-jws.ts";
import { parseTokenClaims, tokenUses } from "./token-claims.ts";
import type { VerifierDeps } from "./verifier-deps.ts";

export interface InspectedToken {
  /** The API that the token was held against. */
  readonly api: ProtectedApi | null;
  readonly judged: JudgedToken;
  /** Claims as the token says them, verified or not. */
  readonly claims: Readonly<Record<string, unknown>> | null;
}

/**
 * Holds a token against the API that is named, else against the one it is for by its own words, else by its key. `headers` are those of the
 * request it came in, for its binding. A token of any use may be good: what it is for is said. Spends nothing.
 */
export async function inspectToken(
  deps: VerifierDeps,
  context: ProjectContext,
  asked: {
    readonly token: string;
    readonly api: ProtectedApi | null;
    readonly headers: Readonly<Record<string, string>> | null;
  },
): Promise<InspectedToken> {
  const { token, headers } = asked;
  const nowMs = deps.clock.nowMs();
  const parsed = parseJws(token);
  const claims = parsed.ok ? parseTokenClaims(parsed.jws.payload) : null;
  const kid = parsed.ok ? parsed.jws.header.kid : null;
  const apis = [...context.apis.values()].filter((api) => api.token !== null);
  const api =
    asked.api ??
    apis.find((each) => sameSet(audienceOf(each.id, each.token), claims?.aud ?? [])) ??
    apis.find((each) => context.verificationKeysOf(each.id, nowMs).some((key) => key.kid === kid)) ??
    null;
  const binding = api?.token && headers && bindingOf(api.token, headers);
  const pay = api?.token && binding ? payOf(api.token, binding) : null;
  const judged = await judgeToken({ deps, context, api, token, pay, uses: tokenUses, nowMs });
  return { api, judged, claims: claims?.all ?? null };
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((each) => b.includes(each));
}
