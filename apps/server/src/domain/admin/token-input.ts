import { parseEncryptionKey, reservedClaims, type TokenAlg, type TokenProfile } from "@countersign/tokens";
import type { ApiToken, FirebaseNames, ProtectedApi, TokenEncryption } from "../ports/index.ts";
import { defaultApiToken } from "../project/default-api-token.ts";
import { invalidInput } from "./admin-error.ts";
import { parseHeaderName, parsePrefix } from "./rules/header-name.ts";
import { accept, acceptEach } from "./rules/rule.ts";

/** How an API's tokens are to look, as it is given. What is left out follows the profile. */
export interface TokenInput {
  /** Default by profile: `Approov-Token`, `X-Firebase-AppCheck`; our own profile has none. */
  readonly header?: string | undefined;
  readonly prefix?: string | undefined;
  readonly bind?: readonly string[] | undefined;
  /** Default `countersign`. */
  readonly profile?: TokenProfile | undefined;
  /** Default by profile: ES256, HS256, RS256. */
  readonly alg?: TokenAlg | undefined;
  /** Default `api`. */
  readonly keys?: ApiToken["keys"] | undefined;
  /** Default `none`. */
  readonly proof?: ApiToken["proof"] | undefined;
  readonly limitedUse?: boolean | undefined;
  readonly arc?: boolean | undefined;
  readonly annotations?: boolean | undefined;
  readonly customClaims?: boolean | undefined;
  readonly claims?: ApiToken["claims"] | undefined;
  /** A public key to encrypt tokens to: PEM, or a JWK as JSON text. */
  readonly encryption?: { readonly key: string } | null | undefined;
  readonly firebase?: FirebaseInput | null | undefined;
}

export interface FirebaseInput {
  readonly projectNumber: string;
  readonly projectId: string;
  readonly appIds?: Readonly<Record<string, string>> | undefined;
}

/** What backends of a profile expect where nothing else is said. */
const ofProfile: Readonly<Record<TokenProfile, { readonly header: string | null; readonly alg: TokenAlg }>> = {
  countersign: { header: null, alg: "ES256" },
  approov: { header: "Approov-Token", alg: "HS256" },
  "firebase-app-check": { header: "X-Firebase-AppCheck", alg: "RS256" },
};

const MOST_BOUND_HEADERS = 8;
const MOST_CLAIMS = 16;
/** A session with a token that is longer than 8 KiB is read by no agent: every character counts as what it becomes in the token. */
const MOST_CLAIM_BYTES = 2048;

/** Headers of the proofs themselves: a token there would be sent instead of one. */
const ofProofs = new Set(["dpop", "signature", "signature-input", "content-digest"]);

/** Checks every member, each against the others too. */
export function toApiToken(input: TokenInput, whenUnavailable: ProtectedApi["whenUnavailable"]): ApiToken {
  const profile = input.profile ?? defaultApiToken.profile;
  const named = input.header ?? ofProfile[profile].header;
  if (named === null) throw invalidInput("/token/header", "Name the header that carries the token.");
  const header = accept("/token/header", parseHeaderName(named));
  const token: ApiToken = {
    header,
    prefix: accept("/token/prefix", parsePrefix(input.prefix ?? "")),
    bind: toBind(input.bind ?? [], header),
    profile,
    alg: input.alg ?? ofProfile[profile].alg,
    keys: input.keys ?? defaultApiToken.keys,
    proof: input.proof ?? defaultApiToken.proof,
    limitedUse: input.limitedUse ?? false,
    arc: input.arc ?? false,
    annotations: input.annotations ?? false,
    customClaims: input.customClaims ?? false,
    claims: toClaims(input.claims ?? {}),
    encryption: toEncryption(input.encryption ?? null),
    firebase: toFirebase(input.firebase ?? null, profile),
  };
  checkProof(token, whenUnavailable);
  checkCustom(token);
  checkFirebase(token);
  return token;
}

function toBind(input: readonly string[], header: string): readonly string[] {
  const bind = acceptEach("/token/bind", input, parseHeaderName);
  if (bind.length > MOST_BOUND_HEADERS) {
    throw invalidInput("/token/bind", `A token is bound to at most ${MOST_BOUND_HEADERS} headers.`);
  }
  if (bind.some((each) => each.toLowerCase() === header.toLowerCase())) {
    throw invalidInput("/token/bind", "A token cannot be bound to the header that carries it.");
  }
  if (new Set(bind.map((each) => each.toLowerCase())).size !== bind.length) {
    throw invalidInput("/token/bind", "Header names are the same in upper and lower case; leave one out.");
  }
  return bind;
}

