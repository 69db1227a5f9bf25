import { p256Spki, toBase64 } from "@countersign/asn1";
import { reasons } from "@countersign/protocol";
import { encode } from "cborg";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toPem } from "../../../asn1/src/made/certificate.suite.ts";
import { octets } from "../../../asn1/src/made/der-writer.suite.ts";
import * as android from "../made/android.suite.ts";
import * as apple from "../made/app-attest.suite.ts";
import * as play from "../made/play-integrity.suite.ts";
import { makeReceipt } from "../made/receipt.suite.ts";
import {
  androidVectors,
  assertionVectors,
  attestationVectors,
  receiptVectors,
  vectorText,
  withoutVectors,
} from "../made/vectors.suite.ts";
import {
  type ExplainOptions,
  type Explanation,
  explainEvidence,
  explainPlayToken,
  toExplanationJson,
} from "./explain.ts";
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

function explain(text: string | Uint8Array, options: Partial<ExplainOptions> = {}): Explanation {
  const result = explainEvidence(text, { ...none, ...options });
  if (!result.ok) throw new Error(result.message);
  return result.explanation;
}

function complaint(text: string | Uint8Array, options: Partial<ExplainOptions> = {}): string {
  const result = explainEvidence(text, { ...none, ...options });
  return result.ok ? "" : result.message;
}

const pem = android.makeChain().map(toPem).join("");
const json = (fields: object) => JSON.stringify(fields);
const attestation = toBase64(apple.makeAttestation());
const assertion = toBase64(apple.makeAssertion());
const receipt = toBase64(makeReceipt());
const der = android.makeChain().map(toBase64);

test("answers in the documented shape and nothing else", () => {
  const explanation = explain(pem);
  expect(Object.keys(explanation)).toEqual(["kind", "verdict", "reason", "checks", "facts"]);
  expect(explanation).toMatchObject({ kind: "android-key-attestation", verdict: "refused", reason: "chain_untrusted" });
  const shown = toExplanationJson(explanation) as Explanation;
  expect(Object.keys(shown)).toEqual(["kind", "verdict", "reason", "checks", "facts"]);
  for (const check of shown.checks) expect(Object.keys(check)).toEqual(["name", "result", "expected", "found"]);
  expect(JSON.parse(JSON.stringify(shown))).toEqual(shown);
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
    ["a JSON object without evidence", "{}", /exactly one of "attestation", "assertion" and "receipt"/],
    ["attestation and assertion", json({ attestation, assertion }), /exactly one/],
    ["attestation and receipt", json({ attestation, receipt }), /exactly one/],
    ["a verdict that names a member twice", '{"requestDetails":{},"requestDetails":{}}', /twice/],
    ["base64 of something else", toBase64(new Uint8Array(40).fill(0xff)), /no evidence that is known/],
    ["base64 of base64", toBase64(Buffer.from(attestation)), /no evidence that is known/],
    ["base64 of a chain with something else in it", `${der.join(",")},AAAA`, /certificates of one chain/],
    ["more certificates than any chain has", Array(17).fill(der[0]).join(","), /certificates of one chain/],
    ["a token without its keys", "aa.bb.cc.dd.ee", /opens with its keys/],
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
  const field = fc.constantFrom(
    "attestation",
    "assertion",
    "receipt",
    "requestDetails",
    "publicKey",
    "keyId",
    "clientData",
    "counter",
    "__proto__",
  );
  const object = fc.dictionary(field, fc.oneof(bytes.map(toBase64), fc.jsonValue()));
  const chain = fc.array(bytes.map(toPem), { maxLength: 7 }).map((blocks) => blocks.join(""));
  fc.assert(
    fc.property(fc.oneof(fc.string(), object.map(json), chain, bytes, bytes.map(toBase64)), (text) => {
      const result = explainEvidence(text, none);
      if (result.ok) renderExplanation(result.explanation);
    }),
    { numRuns: 1000 },
  );
});

