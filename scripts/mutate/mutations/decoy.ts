import { type Mutation, mutationsOf } from "../mutation.ts";

const server = "apps/server/src";
const device = `${server}/domain/device`;
const admin = `${server}/domain/admin`;
const answers = `${server}/http/device/decoy.test.ts`;
const group = { table: "reason", tests: [answers] } as const;
const inDevice = (name: string) => ({ ...group, file: `${device}/${name}.ts` });

const once = [
  ...mutationsOf(inDevice("open-session"), [
    [
      "decoy_credential",
      "that the credential of a decoy refuses by itself",
      `evidence: decoy ? { state: "refused", reason: "decoy_credential" } : { state: "verified" },`,
      `evidence: { state: "verified" },`,
    ],
    [
      "decoy_credential/record",
      "that the record is not asked about who comes with the credential of a decoy",
      "if (!decoy && (isOld ||",
      "if ((isOld ||",
    ],
    [
      "decoy_credential/app-id",
      "that a decoy's assertion names the app that it really is",
      `  if (decoy) return { use: "session", development, appIds: null };\n`,
      "",
    ],
    [
      "decoy_credential/recall",
      "that a decoy is found without its credential",
      "row === null ? await rememberedDecoy(deps, admitted) : fromRecord(row);",
      "row === null ? null : fromRecord(row);",
    ],
  ]),
  ...mutationsOf(inDevice("enrol-instance"), [
    [
      "decoy_credential/previous",
      "that who was a decoy is one again, whatever the new evidence says",
      `evidence: wasDecoy ? { state: "refused", reason: "decoy_credential" } : outcome.state,`,
      "evidence: outcome.state,",
    ],
    [
      "decoy_credential/no-record",
      "that who was a decoy gets no record",
      "evidenceWithPlay === null || wasDecoy",
      "evidenceWithPlay === null",
    ],
  ]),
  ...mutationsOf(inDevice("answer-decoy"), [
    [
      "decoy_credential/unproven",
      "that who brought no evidence that counts gets the credential of a decoy",
      "decoyCredential: !genuine,",
      "decoyCredential: false,",
    ],
    [
      "decoy_credential/proven",
      "that who is banned keeps a credential that counts when the ban is lifted",
      "decoyCredential: !genuine,",
      "decoyCredential: true,",
    ],
  ]),
  ...mutationsOf(inDevice("open-own-credential"), [
    [
      "decoy_credential/off",
      "that the credential of a decoy is none of ours once decoys are off",
      "const decoy = project.settings.decoy === true ? openDecoyCredential(text, how) : null;",
      "const decoy = openDecoyCredential(text, how);",
    ],
  ]),
  ...mutationsOf({ ...group, file: "packages/protocol/src/server/credential.ts" }, [
    [
      "decoy_credential/key",
      "that decoys are sealed under keys of their own",
      "how.decoy === true ?",
      "(false as boolean) ?",
      { tests: ["packages/protocol/src/server/credential.test.ts"] },
    ],
  ]),
];

const alike = [
  ...mutationsOf(inDevice("answers-decoy"), [
    [
      "decoy_credential/update",
      "that who only needs an update is told so",
      "    decision.action === undefined &&\n",
      "",
      { tests: [answers, `${device}/answers-decoy.test.ts`] },
    ],
    [
      "decoy_credential/ours",
      "that nobody gets a decoy for what the service lacks",
      "!decision.reasons.every((reason) => ours.has(reason))",
      "true",
      { tests: [`${device}/answers-decoy.test.ts`] },
    ],
  ]),
  ...mutationsOf(inDevice("answer-decoy"), [
    [
      "decoy_credential/renewal",
      "that a decoy is asked to enrol when a genuine instance is",
      `if (asIf.renew !== null && statement.use === "session")`,
      'if (statement.use === "enrol" && asIf.renew !== null)',
    ],
    [
      "decoy_credential/memory",
      "that a decoy in no record is remembered",
      "if (!recorded) {",
      "if (false as boolean) {",
    ],
  ]),
  ...mutationsOf(inDevice("with-decoy-keys"), [
    [
      "decoy_credential/token",
      "that a decoy's token is signed under a secret of decoys",
      ", key: createSecretKey(decoySecretOf(seed, context.projectId, api)) }",
      " }",
    ],
  ]),
  ...mutationsOf(inDevice("grant-session"), [
    [
      "decoy_credential/secret",
      "that a decoy gets a canary in place of a secret",
      "    if (grant.decoy) return [decoySecret(deps, grant.context, secret, value)];\n",
      "",
    ],
  ]),
  ...mutationsOf(inDevice("decoy-secret"), [
    ["decoy_credential/version", "that a value which changes has another version", "version: version + 1,", "version,"],
    [
      "decoy_credential/operators-canary",
      "that an operator's canary is what is given",
      "value: operatorsCanary(vault, secret) ?? made",
      "value: made",
    ],
  ]),
  ...mutationsOf(inDevice("decoy-instance"), [
    [
      "decoy_credential/claimed",
      "that a made-up credential is as long as this device's genuine one",
      "        claimed,\n        settings",
      "        claimed: null,\n        settings",
    ],
  ]),
  ...mutationsOf(inDevice("judge"), [
    [
      "decoy_credential/trace",
      "that the operator's trace says of a decoy that it is one",
      "    signals,\n    ...(decoy ? { decoy } : {}),\n",
      "    signals,\n",
    ],
  ]),
  ...mutationsOf({ ...group, file: "packages/policy/src/decide.ts" }, [
    [
      "decoy_credential/restricted",
      "that a decoy of a browser looks restricted",
      `return { verdict: isRestricted ? "restricted" : "trusted", renew: null };`,
      `return { verdict: isRestricted ? "trusted" : "trusted", renew: null };`,
    ],
  ]),
  ...mutationsOf({ ...group, file: "packages/protocol/src/server/canary.ts" }, [
    [
      "decoy_credential/canary",
      "that a canary is never the value",
      "  if (made !== value) return made;\n",
      "  return made;\n",
      { tests: ["packages/protocol/src/server/canary.test.ts"] },
    ],
  ]),
];

