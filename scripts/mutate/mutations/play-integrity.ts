import { type Mutation, mutationsOf } from "../mutation.ts";

const play = "packages/attestation/src/play-integrity";
const device = "apps/server/src/domain/device";
const enrolment = "apps/server/src/http/device/play-integrity.test.ts";

const token = mutationsOf({ table: "reason", file: `${play}/open-token.ts`, tests: [`${play}/open-token.test.ts`] }, [
  ["play_token_malformed", "rule token_structure", "!isCompact(token, 5, encryptedHeader)", "false"],
  [
    "play_token_malformed/lengths",
    "that encrypted key, vector and tag have their lengths",
    "const wrong = fixedLengths.some(",
    "const wrong = [].some(",
  ],
  [
    "play_token_malformed/duplicate",
    "that each header stands once",
    "parseStrictJson(bytes, { maxBytes: 256, maxDepth: 1 })",
    "{ ok: true, value: JSON.parse(Buffer.from(bytes).toString()) }",
  ],
  ["play_token_undecryptable", "rule token_encryption", "if (plaintext === null) return", "if (false) return"],
  ["play_token_malformed/content", "rule token_content", " || !isCompact(signed, 3, signedHeader)", ""],
  ["play_signature_invalid", "rule token_signature", "if (verified === null) return", "if (false) return"],
  ["play_payload_malformed/token", "rule token_payload", "return json.ok ? {", "return true ? {"],
]);

const verdict = mutationsOf({ table: "reason", file: `${play}/verdict.ts`, tests: [`${play}/verdict.test.ts`] }, [
  ["play_payload_malformed", "rule structure", `judge("structure", readable,`, `judge("structure", true,`],
  [
    "play_request_package_mismatch",
    "rule request_package",
    `judge("request_package", found === packageName,`,
    `judge("request_package", true,`,
  ],
  ["play_nonce_mismatch", "rule binding, of the nonce", "bytesEqual(bytes, expected.nonce)", "true"],
  [
    "play_nonce_mismatch/request-hash",
    "rule binding, of the request hash",
    "bytesEqual(toUtf8(requestHash), toUtf8(expected.requestHash))",
    "true",
  ],
  [
    "play_nonce_mismatch/both",
    "that nonce and request hash do not stand together",
    "if (nonce !== null && requestHash !== null) {",
    "if (false) {",
  ],
  [
    "play_timestamp_future",
    "rule not_in_future",
    `judge("not_in_future", requestedAtMs <= latest,`,
    `judge("not_in_future", true,`,
  ],
  ["play_token_too_old", "rule age", `judge("age", requestedAtMs >= earliest,`, `judge("age", true,`],
  ["play_app_unevaluated", "rule app_evaluated", `judge("app_evaluated", evaluated,`, `judge("app_evaluated", true,`],
  [
    "play_app_unrecognized",
    "rule app_recognized",
    `judge("app_recognized", appVerdict === "PLAY_RECOGNIZED",`,
    `judge("app_recognized", true,`,
  ],
  [
    "play_package_mismatch",
    "rule app_package",
    `judge("app_package", packageName === expected.packageName,`,
    `judge("app_package", true,`,
  ],
  [
    "play_version_missing",
    "rule app_version",
    `judge("app_version", versionCode !== null,`,
    `judge("app_version", true,`,
  ],
  [
    "play_signing_digest_mismatch",
    "rule app_signing_digest",
    `judge("app_signing_digest", registered,`,
    `judge("app_signing_digest", true,`,
  ],
  ["play_device_unrecognized", "rule device_labels", `judge("device_labels", met,`, `judge("device_labels", true,`],
  [
    "play_device_unrecognized/no-demand",
    "that no demanded label refuses",
    "required.length > 0 && required.every",
    "required.every",
  ],
  ["play_testing_response", "rule testing", `judge("testing", counts,`, `judge("testing", true,`],
]);

const demands = mutationsOf({ table: "reason", file: `${play}/check-demands.ts`, tests: [`${play}/verdict.test.ts`] }, [
  ["play_sdk_too_low", "rule sdk_version", "(payload.sdkVersion ?? -1) >= (sdk ?? 0))", "true)"],
  ["play_unlicensed", "rule licence", `licensing === "LICENSED")`, "true)"],
  [
    "play_device_activity",
    "rule device_activity",
    `activityLevel ?? "none", counted)`,
    `activityLevel ?? "none", true)`,
  ],
  ["play_device_recalled", "rule device_recall", "marked, set.length === 0)", "marked, true)"],
  ["play_app_access_risk", "rule app_access_risk", "detected, clean)", "detected, true)"],
  ["play_protect_risk", "rule play_protect", `playProtect === "NO_ISSUES")`, "true)"],
]);

const rules = mutationsOf(
  { table: "reason", file: "packages/policy/src/rules/play.ts", tests: ["packages/policy/src/rules/play.test.ts"] },
  [
    ["play_missing", "rule play_required", `judge: onToken("require"),`, `judge: onToken("observe"),`],
    ["facts_missing/play", "rule play_recorded", "judged(playOf(facts) !== undefined,", "judged(true,"],
    ["play_device_unrecognized/policy", "rule play_device", "judged(met, demanded", "judged(true, demanded"],
    ["play_testing_response/policy", "rule play_testing", "judged(!testing,", "judged(true,"],
    ["play_missing/observed", "rule play_observed", `judge: onToken("observe"),`, "judge: () => notEvaluated,"],
  ],
);

const service = mutationsOf({ table: "reason", file: `${device}/appraise-play.ts`, tests: [enrolment] }, [
  [
    "play_unconfigured",
    "that nothing is looked at without keys or account",
    `if (account === null) return failed("play_unconfigured");`,
    "",
    { only: "play_unconfigured" },
  ],
  [
    "play_token_reused",
    "that a token counts once",
    "if (!(await deps.once.once(",
    "if (false && !(await deps.once.once(",
    { only: "play_token_reused" },
  ],
  [
    "play_quota_exhausted",
    "that decodings are counted",
    "if (!(await deps.ledger.take(",
    "if (false && !(await deps.ledger.take(",
    { only: "the quota" },
  ],
  [
    "play_unavailable",
    "that no answer of Google's is a refusal of the token",
    "return decoded.ok ? { ok: true, payload: decoded.payload, checks: [] } : failed(decoded.reason);",
    `return decoded.ok ? { ok: true, payload: decoded.payload, checks: [] } : failed("play_token_undecryptable");`,
    { only: "play_unavailable" },
  ],
]);

/** Play Integrity: opening, judging, policy, and its place at enrolment. */
export const playIntegrityMutations: readonly Mutation[] = [...token, ...verdict, ...demands, ...rules, ...service];