describe("reads evidence in every form that it comes in:", () => {
  const wrapped = attestation.replaceAll(/(.{76})/g, "$1\n");
  test.each<[string, string | Uint8Array, Explanation["kind"]]>([
    ["a PEM chain", pem, "android-key-attestation"],
    ["base64 of a PEM chain", toBase64(Buffer.from(pem)), "android-key-attestation"],
    ["certificates in base64, joined by commas", der.join(","), "android-key-attestation"],
    ["an attestation's JSON", json({ attestation }), "app-attest-attestation"],
    ["bytes of a JSON text", Buffer.from(json({ attestation })), "app-attest-attestation"],
    ["base64 of a JSON text", toBase64(Buffer.from(json({ attestation }))), "app-attest-attestation"],
    ["an attestation in base64", attestation, "app-attest-attestation"],
    ["an attestation in base64 with line breaks", wrapped, "app-attest-attestation"],
    ["an attestation's bytes", apple.makeAttestation(), "app-attest-attestation"],
    ["an assertion in base64", assertion, "app-attest-assertion"],
    ["a receipt's JSON", json({ receipt }), "app-attest-receipt"],
    ["a receipt in base64", receipt, "app-attest-receipt"],
    ["a receipt's bytes", makeReceipt(), "app-attest-receipt"],
    ["a decoded verdict", json(play.makeVerdict()), "play-integrity-verdict"],
    ["a decoded verdict in Google's answer", json({ tokenPayloadExternal: {} }), "play-integrity-verdict"],
  ])("%s", (_, input, kind) => {
    const explanation = explain(input);
    expect(explanation.kind).toBe(kind);
    const [structure] = explanation.checks;
    expect(structure?.result).toBe(input === json({ tokenPayloadExternal: {} }) ? "fail" : "pass");
  });
});

describe("an App Attest receipt", () => {
  test("is held against the vendor's anchor, and against what was given alone", () => {
    const open = ({ checks }: Explanation) =>
      checks.filter(({ result }) => result === "not_evaluated").map(({ name }) => name);
    const bare = explain(receipt);
    expect(bare.reason).toBe("chain_untrusted");
    expect(open(bare)).toEqual([
      "receipt_app_id",
      "receipt_public_key",
      "receipt_environment",
      "receipt_client_data",
      "receipt_type",
      "receipt_created",
    ]);
    const { publicKey } = apple.assertionExpectations(new Uint8Array());
    const given = { receipt, appId: apple.appId, environment: "production", publicKey: toBase64(publicKey) };
    const full = json({ ...given, clientDataHash: toBase64(apple.clientDataHash) });
    expect(open(explain(full, { enrolment: true }))).toEqual([]);
    expect(open(explain(full))).toEqual(["receipt_type", "receipt_created"]);
  });
});

