import { encode } from "cborg";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toBase64 } from "../bytes.ts";
import * as android from "../made/android.suite.ts";
import * as apple from "../made/app-attest.suite.ts";
import { toPem } from "../made/certificate.suite.ts";
import { octets } from "../made/der-writer.suite.ts";
import {
  androidVectors,
  assertionVectors,
  attestationVectors,
  vectorText,
  withoutVectors,
} from "../made/vectors.suite.ts";
import { p256Spki } from "../x509/public-key.ts";
import { type ExplainOptions, type Explanation, explainEvidence } from "./explain.ts";
import { renderExplanation } from "./render.ts";

const none: ExplainOptions = {
  nowMs: android.nowMs,
  challenge: null,
  packageNames: null,
  signingDigests: null,
  verifiedBootKeys: [],
  revocation: null,
  enrolment: false,
};

function explain(text: string, options: Partial<ExplainOptions> = {}): Explanation {
  const result = explainEvidence(text, { ...none, ...options });
  if (!result.ok) throw new Error(result.message);
  return result.explanation;
}

function complaint(text: string, options: Partial<ExplainOptions> = {}): string {
  const result = explainEvidence(text, { ...none, ...options });
  return result.ok ? "" : result.message;
}

const pem = android.makeChain().map(toPem).join("");
const json = (fields: object) => JSON.stringify(fields);
const attestation = toBase64(apple.makeAttestation());
const assertion = toBase64(apple.makeAssertion());

test("answers in the documented shape and nothing else", () => {
  const explanation = explain(pem);
  expect(Object.keys(explanation)).toEqual(["kind", "verdict", "reason", "checks", "facts"]);
  expect(explanation).toMatchObject({ kind: "android-key-attestation", verdict: "refused", reason: "chain_untrusted" });
  for (const check of explanation.checks) expect(Object.keys(check)).toEqual(["name", "result", "expected", "found"]);
  expect(JSON.parse(JSON.stringify(explanation))).toEqual(explanation);
});

test("never takes made roots for a vendor's", () => {
  expect(explain(json({ attestation }))).toMatchObject({
    kind: "app-attest-attestation",
    verdict: "refused",
    reason: "chain_untrusted",
  });
});

test("reports what was not given as not evaluated", () => {
  const openOf = ({ checks }: Explanation) =>
    checks.filter(({ result }) => result === "not_evaluated").map(({ name }) => name);
  expect(openOf(explain(json({ attestation })))).toEqual(["nonce", "key_id", "app_id", "environment"]);
  expect(openOf(explain(json({ assertion })))).toEqual(["signature", "key_id", "app_id", "counter"]);
  expect(openOf(explain(pem))).toEqual(
    expect.arrayContaining(["challenge", "key_parameters", "package", "signing_digest", "revocation"]),
  );
});

test("judges an assertion with a key as SPKI or as its point, and with client data or its hash", () => {
  const { publicKey } = apple.assertionExpectations(new Uint8Array());
  const given = { assertion, appId: apple.appId, counter: 4 };
  const hash = toBase64(apple.clientDataHash);
  const data = Buffer.from("client data").toString("base64");
  expect(explain(json({ ...given, publicKey: toBase64(publicKey), clientDataHash: hash })).verdict).toBe("accepted");
  expect(explain(json({ ...given, publicKey: toBase64(p256Spki(publicKey)), clientData: data })).verdict).toBe(
    "accepted",
  );
  expect(explain(json({ ...given, counter: 5, publicKey: toBase64(publicKey), clientData: data })).reason).toBe(
    "counter_stale",
  );
  expect(explain(json({ ...given, publicKey: toBase64(publicKey) }))).toMatchObject({
    verdict: "refused",
    reason: "assertion_invalid",
  });
});

describe("answers with one line for", () => {
  test.each([
    ["nothing", "", /neither PEM nor JSON/],
    ["other text", "hello", /neither PEM nor JSON/],
    ["a file larger than 1 MiB", "x".repeat(1024 * 1024 + 1), /larger than 1 MiB/],
    ["a damaged PEM text", pem.slice(0, -30), /damaged/],
    ["JSON that is cut off", '{"attestation"', /not valid JSON/],
    ["neither attestation nor assertion", "{}", /either "attestation" or "assertion"/],
    ["attestation and assertion", json({ attestation, assertion }), /either/],
    ["base64url where base64 belongs", json({ attestation: "-_8=" }), /"attestation" must be standard base64/],
    ["hex where base64 belongs", json({ attestation, keyId: "abc" }), /"keyId" must be standard base64/],
    ["client data and its hash", json({ assertion, clientData: "AA==", clientDataHash: "AA==" }), /not both/],
    ["another environment", json({ attestation, environment: "sandbox" }), /"production" or "development"/],
    ["a counter that is text", json({ assertion, counter: "1" }), /whole number/],
    ["a negative counter", json({ assertion, counter: -1 }), /whole number/],
    ["an App ID that is a number", json({ attestation, appId: 1 }), /TEAMID/],
    ["a key that is neither", json({ assertion, publicKey: "AAAA" }), /SubjectPublicKeyInfo/],
    ["an attestation that is nothing", json({ attestation: null }), /base64/],
  ])("%s", (_, text, line) => {
    expect(complaint(text)).toMatch(line);
    expect(complaint(text)).not.toContain("\n");
  });

  test("Android expectations beside App Attest evidence, which would not be judged", () => {
    for (const given of [
      { challenge: new Uint8Array(1) },
      { packageNames: ["a"] },
      { signingDigests: ["a"] },
      { verifiedBootKeys: ["a"] },
    ]) {
      expect(complaint(json({ attestation }), given)).toMatch(/belong to a PEM chain/);
    }
  });
});

