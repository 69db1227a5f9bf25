import { assertClaims } from "./assert-claims.ts";
import { longestLifeSeconds, type MintInput, tokenLifetime } from "./mint-input.ts";
import { profileClaims } from "./profile-claims.ts";
import { signJwt } from "./sign-jwt.ts";

/**
 * Mints one token for one protected API in the form its backends expect (protocol section 11, docs/tokens.md). `exp` is at most the end of
 * the session: a session with less than 30 s left buys a token that is as short. Throws a TypeError for what is no token at all: an unknown
 * profile or use, a jti, did or bind of another length, a time or lifetime that is no number, a reserved name among the operator's claims.
 */
export function mintToken(input: MintInput): string {
  assertInput(input);
  const { arc, annotations, confirmation, use, custom } = input;
  const issuedAt = Math.floor(input.issuedAtMs / 1000);
  return signJwt(input.key, {
    ...input.claims,
    iss: input.issuer,
    ...profileClaims[input.profile](input),
    iat: issuedAt,
    exp: Math.min(issuedAt + lifetimeOf(input), Math.floor(input.endsAtMs / 1000)),
    jti: Buffer.from(input.jti).toString("base64url"),
    ...(arc === undefined ? {} : { arc }),
    ...(annotations === undefined ? {} : { anno: annotations }),
    ...(confirmation === undefined ? {} : { cnf: confirmation }),
    ...(use === undefined ? {} : { use }),
    ...(custom === undefined ? {} : { custom }),
  });
}

function lifetimeOf({ lifetimeSeconds, maxLifetimeSeconds, use }: MintInput): number {
  const longest = longestLifeSeconds[use ?? "instance"];
  const most = Math.min(longest, maxLifetimeSeconds ?? longest);
  return Math.floor(Math.min(Math.max(lifetimeSeconds, tokenLifetime.minSeconds), most));
}

/** What JSON would write as `null`, or leave out, must not become a token without an end or without a name. */
function assertInput(input: MintInput): void {
  const { issuedAtMs, endsAtMs, lifetimeSeconds, maxLifetimeSeconds = 0, use = "instance", claims } = input;
  if (!Object.hasOwn(profileClaims, input.profile)) throw new TypeError("no profile of this name");
  if (!Object.hasOwn(longestLifeSeconds, use)) throw new TypeError("no use of this name");
  if (![issuedAtMs, endsAtMs, lifetimeSeconds, maxLifetimeSeconds].every(isTime))
    throw new TypeError("a time or lifetime is not a number");
  if (input.jti.length !== 16) throw new TypeError("jti must be 16 bytes");
  if (input.bind !== undefined && input.bind.length !== 32) throw new TypeError("bind must be 32 bytes");
  if (input.did !== null && input.did.length !== 16) throw new TypeError("did must be 16 bytes");
  if (input.issuer === "" || input.audience === "" || input.subject === "")
    throw new TypeError("issuer, audience and subject must not be empty");
  assertClaims(claims);
}

function isTime(value: number): boolean {
  return Number.isFinite(value) && value >= 0 && value <= Number.MAX_SAFE_INTEGER;
}
