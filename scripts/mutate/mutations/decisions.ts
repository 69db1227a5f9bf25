import { type Mutation, mutationsOf } from "../mutation.ts";

const domain = "apps/server/src/domain/verifier";
const tests = ["apps/server/src/http/verifier/decisions.test.ts"];

const asked = mutationsOf({ table: "verify_reason", file: `${domain}/asked-request.ts`, tests }, [
  ["token_duplicated/decide-lines", "that a proxy's request has one token's line", "values.length > 1 || ", ""],
  ["token_duplicated/decide-joined", "that its line has one token", ` || value.includes(",")`, ""],
  [
    "token_malformed/decide-prefix",
    "that its token stands after the API's prefix",
    "if (value.slice(0, prefix.length).toLowerCase() !== prefix.toLowerCase())",
    "if (false)",
  ],
]);

const told = mutationsOf({ table: "verify_reason", file: "apps/server/src/http/verifier/asked-forms.ts", tests }, [
  [
    "request_malformed/decide-once",
    "that a proxy tells of a request once",
    "return more.length === 0 ? value : null;",
    "return value;",
  ],
  [
    "proof_target_wrong/decide-form",
    "that the proxy's own headers are read",
    `form === "Original" ? "x-original" : "x-forwarded"`,
    `"x-forwarded"`,
  ],
]);

const decided = mutationsOf({ table: "verify_reason", file: `${domain}/decide-request.ts`, tests }, [
  [
    "binding_missing/decide",
    "that a bound token comes with what it is bound to",
    `if (token.bind.length > 0 && pay === null) return { ok: false, reason: "binding_missing" };`,
    "",
  ],
  [
    "proof_missing/decide",
    "that a token which names a key comes with a proof",
    `if (claims.all.cnf !== undefined) return "proof_missing";`,
    "",
  ],
  [
    "request_malformed/decide",
    "that a proxy tells of the request that a proof is for",
    `if (method === null || target === null) return "request_malformed";`,
    "if (method === null || target === null) return null;",
  ],
  [
    "body_unavailable/decide",
    "that no signature of a request with a body is taken",
    "if (!bodiless.has(method))",
    "if (false)",
  ],
  [
    "token_consumed/decide",
    "that a limited token is used up by a decision",
    `if (claims.use !== "limited") return null;`,
    "return null;",
  ],
  [
    "token_consumed/decide-again",
    "that one which was used before is refused",
    "spent.ok && !spent.alreadyConsumed ? null",
    "spent.ok ? null",
  ],
  [
    "replay_store_unavailable/decide",
    "that what a verifier could not know is no refusal of the token",
    `if (reason !== null && isFailure.has(reason)) return "ungiven";`,
    "",
  ],
]);

const proved = mutationsOf({ table: "verify_reason", file: `${domain}/proof-verifiers.ts`, tests }, [
  [
    "proof_replayed/decide",
    "that a proof counts once for a gateway",
    "(await deps.once.once(",
    "true || (await deps.once.once(",
  ],
  [
    "proof_replayed/decide-epoch",
    "that a proof is not older than the ledger",
    "deps.clock.nowMs() + ttlSeconds * 1000 - proofKeptMs >= (await deps.ledger.epochMs())",
    "true",
  ],
  [
    "proof_target_wrong/decide",
    "that a gateway's proof is for the API's own address",
    "origin: `https://",
    "origin: `https://elsewhere.",
  ],
]);

const answered = mutationsOf(
  { table: "verify_reason", file: "apps/server/src/http/verifier/decision-routes.ts", tests },
  [
    ["decoy/decide", "that no decoy is told what it is", `reason === "decoy" ? "signature_invalid" : reason`, "reason"],
    [
      "token_banned/decide",
      "that a banned instance is told no",
      `if (reason === "token_banned") return reply.code(403).send();`,
      `if (reason === "token_banned") return reply.code(200).send();`,
    ],
  ],
);

const problems = mutationsOf({ table: "problem", file: `${domain}/decide-request.ts`, tests }, [
  [
    "slow_down/decide",
    "the bound on decisions of one credential",
    "deps.budgets.decisionsPerVerifierPerMinute",
    "Number.POSITIVE_INFINITY",
  ],
  [
    "unavailable/decide-bans",
    "that bans are current when it is decided",
    "if (!deps.standing.isCurrent())",
    "if (false)",
  ],
  [
    "not_found/decide",
    "that a credential of one API decides about no other",
    " || (verifier.api !== null && verifier.api !== api.id)",
    "",
  ],
  [
    "unavailable/decide-secret",
    "that a request is denied whose secret cannot be given",
    `if (judged === "ungiven") return problem("unavailable", "a secret cannot be given");`,
    `if (judged === "ungiven") return { ok: true, reason: null, injections: [], token };`,
  ],
  [
    "slow_down/decide-budget",
    "that a secret is given within its budgets",
    `const drawn = await drawGiven(deps.uses, context, verifier, { api, claims });`,
    `const drawn: string = "drawn";`,
  ],
]);

const given = mutationsOf({ table: "problem", file: `${domain}/open-injections.ts`, tests }, [
  ["unavailable/decide-apps", "that a secret of some apps is given to no proxy", " || secret.apps !== null", ""],
  [
    "unavailable/decide-processor",
    "that a value which a processor is to keep is given to no proxy",
    " || secret.terms?.processor != null",
    "",
  ],
  [
    "unavailable/decide-field",
    "that what is given fits a header",
    "if (!fitsHeader(value)) return { ok: false, secret: name };",
    "",
  ],
]);

const authenticated = mutationsOf(
  { table: "problem", file: "apps/server/src/http/verifier/decision-routes.ts", tests },
  [
    [
      "verifier_unauthorized/decide",
      "that a proxy's credential is in the header of its own",
      "const header = request.headers[credentialHeader];",
      `const header = request.headers[credentialHeader] ?? request.headers.authorization?.slice("Bearer ".length);`,
    ],
  ],
);

/** Checks of the decisions that proxies ask for. */
export const decisionMutations: readonly Mutation[] = [
  ...asked,
  ...told,
  ...decided,
  ...proved,
  ...answered,
  ...problems,
  ...given,
  ...authenticated,
];
