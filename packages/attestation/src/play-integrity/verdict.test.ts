import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  makeVerdict,
  nonce,
  nowMs,
  packageName,
  playExpectations,
  requestHash,
  signingDigest,
} from "../made/play-integrity.suite.ts";
import type { PlayIntegrityExpectations } from "./expectations.ts";
import { playIntegrityRules } from "./rules.ts";
import { verifyPlayIntegrity } from "./verdict.ts";

type Changes = Partial<PlayIntegrityExpectations>;

function verify(payload: unknown, changes: Changes = {}) {
  return verifyPlayIntegrity({ ...playExpectations(payload), ...changes });
}

function failures(payload: unknown, changes: Changes = {}): readonly string[] {
  const { checks } = verify(payload, changes);
  return checks.filter(({ result }) => result === "fail").map(({ reason }) => reason);
}

const { expected } = playExpectations(null);
const request = (members: object) => makeVerdict({ requestDetails: { ...members } });
const app = (members: object) => makeVerdict({ appIntegrity: { ...members } });
const device = (members: object) => makeVerdict({ deviceIntegrity: { ...members } });
const environment = (members: object) => makeVerdict({ environmentDetails: { ...members } });
const standard = { nonce: undefined, requestHash };
const unevaluated = {
  appRecognitionVerdict: "UNEVALUATED",
  packageName: undefined,
  certificateSha256Digest: undefined,
  versionCode: undefined,
};
const everything: Changes = {
  demands: {
    minimumSdkVersion: 33,
    licensed: true,
    maximumActivityLevel: 2,
    refusedRecallBits: ["second"],
    refusedApps: ["UNKNOWN_CONTROLLING"],
    playProtect: true,
  },
};

test("accepts a genuine verdict, and says what it says", () => {
  const { ok, facts } = verify(makeVerdict());
  expect(ok).toBe(true);
  expect(facts).toEqual({
    request: "classic",
    requestedAtMs: nowMs - 30_000,
    appVerdict: "PLAY_RECOGNIZED",
    packageName,
    versionCode: 42,
    signingDigests: [signingDigest],
    deviceLabels: ["MEETS_BASIC_INTEGRITY", "MEETS_DEVICE_INTEGRITY", "MEETS_STRONG_INTEGRITY"],
    sdkVersion: 33,
    patchedWithinYear: true,
    activityLevel: "LEVEL_2",
    recall: { first: true, second: false, third: false },
    licensing: "LICENSED",
    appsDetected: ["KNOWN_INSTALLED", "UNKNOWN_INSTALLED"],
    playProtect: "NO_ISSUES",
    testing: false,
  });
});

test("accepts it where everything it says is demanded", () => {
  const result = verify(makeVerdict(), everything);
  expect(result.ok).toBe(true);
  expect(result.checks.every((check) => check.result === "pass")).toBe(true);
});

test("reports what is not demanded as not evaluated", () => {
  const open = verify(makeVerdict()).checks.filter(({ result }) => result === "not_evaluated");
  expect(open.map(({ name }) => name)).toEqual([
    "sdk_version",
    "licence",
    "device_activity",
    "device_recall",
    "app_access_risk",
    "play_protect",
  ]);
});

describe("accepts what Google really sends:", () => {
  test.each<[string, unknown, Changes]>([
    ["a nonce with padding", request({ nonce: `${requestHash}=` }), {}],
    [
      "padding that JSON escapes",
      JSON.parse(JSON.stringify(request({ nonce: `${requestHash}=` })).replace("=", "\\u003d")),
      {},
    ],
    ["a request hash", request(standard), {}],
    ["a time a moment ahead", request({ timestampMillis: `${nowMs + 4000}` }), {}],
    ["a time at the window's edge", request({ timestampMillis: `${nowMs - 600_000}` }), {}],
    [
      "several certificates",
      app({
        certificateSha256Digest: [
          Buffer.alloc(32).toString("base64url"),
          Buffer.from(signingDigest, "hex").toString("base64url"),
        ],
      }),
      {},
    ],
    [
      "a registered digest in capitals",
      makeVerdict(),
      { expected: { ...expected, signingDigests: [signingDigest.toUpperCase()] } },
    ],
    ["members that are new", makeVerdict({ ...({ moreDetails: { some: 1 } } as object) }), {}],
    [
      "a device without attributes",
      device({ deviceAttributes: undefined, recentDeviceActivity: undefined, deviceRecall: undefined }),
      {},
    ],
    [
      "a virtual device where one is demanded",
      device({ deviceRecognitionVerdict: ["MEETS_VIRTUAL_INTEGRITY"] }),
      { requiredDeviceLabels: ["MEETS_VIRTUAL_INTEGRITY"] },
    ],
    [
      "a test answer where it counts",
      makeVerdict({ testingDetails: { isTestingResponse: true } }),
      { allowTesting: true },
    ],
    ["testing details that deny", makeVerdict({ testingDetails: { isTestingResponse: false } }), {}],
  ])("%s", (_, payload, changes) => {
    expect(failures(payload, changes)).toEqual([]);
    expect(verify(payload, changes).ok).toBe(true);
  });
});