describe("a Play Integrity verdict", () => {
  const now = { nowMs: play.nowMs };
  const given = {
    ...now,
    challenge: play.nonce,
    packageNames: [play.packageName],
    signingDigests: [play.signingDigest],
    deviceLabels: ["MEETS_DEVICE_INTEGRITY"],
  } as const;

  test("is accepted with everything given, and with nothing given but the time", () => {
    const all = explain(json(play.makeVerdict()), given);
    expect(all).toMatchObject({ verdict: "accepted", reason: null, facts: { versionCode: "42" } });
    const none = explain(json(play.makeVerdict()), now);
    expect(none.verdict).toBe("accepted");
    const open = none.checks.filter(({ result }) => result === "not_evaluated").map(({ name }) => name);
    expect(open).toEqual(
      expect.arrayContaining(["request_package", "binding", "app_package", "app_signing_digest", "device_labels"]),
    );
  });

  test("is refused by each expectation that it does not meet", () => {
    const text = json(play.makeVerdict());
    const reasonOf = (options: Partial<ExplainOptions>) => explain(text, { ...given, ...options }).reason;
    expect(reasonOf({ challenge: new Uint8Array(32) })).toBe("play_nonce_mismatch");
    expect(reasonOf({ challenge: null, requestHash: "other" })).toBe("play_nonce_mismatch");
    expect(reasonOf({ packageNames: ["com.example.other"] })).toBe("play_request_package_mismatch");
    expect(reasonOf({ packageNames: ["com.example.other", play.packageName] })).toBeNull();
    expect(reasonOf({ signingDigests: ["00".repeat(32)] })).toBe("play_signing_digest_mismatch");
    expect(reasonOf({ deviceLabels: ["MEETS_VIRTUAL_INTEGRITY"] })).toBe("play_device_unrecognized");
    expect(reasonOf({ nowMs: play.nowMs + 3_600_000 })).toBe("play_token_too_old");
  });

  test("that is empty, or that Play did not judge, is refused though nothing was given", () => {
    expect(explain(json({ requestDetails: {} }), now).reason).toBe("play_payload_malformed");
    const unevaluated = play.makeVerdict({ appIntegrity: { appRecognitionVerdict: "UNEVALUATED" } });
    expect(explain(json(unevaluated), now).reason).toBe("play_app_unevaluated");
  });

  test("in a classic token is opened with its keys, and both rule lists are reported", async () => {
    const tell = async (token: string) => {
      const result = await explainPlayToken(token, play.playKeys(), { ...none, ...given });
      if (!result.ok) throw new Error(result.message);
      return result.explanation;
    };
    const accepted = await tell(`${await play.makeToken()}\n`);
    expect(accepted).toMatchObject({ kind: "play-integrity-token", verdict: "accepted", reason: null });
    const altered = await tell((await play.makeToken()).replace(/.{4}$/, "AAAA"));
    expect(altered).toMatchObject({ verdict: "refused", reason: "play_token_undecryptable", facts: {} });
    expect(altered.checks.map(({ name }) => name)).toEqual(accepted.checks.map(({ name }) => name));
    expect((await tell("hello")).reason).toBe("play_token_malformed");
  });

  test("takes no expectation that belongs to another kind", () => {
    const text = json(play.makeVerdict());
    expect(complaint(text, { verifiedBootKeys: ["a"] })).toMatch(/boot keys belong to a certificate chain/);
    expect(complaint(pem, { requestHash: "a" })).toMatch(/belong to Play Integrity/);
    expect(complaint(receipt, { deviceLabels: ["MEETS_BASIC_INTEGRITY"] })).toMatch(/JSON fields/);
  });
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

  test("says of every failed check what it means and what to do, in the words of the reasons table", () => {
    const text = renderExplanation(explain(json({ attestation, environment: "development" })));
    for (const reason of ["chain_untrusted", "environment_mismatch"] as const) {
      expect(text).toContain(`failed: ${reason}\n`);
      expect(text).toContain(`    means       ${reasons[reason].meaning}\n`);
      expect(text).toContain(`    what to do  ${reasons[reason].action}\n`);
    }
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

  test("accepts every genuine receipt at its date, as JSON and in bare base64", () => {
    const vectors = receiptVectors();
    expect(vectors.length).toBeGreaterThan(0);
    for (const { receipt: bytes, appId, publicKey, nowMs, properties } of vectors) {
      const text = json({ receipt: toBase64(bytes), appId, publicKey: toBase64(publicKey) });
      const { verdict, facts } = explain(text, { nowMs });
      expect(verdict).toBe("accepted");
      expect(facts).toMatchObject({ appId, type: properties.type, token: properties.token });
      expect(explain(toBase64(bytes), { nowMs }).verdict).toBe("accepted");
      expect(explain(json({ receipt: toBase64(bytes), appId: "OTHER00000.app" }), { nowMs }).reason).toBe(
        "app_id_mismatch",
      );
    }
  });

  test("states Google's fields for all 21 chains, also for those it refuses", () => {
    for (const { name, nowMs, json: google } of androidVectors()) {
      const { facts } = explain(vectorText("android-keyattestation", "testdata", `${name}.pem`), { nowMs });
      expect(facts, `of ${name}`).toMatchObject(google);
    }
  });
});
