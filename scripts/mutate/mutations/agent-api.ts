import { type Mutation, mutationsOf } from "../mutation.ts";

const client = "packages/client/src";
const table = "agent_error";
const background = { table, tests: [`${client}/agent-background.test.ts`] } as const;
const api = { table, tests: [`${client}/agent-api.test.ts`] } as const;
const values = { table, tests: [`${client}/agent-values.test.ts`] } as const;
const device = "apps/server/src/domain/device";
const granted = { table, tests: ["apps/server/src/http/device/custom-tokens.test.ts"] } as const;
const memory = { table, tests: [`${client}/agent-heap.test.ts`] } as const;

/** What the agent does for an app beside requests, and what its memory holds meanwhile. */
export const agentApiMutations: readonly Mutation[] = [
  ...mutationsOf({ ...background, file: `${client}/session/keeper.ts` }, [
    [
      "in_background",
      "that the background wipes",
      "    if (background) this.wipe();\n    else this.#options.onChange();",
      "    this.#options.onChange();",
    ],
    [
      "in_background/timer",
      "that detectors are asked while a session is open and nobody calls",
      "    this.#watchOver();\n    forgetMatch();\n",
      "    forgetMatch();\n",
    ],
    [
      "in_background/ended",
      "that what an ended session held is wiped, though nobody asks for it",
      "if (this.session() === null) return this.#forget();",
      "if (this.session() === null) return;",
    ],
    [
      "in_background/told",
      "that a severe signal which no call found is told at once",
      `if (fresh.length > 0) this.refreshInBackground("signal");`,
      "",
    ],
  ]),
  ...mutationsOf({ ...background, file: `${client}/session/round.ts` }, [
    [
      "in_background/round",
      "that no further statement is made in the background",
      `      if (this.#core.inBackground()) return failed("in_background");\n`,
      "",
    ],
  ]),
  ...mutationsOf({ ...memory, file: `${client}/trust/verify-answer.ts` }, [
    [
      "secret_unavailable/detached",
      "that what is kept of a session does not keep its plaintext",
      "session: detached(session.value)",
      "session: session.value",
    ],
  ]),
  ...mutationsOf({ ...memory, file: `${client}/node/send-message.ts` }, [
    [
      "secret_unavailable/streaming",
      "that an answer which still comes does not keep the text of its request",
      "    if (outgoing.writableFinished) forgetText(outgoing);\n",
      "",
    ],
    ["secret_unavailable/forgotten", "that a request which is over gives up its text", "    forget(outgoing);\n", ""],
    [
      "secret_unavailable/options",
      "that a pooled connection does not keep the headers of the request that opened it",
      "    agent: message.agent,\n  };",
      "    agent: message.agent,\n    headers,\n  };",
    ],
  ]),
  ...mutationsOf({ ...memory, file: `${client}/session/keeper.ts` }, [
    [
      "secret_unavailable/turns",
      "that calls which wait do not keep what the last one got",
      "  return call.then(forget, forget);",
      "  return call.catch(forget) as Promise<void>;",
    ],
  ]),
  ...mutationsOf(
    { table, file: `${client}/memory/masked-secret.ts`, tests: [`${client}/memory/masked-secret.test.ts`] },
    [
      [
        "secret_unavailable/remasked",
        "that shares are masked anew at each use",
        "    clear.fill(0);\n    this.#remask();\n    return text;",
        "    clear.fill(0);\n    return text;",
      ],
    ],
  ),
  ...mutationsOf({ ...api, file: `${client}/fetch/left-alone.ts` }, [
    [
      "secret_unavailable/excluded",
      "that no request in which a placeholder stands is left alone",
      "if (mentionedSecrets({ ...request, headers }, configuration).length > 0) return false;",
      "",
    ],
    [
      "secret_unavailable/always",
      "that no request of which a place is filled always is left alone",
      "matched.demanded.length === 0 && ",
      "",
    ],
    [
      "token_unavailable/bypass",
      "that a hook sends no request past the token or the proof of its API",
      "!(bare && (token !== undefined || proof !== undefined))",
      "!(bare && token !== undefined && proof !== undefined)",
    ],
  ]),
  ...mutationsOf({ ...api, file: `${client}/hooks.ts` }, [
    [
      "token_unavailable/hook",
      "that a hook which throws decides for protection",
      "    return thrown;",
      "    return absent;",
    ],
  ]),
  ...mutationsOf({ ...values, file: `${client}/values/app-values.ts` }, [
    [
      "values_unavailable",
      "that values are read and written under keys of the session alone",
      "if (revealed === null || newest === undefined || instance === null)",
      "if (instance === null)",
    ],
    [
      "values_unavailable/lost",
      "that values which do not open are not taken for renewed",
      "if (renewed === null) isLeft();",
      "if (renewed === null) continue;",
    ],
    [
      "values_unavailable/renewed",
      "that values are sealed anew",
      "await this.#write(name, renewed).catch(isLeft);",
      "continue;",
    ],
  ]),
  ...mutationsOf({ ...values, file: `${client}/values/sealed-value.ts` }, [
    [
      "values_unavailable/name",
      "that a value is bound to its name",
      "u8(generation), toUtf8(name));",
      "u8(generation));",
    ],
    [
      "values_unavailable/instance",
      "that a value is bound to the instance that wrote it",
      "decodeBase64url(instance, 16) ?? new Uint8Array(16);\n  return",
      "new Uint8Array(16 + instance.length * 0);\n  return",
    ],
  ]),
  ...mutationsOf(
    { table, file: `${client}/enrolment/device-keys.ts`, tests: [`${client}/agent-forged-challenge.test.ts`] },
    [
      [
        "enrolment_limited/young",
        "that a first key is not given up within its first minute",
        "const pendingGoodMs = 60_000;",
        "const pendingGoodMs = 0;",
      ],
    ],
  ),
  ...mutationsOf(
    { table, file: `${client}/enrolment/enrolment-budget.ts`, tests: [`${client}/enrolment/enrolment.test.ts`] },
    [
      [
        "enrolment_limited/doubled",
        "that the wait for another first key doubles",
        "minuteMs * 2 ** Math.max(0, ofDay - 1)",
        "minuteMs",
      ],
    ],
  ),
  ...mutationsOf({ ...granted, file: `${device}/values-keys.ts` }, [
    [
      "values_unavailable/restricted",
      "that the keys of values are for trusted instances alone",
      ` || verdict !== "trusted"`,
      "",
    ],
  ]),
  ...mutationsOf(
    { ...granted, file: `${device}/values-keys.ts`, tests: ["apps/server/src/http/device/decoy.test.ts"] },
    [
      [
        "values_unavailable/decoy",
        "that a decoy's keys open nothing of a genuine session",
        "decoy ? decoyValuesKeyOf : valuesKeyOf",
        "decoy ? valuesKeyOf : valuesKeyOf",
        { only: "recorded instance that is refused later" },
      ],
    ],
  ),
  ...mutationsOf({ ...granted, file: `${device}/grant-session.ts` }, [
    [
      "token_unavailable/restricted",
      "that custom tokens are for trusted instances alone",
      `verdict === "trusted" ? await mintCustomTokens(deps, grant, endsAtMs) : []`,
      "await mintCustomTokens(deps, grant, endsAtMs)",
    ],
  ]),
  ...mutationsOf({ ...granted, file: `${device}/mint-tokens.ts` }, [
    [
      "token_unavailable/custom",
      "that an API says whether it takes claims of an app",
      "grant.context.apis.get(api)?.token?.customClaims === true",
      "grant.context.apis.has(api)",
    ],
  ]),
];