function toClaims(claims: ApiToken["claims"]): ApiToken["claims"] {
  const names = Object.keys(claims);
  if (names.length > MOST_CLAIMS)
    throw invalidInput("/token/claims", `A token has at most ${MOST_CLAIMS} claims of yours.`);
  if (Buffer.byteLength(JSON.stringify(claims)) > MOST_CLAIM_BYTES) {
    throw invalidInput("/token/claims", `Your claims have at most ${MOST_CLAIM_BYTES} bytes of JSON together.`);
  }
  for (const name of names) {
    const path = `/token/claims/${name.replaceAll("~", "~0").replaceAll("/", "~1").slice(0, 64)}`;
    if (reservedClaims.includes(name))
      throw invalidInput(path, "This claim has a meaning of its own and cannot be set.");
    if (!/^[\x21-\x7e]{1,64}$/.test(name)) {
      throw invalidInput(
        "/token/claims",
        "The name of a claim has 1 to 64 printable ASCII characters without a space.",
      );
    }
    const value = claims[name];
    if (typeof value === "number" && !(Number.isFinite(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER)) {
      throw invalidInput(path, "A number in a claim is one that every reader reads alike: up to 2^53-1.");
    }
  }
  return claims;
}

function toEncryption(input: { readonly key: string } | null): TokenEncryption | null {
  if (input === null) return null;
  const read = parseEncryptionKey(input.key);
  if (!read.ok) throw invalidInput("/token/encryption/key", `The key cannot be encrypted to: ${read.detail}.`);
  return { alg: read.alg, jwk: JSON.stringify(read.jwk) };
}

function toFirebase(input: FirebaseInput | null, profile: TokenProfile): FirebaseNames | null {
  if (profile !== "firebase-app-check") {
    if (input === null) return null;
    throw invalidInput("/token/firebase", "Firebase's names belong to the profile `firebase-app-check` alone.");
  }
  if (input === null) {
    throw invalidInput(
      "/token/firebase",
      "Name the Firebase project, NUMBER and ID: its backends expect them in `aud`.",
    );
  }
  const { projectNumber, projectId, appIds = {} } = input;
  if (!/^[1-9][0-9]{0,19}$/.test(projectNumber)) {
    throw invalidInput("/token/firebase/projectNumber", "A Firebase project number is made of digits.");
  }
  if (!/^[a-z][a-z0-9-]{3,61}[a-z0-9]$/.test(projectId)) {
    throw invalidInput("/token/firebase/projectId", "A Firebase project id has lower-case letters, digits and `-`.");
  }
  if (Object.values(appIds).some((appId) => !/^1:[0-9]{1,20}:(ios|android|web):[0-9a-f]{1,64}$/.test(appId))) {
    throw invalidInput("/token/firebase/appIds", "A Firebase app id looks like 1:1234567890:ios:0123456789abcdef.");
  }
  return { projectNumber, projectId, appIds };
}

function checkProof(
  { proof, profile, header, limitedUse }: ApiToken,
  whenUnavailable: ProtectedApi["whenUnavailable"],
): void {
  if (proof !== "none" && ofProofs.has(header.toLowerCase())) {
    throw invalidInput("/token/header", "This header carries the proof. The token needs another.");
  }
  if (proof !== "none" && profile === "firebase-app-check") {
    throw invalidInput(
      "/token/proof",
      "Backends of Firebase App Check look at no proof. Choose another profile, or no proof.",
    );
  }
  if (whenUnavailable === "proceed" && (proof !== "none" || limitedUse)) {
    const what = proof === "none" ? "counts each token once" : "demands a proof";
    throw invalidInput("/whenUnavailable", `An API that ${what} cannot be called without a token: choose \`fail\`.`);
  }
}

/** A backend must be able to tell the operator's word from an app's. */
function checkCustom({ customClaims, claims }: ApiToken): void {
  if (customClaims && Object.hasOwn(claims, "custom")) {
    throw invalidInput("/token/claims/custom", "This claim is the app's where it may give claims of its own.");
  }
}

/** `firebase-admin` takes RS256 alone, unencrypted. */
function checkFirebase({ profile, alg, encryption }: ApiToken): void {
  if (profile !== "firebase-app-check") return;
  if (alg !== "RS256") throw invalidInput("/token/alg", "Backends of Firebase App Check take RS256 alone.");
  if (encryption !== null) {
    throw invalidInput("/token/encryption", "Backends of Firebase App Check cannot decrypt tokens.");
  }
}