const excluded = mutationsOf({ ...group, file: `${admin}/check-decoy.ts`, tests: [`${admin}/check-decoy.test.ts`] }, [
  [
    "decoy_credential/reasons",
    "that reasons and decoys exclude each other",
    "if (settings.reasons) {",
    "if (false as boolean) {",
  ],
  [
    "decoy_credential/oauth",
    "that decoys are not turned on beside OAuth clients",
    "if ((settings.oauthClients ?? []).length > 0) {",
    "if (false as boolean) {",
  ],
  [
    "decoy_credential/public-key",
    "that every API with tokens has HS256",
    `if (token.alg !== "HS256") {`,
    "if (false as boolean) {",
  ],
  [
    "decoy_credential/former-key",
    "that no published key of an API is left",
    `.some((key) => key.alg !== "HS256")`,
    ".some(() => false)",
  ],
  [
    "decoy_credential/encryption",
    "that no token is encrypted",
    "if (token.encryption !== null) {",
    "if (false as boolean) {",
  ],
]);

const broker = "packages/broker/src";
const brokered = mutationsOf({ ...group, file: `${broker}/admit-call.ts`, tests: [`${broker}/answer-decoy.test.ts`] }, [
  [
    "decoy_credential/upstream",
    "that nothing is sent for a decoy's call",
    "if (decoys !== null) {",
    "if (false as boolean) {",
  ],
  [
    "decoy_credential/pass",
    "that a decoy's pass leads to a decoy's answer",
    "&& !decoy) return { ok: true, decoys: null };",
    ") return { ok: true, decoys: null };",
    { file: `${broker}/check-caller.ts` },
  ],
  [
    "decoy_credential/mask",
    "that a decoy's answer is masked as a genuine one",
    "createMask(filled.values).stream()",
    "createMask([]).stream()",
    { file: `${broker}/answer-decoy.ts` },
  ],
  [
    "decoy_credential/head",
    "that a decoy's answer has no other headers than a genuine one",
    `    "cache-control": forOneCaller,\n`,
    "",
    { file: `${broker}/answer-decoy.ts` },
  ],
  [
    "decoy_credential/delay",
    "that a decoy's answer takes about as long as its API",
    "  await pause(answer.delayMs);\n",
    "",
    { file: `${broker}/answer-decoy.ts` },
  ],
  [
    "decoy_credential/watch",
    "that a stream does not tell who is banned",
    "const isTold = context.project.settings.decoy !== true;",
    "const isTold = true;",
    { file: `${device}/check-watch.ts`, tests: [`${server}/http/device/watch.test.ts`] },
  ],
  [
    "decoy_credential/calls",
    "that decoys' calls have a share of their own",
    "caller.decoys === null ? share.genuine : share.decoys",
    "share.genuine",
  ],
  [
    "decoy_credential/streams",
    "that decoys' watch streams are counted apart",
    `decoy === true ? "decoys" : "genuine"`,
    `decoy === true ? "genuine" : "genuine"`,
    { file: `${server}/domain/changes/changes.ts`, tests: [`${server}/domain/changes/changes.test.ts`] },
  ],
]);

const facts = mutationsOf(inDevice("decoy-facts"), [
  [
    "decoy_credential/evidence-tie",
    "that a challenge serves one key of those without a record, too",
    "(outcome.evidence === null ? claimAsDecoy : claim)(",
    "(outcome.evidence === null ? async () => true : claim)(",
    { file: `${device}/enrol-instance.ts` },
  ],
  ["decoy_credential/play", "that a decoy's facts have what Play would have said", ", ...playOf(input) }", " }"],
  [
    "decoy_credential/rotated-canary",
    "that a canary goes where a rotation makes it the value",
    "const canary = fittingCanary(context, held, held.places, value);",
    "const { canary } = held;",
    { file: `${admin}/secrets.ts`, tests: [`${admin}/check-decoy.test.ts`] },
  ],
]);

/** Decoy mode: once a decoy always one, alike in every observable, and excluded by what would tell it. */
export const decoyMutations: readonly Mutation[] = [...once, ...alike, ...excluded, ...brokered, ...facts];
