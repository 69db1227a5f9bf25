import { type Mutation, mutationsOf } from "../mutation.ts";

const domain = "apps/server/src/domain/verifier";
const table = "verify_reason";
const judged = [`${domain}/judge-token.test.ts`];
const inspected = ["apps/server/src/domain/admin/tokens.test.ts"];
const consumed = ["apps/server/src/http/verifier/consume.test.ts"];
const standing = [`${domain}/pairwise-standing.test.ts`];

const form = mutationsOf({ table, file: `${domain}/parse-jws.ts`, tests: consumed }, [
  [
    "token_malformed/consume-crit",
    "that no header demands what is not understood",
    ` || Object.hasOwn(header, "crit")`,
    "",
  ],
]);

const key = mutationsOf({ table, file: `${domain}/check-token-key.ts`, tests: consumed }, [
  [
    "token_too_large/consume",
    "the bound on a token's length at the service",
    `token.length > mostTokenCharacters ? "token_too_large" : null`,
    "null",
    { tests: inspected },
  ],
  ["type_wrong/consume", "that what is consumed is of a token's type", `typ === "JWT" ? null : "type_wrong"`, "null"],
  [
    "algorithm_refused/consume",
    "that the service knows the algorithm",
    `isOurs ? null : "algorithm_refused"`,
    "null",
    { tests: inspected },
  ],
  [
    "algorithm_refused/consume-key",
    "that the algorithm is that of the service's key",
    `named === alg ? null : "algorithm_refused"`,
    "null",
  ],
  [
    "key_retired/consume",
    "that a key which was known is called retired",
    `wasKnown ? "key_retired" : "key_unknown"`,
    `"key_unknown"`,
    { tests: inspected },
  ],
  [
    "signature_invalid/consume",
    "the signature of a consumed token",
    "if (verifySignature(reached(key), input, signature))",
    "if (true)",
  ],
  [
    "decoy/consume",
    "that the service knows its own decoys",
    "return isDecoy(question, input, signature)",
    "return false",
  ],
]);

const signature = mutationsOf(
  { table, file: `${domain}/verify-signature.ts`, tests: [`${domain}/verify-signature.test.ts`] },
  [
    [
      "signature_invalid/rsa-length",
      "that an RSA signature is as long as the modulus",
      ` && signature.length * 8 === key.asymmetricKeyDetails?.modulusLength`,
      "",
    ],
  ],
);

const claims = mutationsOf({ table, file: `${domain}/check-token-claims.ts`, tests: judged }, [
  ["issuer_wrong/consume", "the issuer of a consumed token", `iss === expected ? null : "issuer_wrong"`, "null"],
  ["audience_wrong/consume", "the audience of a consumed token", `isEqual ? null : "audience_wrong"`, "null"],
  [
    "token_not_yet_valid/consume",
    "the begin of a consumed token",
    `notBeforeMs <= nowMs + toleranceMs ? null : "token_not_yet_valid"`,
    "null",
  ],
  [
    "token_expired/consume",
    "the end of a consumed token",
    `nowMs < expiresAtMs + toleranceMs ? null : "token_expired"`,
    "null",
  ],
  [
    "use_refused/consume",
    "that only what stands for an instance is consumed",
    `uses.includes(use) ? null : "use_refused"`,
    "null",
  ],
  [
    "binding_wrong/consume",
    "that an inspected token is bound to the headers given",
    `found === pay ? null : "binding_wrong"`,
    "null",
    { tests: inspected },
  ],
  [
    "claims_malformed/consume-name",
    "that a consumed token names its installation",
    `refused: "claims_malformed", expected, found: "no installation is named"`,
    `refused: null, expected, found: "no installation is named"`,
  ],
  [
    "token_banned/consume",
    "bans and quarantines as they are in that moment",
    `banned || quarantined ? "token_banned" : null`,
    "null",
    { tests: consumed },
  ],
]);

const parsed = mutationsOf({ table, file: `${domain}/token-claims.ts`, tests: judged }, [
  ["claims_malformed/consume-id", "the form of a consumed token's id", " || !/^[A-Za-z0-9_-]{16,128}$/.test(jti)", ""],
  ["claims_malformed/consume-times", "that a token ends after it begins", " || exp <= iat", ""],
]);

const names = mutationsOf({ table, file: `${domain}/pairwise-standing.ts`, tests: standing }, [
  [
    "token_banned/seed-before",
    "the names that the seed before made",
    "seeds.map(({ seed }) => subjectFor(",
    "seeds.slice(0, 1).map(({ seed }) => subjectFor(",
  ],
  ["token_banned/known-later", "that a banned instance is looked for again", "held?.isWhole === false", "false"],
]);

const spent = mutationsOf({ table, file: `${domain}/consume-token.ts`, tests: consumed }, [
  [
    "token_consumed/epoch",
    "that a token is not older than the ledger",
    `if (claims.issuedAtMs < (await deps.ledger.epochMs())) return { ok: false, reason: "token_consumed" };`,
    "",
  ],
  [
    "token_consumed/once",
    "that a token was not consumed before",
    "alreadyConsumed: !isFirst",
    "alreadyConsumed: false",
  ],
  [
    "token_consumed/life",
    "that a consumed token is remembered until its end",
    "Math.ceil((claims.expiresAtMs + toleranceMs + marginMs - nowMs) / 1000)",
    "1",
    { tests: judged },
  ],
]);

/** Checks of the service on tokens that backends have it consume, and operators have it inspect. */
export const verifyServiceMutations: readonly Mutation[] = [
  ...form,
  ...key,
  ...signature,
  ...claims,
  ...parsed,
  ...names,
  ...spent,
];