test("takes STRONG for recent patches only from Android 13", () => {
  expect(verify(device({ deviceAttributes: { sdkVersion: 32 } })).facts?.patchedWithinYear).toBeNull();
  expect(verify(device({ deviceAttributes: undefined })).facts?.patchedWithinYear).toBeNull();
  expect(verify(device({ deviceRecognitionVerdict: ["MEETS_DEVICE_INTEGRITY"] })).facts?.patchedWithinYear).toBeNull();
});

/** A verdict that one rule alone keeps from being accepted: without that rule's check it would pass. */
const soleObstacles: readonly [string, string, unknown, Changes][] = [
  [
    "a request in another app's name",
    "play_request_package_mismatch",
    request({ requestPackageName: "com.example.clone" }),
    {},
  ],
  ["another nonce", "play_nonce_mismatch", request({ nonce: Buffer.alloc(32).toString("base64url") }), {}],
  [
    "the beginning of the nonce",
    "play_nonce_mismatch",
    request({ nonce: Buffer.from(nonce.subarray(0, 30)).toString("base64url") }),
    {},
  ],
  ["a nonce with too much padding", "play_nonce_mismatch", request({ nonce: `${requestHash}==` }), {}],
  ["a nonce in another alphabet", "play_nonce_mismatch", request({ nonce: Buffer.from(nonce).toString("base64") }), {}],
  ["another request hash", "play_nonce_mismatch", request({ ...standard, requestHash: `${requestHash}x` }), {}],
  [
    "a request hash with padding, which is text and no bytes",
    "play_nonce_mismatch",
    request({ ...standard, requestHash: `${requestHash}=` }),
    {},
  ],
  ["nonce and request hash at once", "play_nonce_mismatch", request({ requestHash }), {}],
  ["neither nonce nor request hash", "play_nonce_mismatch", request({ nonce: undefined }), {}],
  [
    "a classic verdict where a standard one is expected",
    "play_nonce_mismatch",
    makeVerdict(),
    { expected: { ...expected, nonce: null } },
  ],
  [
    "a standard verdict where a classic one is expected",
    "play_nonce_mismatch",
    request(standard),
    { expected: { ...expected, requestHash: null } },
  ],
  ["a time that is to come", "play_timestamp_future", request({ timestampMillis: `${nowMs + 5001}` }), {}],
  ["a time before the window", "play_token_too_old", request({ timestampMillis: `${nowMs - 600_001}` }), {}],
  ["a time before a narrower window", "play_token_too_old", makeVerdict(), { maxAgeSeconds: 29 }],
  ["an app that was not evaluated", "play_app_unevaluated", app(unevaluated), {}],
  ["no verdict on the app", "play_app_unevaluated", app({ ...unevaluated, appRecognitionVerdict: undefined }), {}],
  [
    "an app that Play does not know",
    "play_app_unrecognized",
    app({ appRecognitionVerdict: "UNRECOGNIZED_VERSION" }),
    {},
  ],
  ["a verdict of a later time", "play_app_unrecognized", app({ appRecognitionVerdict: "PLAY_RECOGNIZED_SOMEHOW" }), {}],
  ["another installed package", "play_package_mismatch", app({ packageName: "com.example.clone" }), {}],
  ["no installed package", "play_package_mismatch", app({ packageName: undefined }), {}],
  ["no version code", "play_version_missing", app({ versionCode: undefined }), {}],
  [
    "another signing certificate",
    "play_signing_digest_mismatch",
    app({ certificateSha256Digest: [Buffer.alloc(32).toString("base64url")] }),
    {},
  ],
  ["no signing certificate", "play_signing_digest_mismatch", app({ certificateSha256Digest: undefined }), {}],
  [
    "no registered certificate",
    "play_signing_digest_mismatch",
    makeVerdict(),
    { expected: { ...expected, signingDigests: [] } },
  ],
  ["no device label", "play_device_unrecognized", device({ deviceRecognitionVerdict: undefined }), {}],
  ["an empty list of labels", "play_device_unrecognized", device({ deviceRecognitionVerdict: [] }), {}],
  [
    "BASIC where DEVICE is demanded",
    "play_device_unrecognized",
    device({ deviceRecognitionVerdict: ["MEETS_BASIC_INTEGRITY"] }),
    {},
  ],
  [
    "a virtual device where a real one is demanded",
    "play_device_unrecognized",
    device({ deviceRecognitionVerdict: ["MEETS_VIRTUAL_INTEGRITY"] }),
    {},
  ],
  [
    "the legacy label alone",
    "play_device_unrecognized",
    device({ deviceRecognitionVerdict: [], legacyDeviceRecognitionVerdict: ["MEETS_DEVICE_INTEGRITY"] }),
    {},
  ],
  [
    "one of two demanded labels",
    "play_device_unrecognized",
    device({ deviceRecognitionVerdict: ["MEETS_DEVICE_INTEGRITY"] }),
    { requiredDeviceLabels: ["MEETS_DEVICE_INTEGRITY", "MEETS_STRONG_INTEGRITY"] },
  ],
  ["no demanded label at all", "play_device_unrecognized", makeVerdict(), { requiredDeviceLabels: [] }],
  ["an older Android", "play_sdk_too_low", device({ deviceAttributes: { sdkVersion: 32 } }), everything],
  ["no word on Android's version", "play_sdk_too_low", device({ deviceAttributes: undefined }), everything],
  [
    "a sideloaded app",
    "play_unlicensed",
    makeVerdict({ accountDetails: { appLicensingVerdict: "UNLICENSED" } }),
    everything,
  ],
  [
    "no word on the licence",
    "play_unlicensed",
    makeVerdict({ accountDetails: { appLicensingVerdict: "UNEVALUATED" } }),
    everything,
  ],
  [
    "a device that farms tokens",
    "play_device_activity",
    device({ recentDeviceActivity: { deviceActivityLevel: "LEVEL_3" } }),
    everything,
  ],
  ["no word on activity", "play_device_activity", device({ recentDeviceActivity: undefined }), everything],
  [
    "activity that was not evaluated",
    "play_device_activity",
    device({ recentDeviceActivity: { deviceActivityLevel: "UNEVALUATED" } }),
    everything,
  ],
  ["a marked device", "play_device_recalled", device({ deviceRecall: { values: { bitSecond: true } } }), everything],
  ["no word on recall", "play_device_recalled", device({ deviceRecall: undefined }), everything],
  [
    "an app that controls the screen",
    "play_app_access_risk",
    environment({ appAccessRiskVerdict: { appsDetected: ["UNKNOWN_CONTROLLING"] } }),
    everything,
  ],
  ["no word on other apps", "play_app_access_risk", environment({ appAccessRiskVerdict: {} }), everything],
  ["a warning of Play Protect", "play_protect_risk", environment({ playProtectVerdict: "HIGH_RISK" }), everything],
  ["no word of Play Protect", "play_protect_risk", environment({ playProtectVerdict: "UNEVALUATED" }), everything],
  ["a test answer", "play_testing_response", makeVerdict({ testingDetails: { isTestingResponse: true } }), {}],
  ["testing details that say nothing", "play_testing_response", makeVerdict({ testingDetails: {} }), {}],
];