test("throws for no text at all", () => {
  const bytes = fc.uint8Array({ maxLength: 300 });
  const field = fc.constantFrom("attestation", "assertion", "publicKey", "keyId", "clientData", "counter", "__proto__");
  const object = fc.dictionary(field, fc.oneof(bytes.map(toBase64), fc.jsonValue()));
  const chain = fc.array(bytes.map(toPem), { maxLength: 7 }).map((blocks) => blocks.join(""));
  fc.assert(
    fc.property(fc.oneof(fc.string(), object.map(json), chain), (text) => {
      const result = explainEvidence(text, none);
      if (result.ok) renderExplanation(result.explanation);
    }),
    { numRuns: 1000 },
  );
});

describe("as text", () => {
  test("says verdict, meaning, remedy, every check and every fact", () => {
    const text = renderExplanation(explain(pem));
    expect(text).toContain("Android key attestation: refused, chain_untrusted");
    expect(text).toContain("What to do:");
    for (const name of ["structure", "chain_shape", "signing_digest"]) expect(text).toContain(`  ${name} `);
    expect(text).toContain("  attestationVersion: 400");
    expect(text).toContain("      deviceLocked: true");
  });

  test("lets no evidence write control characters to the terminal", () => {
    const hostile = "\u001b[2J\r\n\u202e\u0007";
    const hardware = { 710: octets(hostile), 717: octets(hostile) };
    const software = { 709: android.applicationId(hostile, android.signingDigest) };
    const chain = android.makeChain({ hardware, software, attestationName: { "2.5.4.5": hostile } });
    const trailing = encode({ apple_bundle_version_01: hostile });
    const texts = [
      chain.map(toPem).join(""),
      json({ attestation: toBase64(apple.makeAttestation({ trailing })), appId: hostile }),
    ];
    for (const text of texts) expect(renderExplanation(explain(text))).not.toMatch(/[^\P{C}\n]/u);
  });
});

describe.skipIf(withoutVectors)("genuine evidence (shared vectors)", () => {
  const attestationFile = (index: number, changes: object = {}) => {
    const vector = attestationVectors()[index];
    if (vector === undefined) throw new Error("no vector");
    const { attestation: bytes, keyId, appId, environment, clientDataHash, publicKey } = vector;
    const binary = { attestation: bytes, keyId, clientDataHash, publicKey };
    const fields = Object.fromEntries(Object.entries(binary).map(([name, value]) => [name, toBase64(value)]));
    return { text: json({ ...fields, appId, environment, ...changes }), vector };
  };

  test("accepts 12 of 12 attestations at their dates with every field given, and refuses them today", () => {
    for (let index = 0; index < 12; index += 1) {
      const { text, vector } = attestationFile(index);
      const accepted = explain(text, { nowMs: vector.nowMs });
      expect(accepted).toMatchObject({ verdict: "accepted", reason: null });
      expect(accepted.checks.every(({ result }) => result === "pass")).toBe(true);
      expect(accepted.facts).toMatchObject({
        appId: vector.appId,
        environment: vector.environment,
        counter: 0,
        keyId: toBase64(vector.keyId),
      });
      expect(explain(text, { nowMs: Date.parse("2026-11-22") }).reason).toBe("certificate_expired");
    }
  });

  test("refuses genuine development evidence where production is asked for", () => {
    const { text, vector } = attestationFile(0, { environment: "production" });
    expect(explain(text, { nowMs: vector.nowMs }).reason).toBe("environment_mismatch");
  });

  test("accepts 10 of 10 assertions", () => {
    for (const { assertion: bytes, publicKey, clientDataHash, appId, counter } of assertionVectors()) {
      const binary = {
        assertion: toBase64(bytes),
        publicKey: toBase64(publicKey),
        clientDataHash: toBase64(clientDataHash),
      };
      const { verdict, facts } = explain(json({ ...binary, appId, counter: counter - 1 }));
      expect(verdict).toBe("accepted");
      expect(facts).toMatchObject({ counter, appId });
    }
  });

  test("states Google's fields for all 21 chains, also for those it refuses", () => {
    for (const { name, nowMs, json: google } of androidVectors()) {
      const { facts } = explain(vectorText("android-keyattestation", "testdata", `${name}.pem`), { nowMs });
      expect(facts, `of ${name}`).toMatchObject(google);
    }
  });
});
