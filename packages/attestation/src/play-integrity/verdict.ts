import { bytesEqual, toBase64 } from "@countersign/asn1";
import { limits, toUtf8 } from "@countersign/protocol";
import { appraise, type Verification } from "../findings.ts";
import { isoTime } from "../iso-time.ts";
import { checkDemands } from "./check-demands.ts";
import type { PlayIntegrityExpectations, PlayIntegrityFacts } from "./expectations.ts";
import { fromWebSafeBase64, type PlayPayload, parsePlayPayload } from "./payload.ts";
import { type PlayIntegrityFindings, type PlayIntegrityRuleName, playIntegrityRules } from "./rules.ts";

const defaultMaxAgeSeconds = 600;

/** The first API level whose STRONG label also speaks of security patches. */
const patchedFromSdk = 33;

/**
 * Judges a decoded Play Integrity verdict (https://developer.android.com/google/play/integrity/verdicts), from a classic token or from
 * Google's decode call. Pure and synchronous; never throws. That the token was not used before is the caller's.
 */
export function verifyPlayIntegrity(given: PlayIntegrityExpectations): Verification<PlayIntegrityFacts> {
  return appraise<PlayIntegrityRuleName, PlayIntegrityFacts>(playIntegrityRules, (findings) => {
    const payload = parsePlayPayload(given.payload);
    const readable = payload !== null;
    if (!findings.judge("structure", readable, "a Play Integrity verdict", readable ? "one" : "another") || !readable) {
      return null;
    }
    checkRequest(findings, payload, given);
    checkApp(findings, payload, given);
    checkDevice(findings, payload, given);
    checkDemands(findings, payload, given.demands ?? {});
    const counts = !payload.testing || given.allowTesting;
    findings.judge("testing", counts, "no test answer", payload.testing ? "a test answer" : "none");
    return toFacts(payload);
  });
}

/** The request is ours, for this statement, and recent. The package name here is the requesting app's own word. */
function checkRequest(findings: PlayIntegrityFindings, payload: PlayPayload, given: PlayIntegrityExpectations): void {
  const { packageName } = given.expected;
  const found = payload.requestPackageName;
  findings.judge("request_package", found === packageName, packageName, found);
  checkBinding(findings, payload, given.expected);

  const { requestedAtMs } = payload;
  const latest = given.nowMs + limits.clockToleranceMs;
  findings.judge("not_in_future", requestedAtMs <= latest, `until ${isoTime(latest)}`, isoTime(requestedAtMs));
  const seconds = given.maxAgeSeconds ?? defaultMaxAgeSeconds;
  const earliest = given.nowMs - seconds * 1000;
  findings.judge("age", requestedAtMs >= earliest, `from ${isoTime(earliest)}`, isoTime(requestedAtMs));
}

/** Exactly one of nonce and request hash, and it is the expected one. */
function checkBinding(
  findings: PlayIntegrityFindings,
  { nonce, requestHash }: PlayPayload,
  expected: PlayIntegrityExpectations["expected"],
): void {
  if (nonce !== null && requestHash !== null) {
    findings.judge("binding", false, "a nonce or a request hash", "both");
  } else if (nonce !== null) {
    const bytes = fromWebSafeBase64(nonce);
    const same = bytes !== null && expected.nonce !== null && bytesEqual(bytes, expected.nonce);
    findings.judge("binding", same, `nonce ${expected.nonce ? toBase64(expected.nonce) : "none"}`, `nonce ${nonce}`);
  } else {
    const same =
      requestHash !== null &&
      expected.requestHash !== null &&
      bytesEqual(toUtf8(requestHash), toUtf8(expected.requestHash));
    findings.judge("binding", same, `hash ${expected.requestHash ?? "none"}`, `hash ${requestHash ?? "none"}`);
  }
}

/** Play's own word on the installed app. Its fields are absent where Play did not evaluate, and then nothing is judged by them. */
function checkApp(findings: PlayIntegrityFindings, payload: PlayPayload, given: PlayIntegrityExpectations): void {
  const { appVerdict, packageName, versionCode, signingDigests } = payload;
  const evaluated = appVerdict !== null && appVerdict !== "UNEVALUATED";
  if (!findings.judge("app_evaluated", evaluated, "a verdict on the app", appVerdict ?? "none")) return;
  findings.judge("app_recognized", appVerdict === "PLAY_RECOGNIZED", "PLAY_RECOGNIZED", appVerdict);
  const { expected } = given;
  findings.judge("app_package", packageName === expected.packageName, expected.packageName, packageName ?? "none");
  findings.judge("app_version", versionCode !== null, "a version code", `${versionCode ?? "none"}`);
  const registered = expected.signingDigests.some((digest) => signingDigests.includes(digest.toLowerCase()));
  const found = signingDigests.join(", ");
  findings.judge("app_signing_digest", registered, expected.signingDigests.join(" or "), found);
}

function checkDevice(
  findings: PlayIntegrityFindings,
  { deviceLabels }: PlayPayload,
  { requiredDeviceLabels: required }: PlayIntegrityExpectations,
): void {
  const met = required.length > 0 && required.every((label) => deviceLabels.includes(label));
  findings.judge("device_labels", met, required.join(" and "), deviceLabels.join(", ") || "no label");
}

function toFacts(payload: PlayPayload): PlayIntegrityFacts {
  const { requestPackageName: _, nonce, requestHash, ...rest } = payload;
  const strong = payload.deviceLabels.includes("MEETS_STRONG_INTEGRITY");
  return {
    ...rest,
    request: (nonce === null) === (requestHash === null) ? null : nonce === null ? "standard" : "classic",
    patchedWithinYear: strong && (payload.sdkVersion ?? 0) >= patchedFromSdk ? true : null,
  };
}
