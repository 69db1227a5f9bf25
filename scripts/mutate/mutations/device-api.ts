import { type Mutation, mutationsOf } from "../mutation.ts";

const domain = "apps/server/src/domain/device";
const http = "apps/server/src/http";
const problems = `${http}/device/problems.test.ts`;
const robustness = `${http}/device/robustness.test.ts`;
const own = `${http}/device/device-api.reasons.test.ts`;
const order = `${http}/device/order-of-checks.test.ts`;
const previous = `${http}/device/previous.test.ts`;
const ledger = "apps/server/src/ephemeral/memory-ledger.ts";
const group = { table: "problem", tests: [problems, own] } as const;
const inDomain = (name: string) => ({ ...group, file: `${domain}/${name}.ts` });

const form = [
  ...mutationsOf({ ...group, file: "packages/protocol/src/json-text.ts" }, [
    [
      "malformed/repeated-member",
      "that no member stands twice",
      `      if (members.has(name)) throw new Fault("duplicate_member");\n`,
      "",
      { tests: [problems] },
    ],
  ]),
  ...mutationsOf(inDomain("open-session"), [
    [
      "malformed/session",
      "that a session request has its form",
      "  if (!request.ok) return problem(request.code, request.detail);\n",
      "",
    ],
  ]),
  ...mutationsOf(inDomain("enrol-instance"), [
    [
      "malformed/enrolment",
      "that an enrolment has its form",
      "  if (!request.ok) return problem(request.code, request.detail);\n",
      "",
    ],
  ]),
  ...mutationsOf(inDomain("issue-challenge"), [
    [
      "malformed/challenge",
      "that a request for a challenge has its form",
      "  if (!request.ok) return problem(request.code, request.detail);\n",
      "",
    ],
  ]),
  ...mutationsOf(inDomain("admit-statement"), [
    ["malformed/statement", "that a statement has its form", "if (!parsed.ok)", "if (false)"],
    [
      "malformed/use",
      "that a statement is for the call it comes in",
      "if (statement.use !== expected.use)",
      "if (false)",
    ],
    ["malformed/session-key", "that the session key can be sealed to", " || isSmallOrder(sessionKey)", ""],
  ]),
  ...mutationsOf(inDomain("read-evidence"), [
    [
      "malformed/platform",
      "that evidence is of the statement's platform",
      `type !== wanted && type !== "development" && !(type === "play" && wanted === "android")`,
      "false",
    ],
    ["malformed/no-key", "that evidence names a key", "if (attestedKey === null) return", "if (false) return"],
    [
      "malformed/attested-key",
      "that the attested key is the one that proves",
      `if (isAnnounced && !equalBytes(attestedKey, instanceKey))`,
      "if (false)",
      { tests: [`${http}/device/copied-evidence.test.ts`] },
    ],
    [
      "malformed/instance",
      "that the instance is that of the attested key",
      "if (!equalBytes(instanceId(sha256, context.projectId, attestedKey), instance))",
      "if (false)",
      { tests: [order] },
    ],
  ]),
  ...mutationsOf({ ...group, file: `${http}/problem.ts`, tests: [`${http}/server.test.ts`, own] }, [
    ["malformed/url", "that a URL can be decoded", `  FST_ERR_BAD_URL: "malformed",\n`, ""],
    ["unavailable/ledger", "that a full ledger is told apart", `if (code === "ledger_full")`, "if (false)"],
    ["internal", "what an unforeseen failure is called", `?? "internal"`, `?? "malformed"`],
  ]),
  ...mutationsOf({ ...group, file: `${http}/device/device-routes.ts` }, [
    ["too_large", "the size of each route's body", "      bodyLimit,\n      schema", "      schema"],
    [
      "unsupported_media_type",
      "that a body is application/json",
      `addContentTypeParser("application/json", {`,
      `addContentTypeParser("*", {`,
    ],
    [
      "unsupported_media_type/none",
      "that there is a body with a type",
      `if (!(request.body instanceof Uint8Array)) return sendProblem(reply, "unsupported_media_type");`,
      "",
    ],
    ["unavailable/gate", "the number of requests in work at once", "if (inWork >= limit)", "if (false)"],
  ]),
  ...mutationsOf({ ...group, file: "packages/protocol/src/value-reader.ts" }, [
    ["unsupported_version", "that version 1 is spoken", "if (spoken !== 1)", "if (false)"],
  ]),
  ...mutationsOf({ ...group, file: `${http}/server.ts` }, [
    ["not_found/route", "that a route exists", `if (others.length === 0) return sendProblem(reply, "not_found");`, ""],
    ["method_not_allowed", "that the path exists with another method", `if (others.length === 0) return`, `return`],
  ]),
  ...mutationsOf({ ...group, file: `${http}/device/manifest-route.ts` }, [
    [
      "not_found/manifest",
      "that the app exists",
      `context === null ? "unknown_project" : "not_found"`,
      `"unknown_project"`,
    ],
    [
      "unknown_project/manifest",
      "that the project of a manifest exists",
      `context === null ? "unknown_project" : "not_found"`,
      `"not_found"`,
    ],
  ]),
];

