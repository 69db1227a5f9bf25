import { type Mutation, mutationsOf } from "../mutation.ts";

const verify = "packages/verify/src";
const table = "verify_reason";
const everywhere = [`${verify}/testing/adapters.test.ts`];

const gate = mutationsOf({ table, file: `${verify}/adapter/gate.ts`, tests: everywhere }, [
  [
    "token_missing/refused-by-adapters",
    "that an adapter refuses what was not verified",
    `if (verification.ok || settings.mode === "monitor")`,
    "if (settings.mode !== undefined)",
  ],
  [
    "token_missing/only-preflights-are-skipped",
    "that only preflights are skipped",
    "settings.skipsPreflights && isPreflight(view)",
    "settings.skipsPreflights",
  ],
  ["token_missing/preflights-are-options", "that a preflight is OPTIONS", `view.method === "OPTIONS" &&`, "true &&"],
  [
    "proof_replayed/asked-once",
    "that a verifier is asked once for one request",
    "if (subject === null) return",
    "if (subject !== undefined) return",
    { tests: [`${verify}/express/express.test.ts`] },
  ],
]);

const nodeView = mutationsOf({ table, file: `${verify}/adapter/node-view.ts`, tests: everywhere }, [
  [
    "proof_target_wrong/mounted",
    "that the URL is the one the client sent",
    `request.originalUrl ?? request.url ?? ""`,
    `request.url ?? ""`,
    { tests: [`${verify}/fastify/fastify.test.ts`] },
  ],
]);

const bodies = mutationsOf({ table, file: `${verify}/adapter/read-node-body.ts`, tests: everywhere }, [
  [
    "body_unavailable/node-limit",
    "that a chunked body over the limit is not read",
    "      if (receivedBytes > limitBytes) {",
    "      if (false) {",
  ],
  [
    "body_unavailable/read-before",
    "that a body somebody read is not taken for none",
    "if (request.readableDidRead ||",
    "if (request.readableDidRead) return none;\n  if (",
    { tests: [`${verify}/express/express.test.ts`] },
  ],
  [
    "body_unavailable/decoded",
    "that a decompressed body is not taken for the one that was sent",
    "if (isDecoded(request)) throw",
    "if (false) throw",
    { tests: [`${verify}/express/express.test.ts`] },
  ],
]);

const fetchBodies = mutationsOf({ table, file: `${verify}/adapter/read-fetch-body.ts`, tests: everywhere }, [
  [
    "body_unavailable/fetch-limit",
    "that a body of Fetch over the limit is not read",
    "if (receivedBytes > limitBytes) {",
    "if (false) {",
  ],
]);

const bound = mutationsOf(
  { table, file: `${verify}/binding.ts`, tests: [`${verify}/testing/hostile-corpus.test.ts`] },
  [
    [
      "binding_wrong/repeated",
      "that every line of a bound header is bound",
      `values.map((each) => each.join(", "))`,
      `values.map(([value = ""]) => value)`,
    ],
  ],
);

/** What adapters hold a request to before and after its verifier. */
export const verifyAdapterMutations: readonly Mutation[] = [...gate, ...nodeView, ...bodies, ...fetchBodies, ...bound];
