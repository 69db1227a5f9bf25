import { type Mutation, mutationsOf } from "../mutation.ts";

const broker = "packages/broker/src";
const group = {
  table: "problem",
  tests: [`${broker}/broker.test.ts`, `${broker}/broker.reasons.test.ts`],
} as const;

const caller = mutationsOf({ ...group, file: `${broker}/check-caller.ts` }, [
  [
    "pass_invalid",
    "that the pass can be opened",
    `if (text === null || opened === null || !opened.ok || opened.pass.exp * 1000 <= nowMs) return refuse("pass_invalid");`,
    `if (opened?.ok === true && opened.pass.exp * 1000 <= nowMs) return refuse("pass_invalid");`,
  ],
  ["pass_invalid/ended", "that the pass has not ended", " || opened.pass.exp * 1000 <= nowMs", ""],
  [
    "signature_invalid/missing",
    "that there is a MAC",
    `  if (signatureInput === null || signature === null) return refuse("signature_invalid");\n`,
    "",
  ],
  [
    "signature_invalid",
    "the MAC of the request",
    "parsed.ok && equal(hmacSha256(proofKey, parsed.value.base), parsed.value.signature)",
    "parsed.ok",
  ],
  [
    "signature_invalid/session",
    "that the MAC names the pass's session",
    " || received.value.keyid !== pass.session",
    "",
  ],
  [
    "signature_invalid/time",
    "that the MAC is fresh",
    "if (!isSignatureInTime(received.value, nowMs / 1000))",
    "if (false)",
  ],
  ["request_replayed", "that a nonce is used once", "if (!first)", "if (false)"],
  [
    "request_replayed/slow-ledger",
    "that a nonce is remembered until a slow ledger has answered",
    "2 * limits.signatureSeconds + 10",
    "2 * limits.signatureSeconds + 1",
  ],
  [
    "pass_withdrawn",
    "that bans count at the broker",
    "if (!ports.isBanned(project, pass.instance, pass.subject) && !decoy)",
    "if (!decoy)",
  ],
]);

const injection = mutationsOf({ ...group, file: `${broker}/inject.ts` }, [
  [
    "target_refused/rest",
    "that the target is a path",
    `if (!request.rest.startsWith("/") || request.rest.includes("#")) return { ok: false, code: "target_refused" };`,
    "",
  ],
  [
    "target_refused",
    "that the target passes the strict rules and stays with its API",
    `if (match.kind !== "matched" || match.api.api !== input.api)`,
    `if (match.kind !== "matched") throw new TypeError();\n  if (false)`,
  ],
  ["place_refused", "that a secret has its place in the request", "secrets.length === 0 || ", ""],
  [
    "place_refused/allowed",
    "that the pass names the secret",
    " || !secrets.every((name) => input.pass.secrets.includes(name))",
    "",
  ],
  [
    "place_refused/unfit",
    "that the value fits its place",
    `request === null ? { ok: false, code: "place_refused" }`,
    `request === null ? { ok: true, url: plan.url, headers: plan.headers, body: plan.body, values: [] }`,
  ],
  [
    "unavailable/value",
    "that there is a value to fill",
    `if (value === null || value === "") return { ok: false, code: "unavailable" };`,
    "if (value === null) continue;",
  ],
]);