describe("refuses, for this reason and no other,", () => {
  test.each(soleObstacles)("%s: %s", (_, reason, payload, changes) => {
    expect(verify(payload, changes)).toMatchObject({ ok: false, reason });
    expect(failures(payload, changes)).toEqual([reason]);
  });
});

describe("refuses as malformed", () => {
  test.each<[string, unknown]>([
    ["nothing", undefined],
    ["null", null],
    ["a list", [makeVerdict()]],
    ["text", JSON.stringify(makeVerdict())],
    ["an empty object", {}],
    ["no request details", makeVerdict({ requestDetails: undefined as never }) && { appIntegrity: {} }],
    ["a package that is no text", request({ requestPackageName: 1 })],
    ["a nonce that is no text", request({ nonce: { toString: "x" } })],
    ["a time that is a number", request({ timestampMillis: nowMs })],
    ["a time in exponents", request({ timestampMillis: "1e12" })],
    ["a time past exact numbers", request({ timestampMillis: "9999999999999999" })],
    ["a time of many digits", request({ timestampMillis: "1".repeat(400) })],
    ["a negative time", request({ timestampMillis: "-1" })],
    ["a time that is not a number", request({ timestampMillis: "NaN" })],
    ["a time with a leading zero", request({ timestampMillis: "01795305600000" })],
    ["no time", request({ timestampMillis: undefined })],
    ["a version that is a number", app({ versionCode: 42 })],
    ["a digest that is no list", app({ certificateSha256Digest: "x" })],
    ["a digest that is too short", app({ certificateSha256Digest: ["AAAA"] })],
    ["labels that are text", device({ deviceRecognitionVerdict: "MEETS_DEVICE_INTEGRITY" })],
    ["labels that are no texts", device({ deviceRecognitionVerdict: [["MEETS_DEVICE_INTEGRITY"]] })],
    ["more labels than any", device({ deviceRecognitionVerdict: Array(33).fill("MEETS_DEVICE_INTEGRITY") })],
    ["a label without end", device({ deviceRecognitionVerdict: ["x".repeat(2000)] })],
    ["a version of Android that is text", device({ deviceAttributes: { sdkVersion: "33" } })],
    ["recall bits that are text", device({ deviceRecall: { values: { bitSecond: "true" } } })],
    ["a device that is null", { ...makeVerdict(), deviceIntegrity: null }],
    ["a testing flag that is text", makeVerdict({ testingDetails: { isTestingResponse: "false" } })],
    ["testing details that are a list", makeVerdict({ testingDetails: [] })],
  ])("%s", (_, payload) => {
    expect(verify(payload)).toMatchObject({ ok: false, reason: "play_payload_malformed", facts: null });
  });
});

