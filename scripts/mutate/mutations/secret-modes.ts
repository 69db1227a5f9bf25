import { type Mutation, mutationsOf } from "../mutation.ts";

const server = "apps/server/src";
const client = "packages/client/src";
const table = "problem";
const served = `${server}/http/by-verdict.test.ts`;
const ports = `${server}/start/broker-ports.test.ts`;

const judged = [
  ...mutationsOf({ table, file: "packages/policy/src/grants.ts", tests: ["packages/policy/src/policy.test.ts"] }, [
    [
      "place_refused/restricted-value",
      "that a restricted instance is never given a value",
      `secrets: { ...noSecrets, "by-verdict": "brokered" }`,
      `secrets: { ...noSecrets, "by-verdict": "delivered" }`,
    ],
    [
      "place_refused/restricted-brokered",
      "that a restricted instance has no use of a secret that is plainly brokered",
      `secrets: { ...noSecrets, "by-verdict": "brokered" }`,
      `secrets: { ...noSecrets, brokered: "brokered", "by-verdict": "brokered" }`,
    ],
  ]),
  ...mutationsOf({ table, file: `${server}/domain/project/secret-use.ts`, tests: [served] }, [
    [
      "place_refused/verdict",
      "that the verdict says how an instance has a secret",
      "defaultGrants[bearer.verdict]",
      "defaultGrants.trusted",
    ],
    [
      "place_refused/app",
      "that a secret is for its apps alone",
      "isForApp(secret, bearer.app) ?",
      "(true as boolean) ?",
    ],
  ]),
  ...mutationsOf({ table, file: `${server}/start/broker-ports.ts`, tests: [served] }, [
    [
      "place_refused/mode",
      "that a pass is judged by the modes as they are at the call",
      "return secret !== undefined && isBrokeredFor(secret, pass);",
      "return secret !== undefined;",
    ],
  ]),
  ...mutationsOf({ table, file: `${server}/start/broker-ports.ts`, tests: [served] }, [
    [
      "unavailable/decoy",
      "that a decoy's call is filled as that of a genuine instance of its verdict",
      "isBrokeredFor(secret, bearer) ? brokeredCanary(",
      `secret.mode === "brokered" ? brokeredCanary(`,
    ],
  ]),
  ...mutationsOf({ table, file: `${server}/domain/recipes/open-for-bearer.ts`, tests: [ports] }, [
    [
      "unavailable/mode",
      "that a value is opened only where it is brokered for the bearer",
      "if (secret === undefined || !isBrokeredFor(secret, bearer)) return null;",
      "if (secret === undefined) return null;",
    ],
  ]),
];

const kept = mutationsOf(
  { table, file: `${server}/domain/admin/secrets.ts`, tests: [`${server}/domain/admin/secrets.test.ts`] },
  [
    [
      "exposed_value/by-verdict",
      "that a value which trusted devices had by verdict is not brokered as it is",
      `mode !== "brokered" && recipe === null;`,
      `mode === "delivered" && recipe === null;`,
    ],
    [
      "invalid_input/processor-by-verdict",
      "that a processor's key is given to nobody by verdict",
      `if (mode !== "brokered" && terms !== null && terms.processor !== null) {`,
      `if (mode === "delivered" && terms !== null && terms.processor !== null) {`,
      { tests: [`${server}/domain/admin/secret-terms.test.ts`] },
    ],
  ],
);

const live = mutationsOf(
  { table: "agent_error", file: `${client}/fetch/agent-fetch.ts`, tests: [`${client}/agent-mode.test.ts`] },
  [
    [
      "secret_unavailable/replaced",
      "that a session which ended while a request was prepared is asked for again",
      "if (this.#isReplaced(hop)) {",
      "if (false as boolean) {",
    ],
    [
      "secret_unavailable/delivered-by-now",
      "that a secret which the broker does not use any more is asked for again",
      `, "place_refused"];`,
      "];",
    ],
    [
      "secret_unavailable/whole-body",
      "that the mode is judged anew when a streamed body is whole",
      `        request = await unlessAborted(holdBody(hop.request), abort);
        continue;
`,
      `        request = await unlessAborted(holdBody(hop.request), abort);
        return this.#sendBrokered({ ...hop, request }, { ...filled, body: request.body }, abort, revealed);
`,
    ],
  ],
);

export const secretModeMutations: readonly Mutation[] = [...judged, ...kept, ...live];
