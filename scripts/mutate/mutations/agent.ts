import { type Mutation, mutationsOf } from "../mutation.ts";

const client = "packages/client/src";
const trusted = {
  table: "agent_error",
  tests: [`${client}/agent-trust.test.ts`, `${client}/trust/verify-answer.reasons.test.ts`],
} as const;

const answer = mutationsOf({ ...trusted, file: `${client}/trust/verify-answer.ts` }, [
  [
    "service_untrusted/shape",
    "that an answer has its form",
    `if (!answer.ok) return refuse("shape");`,
    `if (!answer.ok) return { ok: true } as never;`,
  ],
  [
    "service_untrusted/keys",
    "that a key list which does not verify refuses the answer",
    "takeKeyList(input.trust, received.keys, scope);",
    "(takeKeyList(input.trust, received.keys, scope) ?? input.trust);",
  ],
  [
    "service_untrusted/signature",
    "the signature of an answer over the statement it answers",
    "if (!verifyEs256(point, responseInput(hash, received.signed), received.signature))",
    "if (false)",
  ],
  [
    "service_untrusted/statement",
    "that an answer is bound to this statement",
    "responseInput(hash, received.signed)",
    "responseInput(hash.fill(0), received.signed)",
  ],
  [
    "service_untrusted/body",
    "that what was signed has its form",
    `if (!parsed.ok) return refuse("body");`,
    "if (!parsed.ok) return { ok: true } as never;",
  ],
  [
    "service_untrusted/project",
    "that an answer is of this project",
    "if (body.project !== scope.configuration.project)",
    "if (false)",
  ],
  [
    "service_untrusted/environment",
    "that an answer is of this environment",
    "if (body.environment !== scope.configuration.environment)",
    "if (false)",
  ],
  [
    "service_untrusted/keys-old",
    "that the held key list is not below the one the answer names",
    " || withKeys.keys.list.version < body.keys",
    "",
  ],
  [
    "service_untrusted/manifest",
    "that a manifest which does not verify refuses the answer",
    "takeManifest(withKeys, received.manifest, scope);",
    "(takeManifest(withKeys, received.manifest, scope) ?? withKeys);",
  ],
  [
    "service_untrusted/manifest-old",
    "that the held manifest is not below the one the answer names",
    `if (trust === null || !holdsManifest(trust, body.manifest)) return refuse("manifest_old");`,
    `if (trust === null) trust = withKeys;`,
  ],
  [
    "service_untrusted/seal",
    "that a session was sealed to this statement's key",
    `if (plaintext === null) return refuse("seal");`,
    "if (plaintext === null) return { ok: true, body, session: null, trust };",
  ],
  [
    "service_untrusted/session",
    "that what was sealed has its form",
    `: refuse("session");`,
    ": { ok: true, body, session: null, trust };",
  ],
]);

const held = mutationsOf({ ...trusted, file: `${client}/trust/trust.ts` }, [
  [
    "service_untrusted/kid",
    "that the key which signed is the one that is named",
    "each.kid === kid && each.use === use",
    "each.use === use",
  ],
  [
    "service_untrusted/use",
    "that a key is used for what the key list says",
    "each.kid === kid && each.use === use",
    "each.kid === kid",
  ],
  [
    "service_untrusted/root",
    "that a key list is signed by one of the pinned roots",
    "if (root === null || !verifyEs256(received.point, keyListInput(received.signed), received.signature)) return null;",
    "if (!verifyEs256(received.point, keyListInput(received.signed), received.signature)) return null;",
  ],
  [
    "service_untrusted/root-signature",
    "the signature of a key list",
    "if (root === null || !verifyEs256(received.point, keyListInput(received.signed), received.signature)) return null;",
    "if (root === null) return null;",
  ],
  [
    "service_untrusted/key-list-project",
    "that a key list is of this project and environment",
    "if (list.project !== configuration.project || list.environment !== configuration.environment) return null;",
    "",
  ],
  [
    "service_untrusted/key-list-old",
    "that an older key list is not taken",
    "if (!newer) return trust;",
    "if (!newer && false) return trust;",
  ],
  [
    "service_untrusted/manifest-signature",
    "the signature of a manifest",
    "if (point === null || !verifyEs256(point, manifestInput(received.signed), received.signature)) return null;",
    "if (point === null) return null;",
  ],
  [
    "service_untrusted/manifest-project",
    "that a manifest is of this project and environment",
    "if (manifest.project !== configuration.project || manifest.environment !== configuration.environment) return null;",
    "",
  ],
  ["service_untrusted/manifest-app", "that a manifest is this app's", "manifest.app !== app || ", ""],
  [
    "service_untrusted/manifest-epoch",
    "that a manifest is of the epoch that the key list names",
    " || manifest.epoch !== trust.keys?.list.manifestEpoch) return null;\n  const held",
    ") return null;\n  const held",
  ],
  [
    "service_untrusted/manifest-order",
    "that an older manifest is not taken",
    `if (judged === "refused") return null;`,
    "",
  ],
]);