const upstream = [
  ...mutationsOf({ ...group, file: `${broker}/admit-call.ts` }, [
    [
      "not_found/api",
      "that the project has the API",
      `if (project === null || api === undefined) return refuse("not_found");`,
      `if (project === null || api === undefined) return refuse("internal");`,
    ],
    [
      "not_found/channel",
      "that the API's channel is one this version knows",
      `if (channel === null) return refuse("not_found");`,
      `if (channel === null) return refuse("internal");`,
    ],
    [
      "signature_invalid/body",
      "that the MAC covers the body",
      `if (!isBodyCovered(body.bytes, digest)) return refuse("signature_invalid");`,
      "",
    ],
    [
      "malformed/body",
      "that a body arrives whole",
      "if (!body.ok) return body;",
      "if (!body.ok) throw new TypeError();",
    ],
  ]),
  ...mutationsOf({ ...group, file: `${broker}/relay-answer.ts` }, [
    [
      "upstream_refused/whole",
      "that an answer is whole and plain, so that it can be masked",
      "if (!isWholeAndPlain(upstream))",
      "if (false)",
    ],
  ]),
  ...mutationsOf({ ...group, file: `${broker}/broker.ts` }, [
    [
      "internal/broker",
      "what an unforeseen failure of the broker is called",
      `? "unavailable" : "internal";`,
      `? "unavailable" : "unavailable";`,
    ],
  ]),
  ...mutationsOf({ ...group, file: `${broker}/read-body.ts` }, [
    ["too_large/body", "the size of a brokered body", "if (held.length + part.length > limit)", "if (false)"],
  ]),
  ...mutationsOf({ ...group, file: `${broker}/resolve-peer.ts`, tests: [`${broker}/resolve-peer.test.ts`] }, [
    [
      "upstream_refused/forbidden",
      "that link-local and metadata addresses are never reached",
      `kind === "forbidden" || `,
      "",
    ],
    [
      "upstream_refused/private",
      "that a private address is reached only where it is meant",
      ` || (kind === "private" && !mayBePrivate)`,
      "",
    ],
    [
      "upstream_unavailable/name",
      "that a name resolves",
      `  } catch {\n    return { ok: false, code: "upstream_unavailable" };`,
      `  } catch {\n    return { ok: false, code: "upstream_refused" };`,
    ],
    [
      "upstream_unavailable/no-address",
      "that a name has an address",
      `if (first === undefined) return { ok: false, code: "upstream_unavailable" };`,
      `if (first === undefined) return { ok: true, peer: { address: "127.0.0.1", family: 4 } };`,
    ],
  ]),
  ...mutationsOf({ ...group, file: `${broker}/call-upstream.ts` }, [
    [
      "upstream_refused",
      "that a peer which does not prove itself is told apart",
      `? "upstream_unavailable" : "upstream_refused"`,
      `? "upstream_unavailable" : "upstream_unavailable"`,
    ],
    ["upstream_unavailable", "that a peer which is away is told apart", "networkCodes.has(code)", "false"],
    [
      "upstream_timeout",
      "the time that an answer may take",
      "setTimeout(timeOut, limits.answerMs);",
      "setTimeout(timeOut, 3_600_000);",
    ],
    [
      "upstream_timeout/connect",
      "the time that a connection may take",
      "setTimeout(() => late.abort(), call.limits.connectMs);",
      "setTimeout(() => late.abort(), 3_600_000);",
    ],
  ]),
  ...mutationsOf({ ...group, file: `${broker}/h1-connection.ts` }, [
    [
      "upstream_refused/upgrade",
      "that an upstream may not change the protocol",
      `  if (error.message === "bad upgrade") return { code: "upstream_refused", isOver: false };\n`,
      "",
    ],
  ]),
  ...mutationsOf({ ...group, file: `${broker}/connect-upstream.ts`, tests: [`${broker}/connect-upstream.test.ts`] }, [
    [
      "upstream_refused/pins",
      "that an upstream held to pins has one in its chain",
      "if (pinned.length === 0) throw unproven();",
      "if (pinned.length === 0) return;",
    ],
    [
      "upstream_refused/composed",
      "that a path to a pinned key keeps every rule of a path",
      "const probe = await open(to, anchoredOptions(pinned));",
      "const probe = await open(to, channelOptions(to.channel));",
    ],
  ]),
];

const terms = [
  ...mutationsOf({ ...group, file: `${broker}/admit-call.ts`, tests: [`${broker}/secret-terms.test.ts`] }, [
    [
      "slow_down/budget",
      "that a secret is used within its budgets",
      `if (!(await drawBudgets(ports, drawn))) return refuse("slow_down");`,
      "await drawBudgets(ports, drawn);",
    ],
  ]),
  ...mutationsOf({ ...group, file: `${broker}/make-mac.ts`, tests: [`${broker}/make-mac.test.ts`] }, [
    [
      "place_refused/mac",
      "that a MAC is made under the whole key",
      `return key.length > 0 && key.toString(form).replace(/=+$/, "") === plain ? key : null;`,
      "return key;",
    ],
  ]),
];

const faults = mutationsOf({ ...group, tests: [`${broker}/faults.test.ts`], file: `${broker}/broker.ts` }, [
  ["upstream_timeout/total", "the time that a whole call may take", "}, limits.totalMs);", "}, 3_600_000);"],
]);

/** What the broker refuses: who asks, what for, and where it would go. */
export const brokerMutations: readonly Mutation[] = [...caller, ...injection, ...upstream, ...terms, ...faults];