test("gives the first reason in the documented order", () => {
  const all = makeVerdict({
    requestDetails: { requestPackageName: "other", nonce: "AAAA", timestampMillis: "0" },
    appIntegrity: unevaluated,
    deviceIntegrity: { deviceRecognitionVerdict: [] },
    testingDetails: {},
  });
  expect(verify(all)).toMatchObject({ ok: false, reason: "play_request_package_mismatch" });
  expect(failures(all)).toEqual([
    "play_request_package_mismatch",
    "play_nonce_mismatch",
    "play_token_too_old",
    "play_app_unevaluated",
    "play_device_unrecognized",
    "play_testing_response",
  ]);
});

test("tests every reason", () => {
  const tested = new Set([...soleObstacles.map(([, reason]) => reason), "play_payload_malformed"]);
  expect(tested).toEqual(new Set(playIntegrityRules.map((rule) => rule.reason)));
});

test("refuses every JSON value but a verdict, and throws for none", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (payload) => {
      expect(verify(payload).ok).toBe(false);
    }),
    { numRuns: 2000 },
  );
});

test("throws for no member of any type in any place", () => {
  const place = fc.constantFrom(
    "requestDetails",
    "appIntegrity",
    "deviceIntegrity",
    "environmentDetails",
    "testingDetails",
  );
  const name = fc.constantFrom(
    "nonce",
    "timestampMillis",
    "versionCode",
    "deviceRecall",
    "appAccessRiskVerdict",
    "__proto__",
  );
  fc.assert(
    fc.property(place, name, fc.jsonValue(), (section, member, value) => {
      const text = JSON.stringify({ ...makeVerdict(), [section]: { [member]: value } });
      expect(() => verify(JSON.parse(text), everything)).not.toThrow();
    }),
    { numRuns: 2000 },
  );
});
