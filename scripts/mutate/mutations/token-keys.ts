import { type Mutation, mutationsOf } from "../mutation.ts";

const domain = "apps/server/src/domain";
const ephemeral = "apps/server/src/ephemeral";
const admin = `${domain}/admin`;
const group = { table: "problem", tests: [`${admin}/token-keys.test.ts`] } as const;

const plan = mutationsOf({ ...group, file: `${domain}/project/plan-key.ts` }, [
  [
    "conflict/secret-waits",
    "that a secret signs when an operator says so",
    `if (alg === "HS256" && (taken`,
    "if (false && (taken",
  ],
  [
    "conflict/secret-kept",
    "that an API which was gone for a moment keeps its secret",
    `(alg === "HS256" || isEndOfSuccession(signing, living, nowMs))`,
    "isEndOfSuccession(signing, living, nowMs)",
  ],
  [
    "limit_reached/unused-secret",
    "that a secret which waits is taken before one is made",
    "return taken === null ? {",
    "return true ? {",
  ],
  [
    "limit_reached/unused-key",
    "that a key which never signed is taken before one is made",
    "const [taken = null] = unused.toSorted(byActivation);",
    `const [taken = null] = alg === "HS256" ? unused.toSorted(byActivation) : [];`,
  ],
  [
    "limit_reached/successor-waits",
    "that the key which signs stays where its algorithm comes back in time",
    "  if (signing?.alg === alg && (",
    "  if (false && signing?.alg === alg && (",
  ],
]);

const given = mutationsOf({ ...group, file: `${admin}/token-key-import.ts` }, [
  [
    "invalid_input/decoy-secret",
    "that no key is one that decoys are signed with",
    "if (await isDecoySecret(context, project.id, secret))",
    "if (false as boolean)",
  ],
  [
    "conflict/other-environment",
    "that no secret serves development and production",
    "if (await isOfOtherKind(context, project, added.kid))",
    "if (false as boolean)",
  ],
  [
    "conflict/firebase-project",
    "that APIs of one Firebase project share no keys",
    "  checkFirebaseProject(api, others);\n",
    "",
    { file: `${admin}/protected-apis.ts`, tests: [`${admin}/token-input.test.ts`] },
  ],
]);

const minted = mutationsOf({ ...group, file: `${domain}/device/mint-tokens.ts` }, [
  [
    "too_large/token",
    "that a token past the bound is left out",
    "return token.length > limits.tokenCharacters ? [] : [",
    "return [",
    { tests: ["apps/server/src/http/device/custom-tokens.test.ts"] },
  ],
  [
    "too_large/custom-claims",
    "the size of custom claims as they are minted",
    "if (toUtf8(JSON.stringify(value)).length > limits.customClaimsBytes)",
    "if (false as boolean)",
    { file: "packages/protocol/src/custom-claims.ts", tests: ["packages/protocol/src/statement.test.ts"] },
  ],
]);

const remembered = mutationsOf(
  { table: "reason", file: `${ephemeral}/memory-ledger.ts`, tests: [`${ephemeral}/memory-ledger.test.ts`] },
  [
    [
      "challenge_expired/clock-set-back",
      "that the ledger begins anew where its clock was set back",
      "if (readMs < latestMs - limits.clockToleranceMs) {",
      "if (false as boolean) {",
    ],
    [
      "challenge_expired/clock-apart",
      "that a clock may go back by what nodes may be apart",
      "if (readMs < latestMs - limits.clockToleranceMs) {",
      "if (readMs < latestMs) {",
    ],
  ],
);

/** How token keys take over from each other and where they may come from; how large tokens get; what a clock does to the ledger. */
export const tokenKeyMutations: readonly Mutation[] = [...plan, ...given, ...minted, ...remembered];