const strict = "packages/protocol/src/strict-url.ts";
const fetched = {
  table: "agent_error",
  tests: [`${client}/agent-fetch.test.ts`, `${client}/agent-redirect.test.ts`],
} as const;

const requests = [
  ...mutationsOf({ ...fetched, file: strict }, [
    [
      "url_refused",
      "that a text which mentions a registered host is refused where it is no strict URL",
      "refused: mentions(text, origins)",
      "refused: false",
    ],
    ["url_refused/dot-segment", "that no path has a dot segment", "if (hasDotSegment(path)) return null;", ""],
    [
      "url_refused/port",
      "that a registered host is asked at its registered port",
      "if (!samePort && origins.some((origin) => origin.host === host)) return null;",
      "",
    ],
    [
      "url_refused/characters",
      "the characters of a URL",
      " || !characters.test(text)",
      "",
      { tests: ["packages/protocol/src/strict-url.test.ts"] },
    ],
  ]),
  ...mutationsOf({ ...fetched, file: `${client}/fetch/prepare-hop.ts` }, [
    [
      "redirect_refused/place",
      "that a redirect which left the first origin gets no secret",
      "if (!mayAdd && matched.demanded.length > 0)",
      "if (false)",
    ],
    [
      "manifest_stale",
      "that a manifest which nothing confirms protects no host",
      `if (deps.trust.isStale()) throw new AgentError("manifest_stale");`,
      "",
      { tests: [`${client}/agent-clock.test.ts`] },
    ],
  ]),
  ...mutationsOf({ ...fetched, file: `${client}/trust/trust-store.ts`, tests: [`${client}/agent-clock.test.ts`] }, [
    [
      "manifest_stale/age",
      "the age of a manifest",
      "return this.#clock.nowMs() - this.#confirmedAtMs > manifest.staleAfterSeconds * 1000;",
      "return false;",
    ],
  ]),
  ...mutationsOf({ ...fetched, file: "packages/protocol/src/substitution.ts" }, [
    [
      "secret_unavailable",
      "that a place is never sent unfilled",
      `if (value === null) return { kind: "refused", code: "secret_unavailable", secret };`,
      "if (value === null) continue;",
    ],
    [
      "request_refused",
      "that a value fits its place",
      `if (!slot.put(prefix + value)) return { kind: "refused", code: "secret_unfit", secret };`,
      "slot.put(prefix + value);",
    ],
  ]),
  ...mutationsOf({ ...fetched, file: `${client}/fetch/agent-fetch.ts`, tests: [`${client}/agent-broker.test.ts`] }, [
    [
      "redirect_refused/broker",
      "that a redirect of the broker is not followed",
      "follow: () => null, isHeld: true };",
      "follow: (location) => resolveLocation(hop.match.url.text, location), isHeld: true };",
    ],
  ]),
  ...mutationsOf({ ...fetched, file: `${client}/fetch/agent-fetch.ts`, tests: [`${client}/agent-redirect.test.ts`] }, [
    ["redirect_refused", "that a Location which holds a value is not followed", "revealed.standIn(location) || ", ""],
    ["redirect_refused/count", "the number of redirects", " || hops >= limits.redirects", ""],
  ]),
  ...mutationsOf({ ...fetched, file: `${client}/fetch/redirect.ts`, tests: [`${client}/agent-redirect.test.ts`] }, [
    [
      "redirect_refused/scheme",
      "that a redirect leads to https",
      String.raw`/^https:\/\/([^/?#]*)([^?]*)(.*)$/is.exec(reference)`,
      String.raw`/^https?:\/\/([^/?#]*)([^?]*)(.*)$/is.exec(reference)`,
    ],
  ]),
];

const proven = { ...fetched, tests: [`${client}/agent-proof.test.ts`] } as const;

