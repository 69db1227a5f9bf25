import { type Mutation, mutationsOf } from "../mutation.ts";

const verify = "packages/verify/src";
const table = "verify_reason";

const found = mutationsOf({ table, file: `${verify}/find-token.ts`, tests: [`${verify}/request-reasons.test.ts`] }, [
  ["token_missing", "that there is a token", `if (value === "") return`, `if (value === "none") return`],
  ["token_duplicated/lines", "that there is one line with a token", "values.length > 1 || ", ""],
  ["token_duplicated/comma", "that no comma joins two tokens", ` || value.includes(",")`, ""],
  [
    "token_malformed/prefix",
    "that the prefix stands before the token",
    "if (value.slice(0, prefix.length).toLowerCase() !== prefix)",
    "if (false)",
  ],
]);

const tokens = [`${verify}/token-reasons.test.ts`];

const structure = mutationsOf({ table, file: `${verify}/token/check-token.ts`, tests: tokens }, [
  ["token_too_large", "the bound on a token's length", "if (token.length > mostCharacters)", "if (false)"],
  [
    "token_malformed/base64url",
    "that payload and signature are canonical base64url",
    "if (!isBase64url(payload) || !isBase64url(signature))",
    "if (false)",
  ],
  [
    "token_malformed/segments",
    "that what is not a JWS has the five parts of a JWE",
    `if (token.split(".").length !== 5)`,
    "if (false)",
  ],
  [
    "token_encrypted/twice",
    "that what is inside an encrypted token is signed, not encrypted again",
    "{ ...rules, decrypt: null }",
    "rules",
    { tests: [`${verify}/jwe/jwe.test.ts`] },
  ],
  [
    "token_encrypted",
    "that an encrypted token needs a key to open it",
    "if (rules.decrypt === null) return",
    "if (rules.decrypt === null) return checkToken(rules, token.slice(0, 5), nowMs);\n  if (false) return",
  ],
  [
    "decryption_failed",
    "that an encrypted token which cannot be opened ends there",
    `inner === null ? refuse("decryption_failed") : checkToken(`,
    `inner === null ? checkToken(rules, "a.b.c", nowMs) : checkToken(`,
  ],
  ["algorithm_refused/key", "that the algorithm is the key's", "if (key.alg !== alg) return false;", ""],
  [
    "algorithm_refused/source",
    "that the algorithm is one of the source's",
    "if (!rules.algs.includes(header.alg))",
    "if (false)",
  ],
  [
    "key_retired",
    "the time of a key",
    "return key.expiresAtSeconds === null || nowMs < key.expiresAtSeconds * 1000;",
    "return true;",
  ],
  ["signature_invalid", "the signature of a token", "if (!verified)\n", `if (!verified && signature === "never")\n`],
  ["decoy", "the keys of decoys", `refuse(decoy ? "decoy" : "signature_invalid")`, `refuse("signature_invalid")`],
  [
    "claims_malformed/json",
    "that claims are one strict JSON object",
    `if (claims === null) return refuse("claims_malformed");`,
    "if (claims === null) return { ok: true, claims: {} };",
  ],
]);

const header = mutationsOf({ table, file: `${verify}/token/parse-header.ts`, tests: tokens }, [
  [
    "token_malformed/header",
    "that a header asks for nothing more",
    "if (Object.keys(read.value).some((name) => !members.includes(name)))",
    "if (false)",
  ],
  ["type_wrong", "the type of a token", `if (typ !== "JWT")`, "if (false)"],
  [
    "algorithm_refused/none",
    "that an algorithm is one of the table",
    `known === null ? refuse("algorithm_refused")`,
    `known === null ? { ok: true, header: { alg: "HS256", kid: null } }`,
  ],
]);

const claims = mutationsOf({ table, file: `${verify}/token/check-claims.ts`, tests: tokens }, [
  ["claims_malformed/types", "the types of claims", "!areTyped(claims) || ", ""],
  ["claims_malformed/required", "that the profile's claims are there", " || !hasAll(claims, rules.required)", ""],
  ["claims_malformed/exp", "that a token ends", "exp === undefined || ", ""],
  [
    "claims_malformed/lifetime",
    "the longest life of a token",
    "if (exp - iat > most + (claims.iat === undefined ? tolerance : 0))",
    "if (false)",
  ],
  ["issuer_wrong", "the issuer", "rules.issuer !== null && claims.iss !== rules.issuer", "false"],
  ["audience_wrong", "the audience", "rules.audiences !== null && !isFor(claims.aud, rules.audiences)", "false"],
  ["use_refused", "that a use is accepted", "use === null || !rules.accept.includes(use)", "use === null"],
  ["token_expired", "the end of a token", "if (nowSeconds >= exp + tolerance)", "if (false)"],
  ["token_not_yet_valid/iat", "that a token was made in the past", "if (iat > nowSeconds + tolerance)", "if (false)"],
  [
    "token_not_yet_valid/nbf",
    "the beginning of a token",
    "if (claims.nbf !== undefined && Number(claims.nbf) > nowSeconds + tolerance)",
    "if (false)",
  ],
]);

const keys = mutationsOf({ table, file: `${verify}/keys/key-source.ts`, tests: tokens }, [
  [
    "key_unknown",
    "that a key is of the token's kid",
    "keys.filter((key) => key.kid === null || key.kid === kid)",
    "keys",
  ],
  ["key_unknown/bare", "that a token without kid tries few keys", "keys.length <= mostWithoutKid", "true"],
]);

const remote = mutationsOf(
  { table, file: `${verify}/keys/remote-jwks.ts`, tests: [`${verify}/keys/remote-jwks.test.ts`] },
  [
    [
      "keys_unavailable",
      "that a key set counts for a bounded time",
      "if (held === null || this.#nowMs() >= held.usableUntilMs)",
      "if (held === null)",
    ],
    [
      "keys_unavailable/first",
      "that a set past its time is asked for before it is used",
      "if (held === null || now >= held.usableUntilMs)",
      "if (held === null)",
    ],
    [
      "keys_unavailable/malformed",
      "that a malformed set never takes the place of a good one",
      "if (keys === null) return null;",
      "if (keys === null) return { keys: [], freshUntilMs: Infinity, usableUntilMs: Infinity };",
    ],
  ],
);

/** What a verifier of tokens refuses: structure, key, signature, claims. */
export const verifyTokenMutations: readonly Mutation[] = [
  ...found,
  ...structure,
  ...header,
  ...keys,
  ...remote,
  ...claims,
];