const challenges = [
  ...mutationsOf(inDomain("admit-statement"), [
    [
      "unknown_project",
      "that the project exists",
      "if (context === null || context.project.kind !== statement.environment)",
      "if (context !== null && context.project.kind !== statement.environment)",
    ],
    [
      "unknown_project/environment",
      "that the statement is for the project's environment",
      "if (context === null || context.project.kind !== statement.environment)",
      "if (context === null)",
    ],
    [
      "challenge_invalid/budget",
      "the work that a network over its budget is asked for",
      "if (!within && !(await hasWork(deps, statement.project, fields)))",
      "if (false)",
      { tests: [robustness] },
    ],
    [
      "challenge_spent/before-proof",
      "that a spent challenge is told before credential and proof are looked at",
      "if (!unspent.ok)",
      "if (false)",
      { tests: [order] },
    ],
  ]),
  ...mutationsOf(inDomain("challenges"), [
    [
      "challenge_invalid",
      "the MAC of the statement's challenge",
      "!checkChallengeMac(fields.bytes, { project: projectId, scope, seed })",
      "false",
    ],
    [
      "challenge_invalid/form",
      "that the statement's challenge has its form",
      `  if (!challenge.ok) return problem("challenge_invalid", challenge.detail);\n`,
      "",
    ],
    ["challenge_invalid/work", "that the work was done", "if (!checkWork(sha256, fields, work))", "if (false)"],
    [
      "challenge_invalid/evidence",
      "the MAC of the challenge that evidence was made over",
      "!checkChallengeMac(fields.bytes, { project, seed })",
      "false",
    ],
    [
      "challenge_expired",
      "the time of the statement's challenge",
      "if (!isChallengeInTime(fields, deps.clock.nowMs()))",
      "if (false)",
    ],
    [
      "challenge_expired/evidence",
      "the age of the challenge that evidence was made over",
      "if (!isEvidenceChallengeInTime(fields, deps.clock.nowMs()))",
      "if (false)",
    ],
  ]),
  ...mutationsOf({ ...group, file: ledger, tests: [problems, own, robustness] }, [
    [
      "challenge_expired/epoch",
      "that a ledger accepts nothing from before its time",
      "challenge.issuedAtMs < epochMs || ",
      "",
    ],
    [
      "challenge_spent",
      "that an open challenge is used once",
      "nonces.get(keyOf(project, challenge.nonce), atMs) !== undefined",
      "false",
    ],
    [
      "challenge_spent/continuing",
      "that a continuing challenge dies with the use of a younger one",
      "challenge.issuedAtMs <= (marks.get(keyOf(project, instance), atMs)?.watermarkMs ?? Number.NEGATIVE_INFINITY)",
      "false",
    ],
    [
      "counter_stale",
      "that an assertion's counter rises",
      "if (counter !== null && !(counter.value > Math.max(mark.counter, counter.floor)))",
      "if (false)",
    ],
    [
      "evidence_challenge_reused",
      "that an evidence challenge is one key's",
      "return held === undefined || held === attestedKey;",
      "return true;",
    ],
  ]),
];

const identity = [
  ...mutationsOf(inDomain("open-session"), [
    [
      "credential_invalid",
      "that a credential is ours",
      `if (opened === null) return problem("credential_invalid", "credential cannot be opened");`,
      "if (opened === null) return fromStore(deps, admitted);",
    ],
    [
      "credential_invalid/ended",
      "that a credential has not ended",
      "if (deps.clock.nowMs() >= credential.exp * 1000)",
      "if (false)",
    ],
    [
      "credential_invalid/instance",
      "that a credential is this instance's",
      "if (!isSame(statement, credential))",
      "if (false)",
    ],
    [
      "proof_invalid/record",
      "that the record knows the instance by these keys",
      "return isSame(statement, known)\n",
      "return true\n",
    ],
    [
      "slow_down",
      "the sessions of one instance a minute",
      "if (!(await deps.ledger.take(share, deps.budgets.sessionsPerInstancePerMinute, 60)))",
      "if (false)",
    ],
    [
      "unavailable/bans-session",
      "that bans are known before a session is given",
      "if (!deps.standing.isCurrent())",
      "if (false)",
      { tests: [`${http}/device/limits.test.ts`] },
    ],
  ]),
  ...mutationsOf(inDomain("enrol-instance"), [
    [
      "unavailable/bans-enrolment",
      "that bans are known before an instance is enrolled",
      "if (!deps.standing.isCurrent())",
      "if (false)",
      { tests: [`${http}/device/limits.test.ts`] },
    ],
  ]),
  ...mutationsOf({ ...inDomain("check-previous"), tests: [previous, own] }, [
    [
      "credential_invalid/previous",
      "that the credential of who one was is ours",
      `  if (opened === null) return problem("credential_invalid", "previous cannot be opened");\n`,
      "",
    ],
    [
      "credential_invalid/previous-app",
      "that who one was is of the same app and platform",
      "if (app !== statement.app.id || platform !== statement.platform)",
      "if (false)",
    ],
    [
      "proof_invalid/previous",
      "that the old instance key signed the new enrolment",
      "if (key === null || !verifyEs256(key, previousInput(hash), previous.signature))",
      "if (false)",
    ],
  ]),
  ...mutationsOf(inDomain("check-proof"), [
    [
      "proof_invalid/members",
      "that a proof has exactly the demanded members",
      "if (!hasDemandedProof(proof, keys.platform, keys.use, keys.development))",
      "if (false)",
    ],
    [
      "proof_invalid/signature",
      "that the instance key signed the statement",
      "if (proof.signature !== undefined && !verifyEs256(signingKey, over.message, proof.signature))",
      "if (false)",
    ],
    [
      "proof_invalid/assertion",
      "that the assertion is by the attested key over the statement",
      "if (facts === null || verified.checks.some((check) => !stands(check, keys.appIds === null)))",
      "if (facts === null)",
    ],
  ]),
  ...mutationsOf(inDomain("appraise-evidence"), [
    [
      "unavailable",
      "the queue of evidence to be verified",
      `if (verdict === null) return problem("unavailable", "too much evidence waits", { retryAfterSeconds: 5 });`,
      `if (verdict === null) return unverified({ state: "missing" });`,
    ],
    ["slow_down/batch", "the enrolments of one attestation batch an hour", "if (!within)\n", "if (false)\n"],
  ]),
];