const proofs = [
  ...mutationsOf({ ...proven, file: `${client}/fetch/prove-hop.ts` }, [
    [
      "proof_unsupported/foreign-hop",
      "that no proof is made for a hop of another origin",
      "proof === undefined || !mayAdd || session === null",
      "proof === undefined || session === null",
      { tests: [`${client}/fetch/prove-hop.test.ts`] },
    ],
    [
      "token_unavailable/wiped",
      "that what was wiped while a key was at work is not sent",
      " || hop.wipes !== deps.wipes()",
      "",
    ],
    [
      "proof_unsupported/own-headers",
      "that an app's own signature headers do not stand beside the proof",
      "withoutHeaders(filled.headers, signatureHeaders)",
      "filled.headers",
    ],
    [
      "proof_unsupported/own-dpop",
      "the same for DPoP",
      "withoutHeaders(filled.headers, dpopHeaders)",
      "filled.headers",
    ],
  ]),
  ...mutationsOf({ ...proven, file: `${client}/proofs/prover.ts` }, [
    [
      "proof_unsupported",
      "that a request is not sent without the proof a platform cannot make",
      `throw new AgentError(code === "unsupported" ? "proof_unsupported" : "key_unavailable");`,
      "return null;",
      { tests: [`${client}/agent-fetch.test.ts`, `${client}/agent-proof.test.ts`] },
    ],
    [
      "key_unavailable/service-time",
      "that proofs are made at service time",
      "return Math.floor(session.serviceNowMs() / 1000);",
      "return Math.floor(session.sentAtMs / 1000);",
    ],
  ]),
  ...mutationsOf({ ...proven, file: `${client}/fetch/agent-fetch.ts` }, [
    [
      "key_unavailable/nonce",
      "that a nonce is answered once",
      "if (response.status !== 401 || offered === null || offered === proven.nonce) return response;",
      "return response;",
    ],
  ]),
  ...mutationsOf({ ...proven, file: `${client}/proofs/dpop-nonces.ts` }, [
    [
      "key_unavailable/nonce-form",
      "that what is no nonce is not taken for one",
      "if (nonce === null || !nonceForm.test(nonce)) return null;",
      "if (nonce === null) return null;",
    ],
  ]),
  ...mutationsOf({ ...proven, file: `${client}/session/session.ts`, tests: [`${client}/agent-limited-use.test.ts`] }, [
    ["token_unavailable/taken", "that a token which counts once has one call", "    this.#taken.add(api);\n", ""],
  ]),
];

const channels = [
  ...mutationsOf({ ...fetched, file: `${client}/fetch/channel-call.ts` }, [
    [
      "channel_refused/unknown",
      "that a channel which this version does not know is refused",
      `if (api.channel === "unknown") throw new AgentError("channel_refused");`,
      "",
    ],
  ]),
  ...mutationsOf(
    {
      table: "agent_error",
      file: `${client}/node/held-agent.ts`,
      tests: [`${client}/node/node-channel-transport.test.ts`],
    },
    [
      [
        "channel_refused",
        "the pins of a connection",
        `const isPinned = policy.channel === "pins" || policy.channel === "both";`,
        "const isPinned = false;",
      ],
      [
        "channel_refused/host",
        "that a certificate names the host",
        "    checkServerIdentity,\n",
        "    checkServerIdentity: () => undefined,\n",
      ],
      [
        "channel_refused/roots",
        "that a connection held to managed roots is held to them",
        `const isManaged = policy.channel === "roots" || policy.channel === "both";`,
        "const isManaged = false;",
        { tests: [`${client}/node/managed-path.test.ts`] },
      ],
      [
        "channel_refused/chain",
        "that a certificate chains to a root of the device store, whatever else it chains to",
        "rejectUnauthorized: true",
        "rejectUnauthorized: false",
        { tests: [`${client}/node/managed-path.test.ts`] },
      ],
    ],
  ),
  ...mutationsOf(
    {
      table: "agent_error",
      file: `${client}/node/pinned-path.ts`,
      tests: [`${client}/node/node-channel-transport.test.ts`],
    },
    [
      [
        "channel_refused/sent-along",
        "that only verified links of the chain count for a pin",
        "if (!certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey)) break;",
        "",
        { tests: [`${client}/node/pinned-path.reasons.test.ts`] },
      ],
    ],
  ),
  ...mutationsOf(
    {
      table: "agent_error",
      file: `${client}/node/leaf-proof.ts`,
      tests: [`${client}/node/managed-path.test.ts`],
    },
    [
      [
        "channel_refused/composed",
        "that a path to a pinned key or a managed root keeps every rule of a path",
        "this.#remember(await probe(to, anchors, abort));",
        "this.#remember(leaf);",
      ],
      [
        "channel_refused/proof-age",
        "that a proof ends, as certificates above the leaf do",
        "this.#nowMs() + provenMs",
        "Number.POSITIVE_INFINITY",
      ],
    ],
  ),
  ...mutationsOf(
    {
      table: "agent_error",
      file: `${client}/web/web-channel-transport.ts`,
      tests: [`${client}/web/web-channel-transport.reasons.test.ts`],
    },
    [
      [
        "channel_refused/web",
        "that a page holds no connection to pins or roots",
        `if (policy.channel !== "system")`,
        "if (false)",
      ],
    ],
  ),
];

/** What the agent refuses for safety's sake: answers, URLs, requests, redirects, connections. */
export const agentMutations: readonly Mutation[] = [...answer, ...held, ...requests, ...proofs, ...channels];
