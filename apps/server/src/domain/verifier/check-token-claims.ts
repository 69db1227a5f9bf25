import { issuerOf } from "@countersign/tokens";
import type { ApiToken } from "../ports/index.ts";
import { reached, shown, type TokenFindings, type TokenQuestion, type TokenSaid, timeShown } from "./token-check.ts";
import { parseTokenClaims } from "./token-claims.ts";

/** How far the clocks of nodes may be apart. */
export const toleranceMs = 5000;

export function checkClaims(_: TokenQuestion, { jws }: TokenFindings): TokenSaid {
  const claims = parseTokenClaims(reached(jws).payload);
  const expected = "a JSON object with iss, aud, iat, exp and jti in their forms";
  return claims === null
    ? { refused: "claims_malformed", expected, found: "something else" }
    : { refused: null, expected, found: "all of them", claims };
}

export function checkIssuer({ deps, context }: TokenQuestion, { claims }: TokenFindings): TokenSaid {
  const { iss } = reached(claims);
  const expected = issuerOf(deps.publicOrigin(), context.project.id, context.project.kind);
  return { refused: iss === expected ? null : "issuer_wrong", expected: shown(expected), found: shown(iss) };
}

/** Every audience that tokens of this API are for must be there, and no other. */
export function checkAudience({ api }: TokenQuestion, { claims }: TokenFindings): TokenSaid {
  const { aud } = reached(claims);
  const { id, token } = reached(api);
  const expected = audienceOf(id, token);
  const isEqual = aud.length === expected.length && expected.every((each) => aud.includes(each));
  return { refused: isEqual ? null : "audience_wrong", expected: shown(expected), found: shown(aud) };
}

/** The audiences of an API's tokens, by its profile. */
export function audienceOf(api: string, token: ApiToken | null): readonly string[] {
  if (token?.profile !== "firebase-app-check" || token.firebase === null) return [api];
  return [`projects/${token.firebase.projectNumber}`, `projects/${token.firebase.projectId}`];
}

export function checkBegun({ nowMs }: TokenQuestion, { claims }: TokenFindings): TokenSaid {
  const { notBeforeMs } = reached(claims);
  return {
    refused: notBeforeMs <= nowMs + toleranceMs ? null : "token_not_yet_valid",
    expected: `not after ${timeShown(nowMs)}`,
    found: timeShown(notBeforeMs),
  };
}

export function checkEnd({ nowMs }: TokenQuestion, { claims }: TokenFindings): TokenSaid {
  const { expiresAtMs } = reached(claims);
  return {
    refused: nowMs < expiresAtMs + toleranceMs ? null : "token_expired",
    expected: `after ${timeShown(nowMs)}`,
    found: timeShown(expiresAtMs),
  };
}

/** An example, or a token that lives long, stands for no instance: it counts only where that is meant. */
export function checkUse({ uses }: TokenQuestion, { claims }: TokenFindings): TokenSaid {
  const { use } = reached(claims);
  return { refused: uses.includes(use) ? null : "use_refused", expected: uses.join(" or "), found: use };
}

export function checkBinding({ pay }: TokenQuestion, { claims }: TokenFindings): TokenSaid {
  const { pay: found } = reached(claims).all;
  if (pay === null)
    return { refused: "not_evaluated", expected: "header values to hold it against", found: shown(found) };
  const said = { expected: shown(pay), found: shown(found) };
  if (found === undefined) return { refused: "binding_missing", ...said };
  return { refused: found === pay ? null : "binding_wrong", ...said };
}

/** Bans and quarantines as they are at this moment. */
export async function checkStanding(
  { deps, context, api }: TokenQuestion,
  { claims }: TokenFindings,
): Promise<TokenSaid> {
  const expected = "neither banned nor quarantined";
  const standing = await deps.pairwise.of(context, reached(api).id, reached(claims).all);
  if (standing === null) return { refused: "claims_malformed", expected, found: "no installation is named" };
  const { banned, quarantined } = standing;
  return {
    refused: banned || quarantined ? "token_banned" : null,
    expected,
    found: banned ? "banned" : quarantined ? "quarantined" : "neither",
  };
}