const watch = [
  ...mutationsOf({ ...group, file: `${domain}/check-watch.ts`, tests: [`${http}/device/watch.test.ts`, own] }, [
    [
      "unknown_project/watch",
      "that the project to watch exists",
      `  if (context === null) return problem("unknown_project", "no project of this id");\n`,
      "",
    ],
    [
      "pass_invalid/watch",
      "that a pass can be opened",
      "if (opened === null || call.pass === null || nowMs >= opened.pass.exp * 1000)",
      "if (opened !== null && call.pass !== null && nowMs >= opened.pass.exp * 1000)",
    ],
    ["pass_invalid/watch-ended", "that a pass has not ended", " || nowMs >= opened.pass.exp * 1000", ""],
    [
      "signature_invalid/watch",
      "the MAC of the request to watch",
      "parsed.ok && isEqual(hmacSha256(proofKey, parsed.value.base), parsed.value.signature)",
      "parsed.ok",
    ],
    [
      "signature_invalid/watch-session",
      "that the MAC names the pass's session",
      " || verified.value.keyid !== pass.session",
      "",
    ],
    [
      "signature_invalid/watch-time",
      "that the MAC is fresh",
      "if (!isSignatureInTime(verified.value, nowMs / 1000))",
      "if (false)",
    ],
    [
      "request_replayed/watch",
      "that a nonce is used once",
      "if (!(await ledger.once(key, 2 * limits.signatureSeconds + 1)))",
      "if (false)",
    ],
    [
      "pass_withdrawn/watch",
      "that bans count for watchers",
      "return isTold && (banned || quarantined)",
      "return false",
    ],
  ]),
  ...mutationsOf({ ...group, file: `${http}/device/watch-route.ts`, tests: [`${http}/device/watch.test.ts`] }, [
    [
      "unavailable/streams",
      "the number of streams at once",
      `if (stop === null) return sendProblem(reply, "unavailable", { retryAfterSeconds: 60 });`,
      "if (stop === null) return reply.code(204).send();",
    ],
  ]),
];

const evidence = [
  ...mutationsOf({ table: "reason", file: `${domain}/appraise-evidence.ts`, tests: [own] }, [
    [
      "app_id_mismatch/enrolled",
      "that an enrolled instance stays with its app",
      "input.row !== null && input.row.app !== app.id",
      "false",
    ],
    [
      "app_id_mismatch/assertion-of-other-app",
      "that the assertion names the app that the attestation names",
      "if (!namesSameApp(admitted, read, proof, evidence.facts))",
      "if (false)",
    ],
  ]),
  ...mutationsOf(
    { table: "reason", file: `${domain}/verify-evidence.ts`, tests: [`${domain}/verify-evidence.reasons.test.ts`] },
    [
      [
        "revocation_unknown/production",
        "that a production project refuses when the status list's grace is over",
        "demanded && lostAtMs !== null && nowMs >= lostAtMs",
        "false",
        { file: `${domain}/held-status-list.ts` },
      ],
      [
        "public_key_mismatch/android",
        "that the certified key is the announced one",
        "if (facts.publicKey === null || !equalBytes(facts.publicKey, job.attestedKey))",
        "if (facts.publicKey === null)",
      ],
    ],
  ),
  ...mutationsOf(
    { table: "reason", file: "apps/server/src/jobs/status-list.ts", tests: ["apps/server/src/compose.test.ts"] },
    [
      [
        "certificate_revoked/later",
        "that a certificate revoked after enrolment bans its instances",
        "if (await isBannedAlready(store, instance, nowMs())) continue;",
        "continue;",
      ],
    ],
  ),
];

/** What the device API refuses: the protocol's problems, and reasons that only the service can find. */
export const deviceApiMutations: readonly Mutation[] = [...evidence, ...form, ...challenges, ...identity, ...watch];
