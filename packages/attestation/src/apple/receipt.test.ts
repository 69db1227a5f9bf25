import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { makeKey, pointOf } from "../../../asn1/src/made/certificate.suite.ts";
import { der, integer, none, octets, oid, sequence, set } from "../../../asn1/src/made/der-writer.suite.ts";
import { flip } from "../../../asn1/src/made/flip.suite.ts";
import { attestedKey } from "../made/app-attest.suite.ts";
import * as made from "../made/receipt.suite.ts";
import { type ReceiptExpectations, receiptRules, verifyAppAttestReceipt } from "./receipt.ts";

type Changes = Partial<ReceiptExpectations>;
const dayMs = 86_400_000;
const later = (ms: number) => new Date(made.nowMs + ms).toISOString();

function verify(receipt: Uint8Array, changes: Changes = {}) {
  return verifyAppAttestReceipt({ ...made.receiptExpectations(receipt), ...changes });
}

function failures(receipt: Uint8Array, changes: Changes = {}): readonly string[] {
  return verify(receipt, changes)
    .checks.filter(({ result }) => result === "fail")
    .map(({ reason }) => reason);
}

/** The structure that a refused receipt is refused for. */
function unread(receipt: Uint8Array): string | null {
  const result = verify(receipt);
  expect(result).toMatchObject({ ok: false, reason: "receipt_malformed", facts: null });
  return result.checks[0]?.found ?? null;
}

describe("accepts", () => {
  test("a receipt that came with its attestation, and says what it says", () => {
    const result = verify(made.makeReceipt());
    expect(result.ok).toBe(true);
    expect(result.facts).toEqual({
      appId: made.receiptExpectations(new Uint8Array()).appIds[0],
      publicKey: pointOf(attestedKey),
      clientDataHash: made.receiptExpectations(new Uint8Array()).clientDataHash,
      token: "token",
      type: "ATTEST",
      environment: "production",
      createdAtMs: made.nowMs,
      riskMetric: null,
      notBeforeMs: null,
      expiresAtMs: made.nowMs + 90 * dayMs,
    });
  });

  test("a renewed receipt with its risk metric and its earliest renewal", () => {
    const receipt = made.makeReceipt({ fields: { 6: "RECEIPT", 17: "3", 19: later(dayMs), 4: "spoilt" } });
    const result = verify(receipt, { fresh: false, clientDataHash: null, nowMs: made.nowMs + 30 * dayMs });
    expect(result.ok).toBe(true);
    expect(result.facts).toMatchObject({ type: "RECEIPT", riskMetric: 3, notBeforeMs: made.nowMs + dayMs });
  });

  test("a content in one piece, a chain without its root, digests without parameters", () => {
    const bare = sequence(oid("2.16.840.1.101.3.4.2.1"));
    for (const text of [
      { content: octets(made.makePayload()) },
      { certificates: (all: readonly Uint8Array[]) => all.slice(0, 2) },
      { parts: { digests: set(bare), digest: bare } },
    ]) {
      expect(failures(made.makeReceipt(text))).toEqual([]);
    }
  });

  test("signed attributes that name the content's digest, with further ones", () => {
    expect(verify(made.makeReceipt({ attributes: {} })).ok).toBe(true);
    const more = [made.attribute("1.2.840.113549.1.9.5", octets("when"))];
    expect(verify(made.makeReceipt({ attributes: { more } })).ok).toBe(true);
  });

  test("fields this release does not know, and times with fewer decimals", () => {
    for (const time of ["Z", ".0Z", ".00Z"]) {
      const fields = { 99: "later", 12: later(0).replace(".000Z", time) };
      expect(verify(made.makeReceipt({ fields })).facts?.createdAtMs).toBe(made.nowMs);
    }
    const tenth = made.makeReceipt({ fields: { 12: later(500).replace("500Z", "5Z") } });
    expect(verify(tenth).facts?.createdAtMs).toBe(made.nowMs + 500);
  });

  test("a receipt on the first and on the last moment of its five minutes, before and after", () => {
    for (const ms of [-300_000, 300_000]) expect(verify(made.makeReceipt({ fields: { 12: later(ms) } })).ok).toBe(true);
  });
});

const other = makeKey();
const soleObstacles: readonly (readonly [string, string, Uint8Array, Changes])[] = [
  ["four certificates", "chain_length", made.makeReceipt({ certificates: (all) => [...all, ...all.slice(2)] }), {}],
  ["one certificate", "chain_length", made.makeReceipt({ certificates: (all) => all.slice(0, 1) }), {}],
  ["a chain to another root", "chain_untrusted", made.makeReceipt(), { anchors: [] }],
  ["a signer that the authority did not sign", "chain_untrusted", made.makeReceipt({ certificateSigner: other }), {}],
  ["an authority that is none", "chain_untrusted", made.makeReceipt({ integrationIsNoAuthority: true }), {}],
  ["another of the authority's signers", "receipt_signer_unauthorized", made.makeReceipt({ signerExtensions: [] }), {}],
  ["a signer that is named and not there", "receipt_signer_unauthorized", made.makeReceipt({ signerSerial: 1 }), {}],
  [
    "a signer before its beginning",
    "certificate_not_yet_valid",
    made.makeReceipt({ dates: { notBeforeMs: made.nowMs + 1000 } }),
    {},
  ],
  ["a signer after its end", "certificate_expired", made.makeReceipt({ dates: { notAfterMs: made.nowMs - 1000 } }), {}],
  ["another key's signature", "receipt_signature_invalid", made.makeReceipt({ contentSigner: other }), {}],
  [
    "a signature over another payload",
    "receipt_signature_invalid",
    made.makeReceipt({ signedContent: made.makePayload({ 5: "other" }) }),
    {},
  ],
  [
    "signed attributes that name another digest",
    "receipt_signature_invalid",
    made.makeReceipt({ attributes: { digest: new Uint8Array(32) } }),
    {},
  ],
  ["another App ID", "app_id_mismatch", made.makeReceipt({ fields: { 2: "A1B2C3D4E5.com.example" } }), {}],
  ["no registered App ID", "app_id_mismatch", made.makeReceipt(), { appIds: [] }],
  ["another key's certificate", "public_key_mismatch", made.makeReceipt({ fields: { 3: made.leafOf(other) } }), {}],
  [
    "a certificate for a key on another curve",
    "public_key_mismatch",
    made.makeReceipt({ fields: { 3: made.leafOf(makeKey("P-384")) } }),
    {},
  ],
  ["another instance's key", "public_key_mismatch", made.makeReceipt(), { publicKey: pointOf(other) }],
  ["the other environment", "environment_mismatch", made.makeReceipt({ fields: { 7: "sandbox" } }), {}],
  ["other client data", "challenge_mismatch", made.makeReceipt({ fields: { 4: new Uint8Array(32) } }), {}],
  [
    "a renewed receipt in an attestation",
    "receipt_type_unexpected",
    made.makeReceipt({ fields: { 6: "RECEIPT" } }),
    {},
  ],
  ["a receipt older than five minutes", "receipt_not_fresh", made.makeReceipt({ fields: { 12: later(-300_001) } }), {}],
  ["a receipt from the future", "receipt_not_fresh", made.makeReceipt({ fields: { 12: later(300_001) } }), {}],
  ["a receipt at its expiration", "receipt_expired", made.makeReceipt({ fields: { 21: later(0) } }), {}],
];

test.each(soleObstacles)("refuses, for this reason and no other, %s: %s", (_, expected, receipt, changes) => {
  expect(verify(receipt, changes).ok).toBe(false);
  expect(failures(receipt, changes)).toEqual([expected]);
});

test("tests every reason", () => {
  const tested = new Set([...soleObstacles.map(([, expected]) => expected), "receipt_malformed"]);
  expect(tested).toEqual(new Set(receiptRules.map(({ reason }) => reason)));
});

const attributes = (more: readonly Uint8Array[]) => made.makeReceipt({ attributes: { more } });

describe("refuses what cannot be read, and names the structure:", () => {
  test.each([
    ["ContentInfo", new Uint8Array()],
    ["ContentInfo", sequence()],
    ["ContentInfo", made.makeReceipt().subarray(0, -1)],
    ["ContentInfo", new Uint8Array(Buffer.concat([made.makeReceipt(), Buffer.of(0)]))],
    ["ContentInfo", made.indefinite(0x30, oid("1.2.840.113549.1.7.1"), made.indefinite(0xa0, sequence()))],
    ["SignedData", made.makeReceipt({ parts: { version: integer(3) } })],
    ["SignedData", made.makeReceipt({ parts: { digests: set(sequence(oid("1.3.14.3.2.26"), none())) } })],
    ["SignedData", made.makeReceipt({ parts: { digests: set(made.sha256Algorithm, made.sha256Algorithm) } })],
    ["SignedData", made.makeReceipt({ after: [set()] })],
    ["EncapsulatedContentInfo", made.makeReceipt({ content: sequence() })],
    ["EncapsulatedContentInfo", made.makeReceipt({ content: made.indefinite(0x24, integer(1)) })],
    [
      "EncapsulatedContentInfo",
      made.makeReceipt({ content: made.indefinite(0x24, made.indefinite(0x24, octets("deep"))) }),
    ],
    ["SignerInfo", made.makeReceipt({ parts: { signerVersion: integer(3) } })],
    ["SignerInfo", made.makeReceipt({ parts: { digest: sequence(oid("1.3.14.3.2.26"), none()) } })],
    ["SignerInfo", made.makeReceipt({ parts: { algorithm: sequence(oid("1.2.840.10045.4.3.3")) } })],
    ["SignerInfo", made.makeReceipt({ unsigned: [der(0xa1, made.attribute("1.2.3", none()))] })],
    ["SignerInfo", made.makeReceipt({ attributes: { digest: null } })],
    ["SignerInfo", made.makeReceipt({ attributes: { type: "1.2.840.113549.1.7.2" } })],
    ["SignerInfo", attributes([made.attribute("1.2.840.113549.1.9.4", octets("again"))])],
    ["SignerInfo", attributes([made.attribute("1.2.3", none(), none())])],
    ["SignerInfo", attributes([made.attribute("1.2.3")])],
    ["SignerInfo", attributes([none()])],
    ["a certificate", made.makeReceipt({ certificates: (all) => [...all.slice(0, 2), sequence()] })],
    ["more than 16384 bytes", new Uint8Array(16 * 1024 + 1)],
    ["the payload", made.makeReceipt({ payload: sequence() })],
    ["the payload", made.makeReceipt({ payload: set(integer(1)) })],
    ["the payload", made.makeReceipt({ payload: set(made.field(2, "a"), made.field(2, "b")) })],
    ["the payload", made.makeReceipt({ payload: set(sequence(integer(2), integer(1))) })],
    ["field 2", made.makeReceipt({ fields: { 2: null } })],
    ["field 2", made.makeReceipt({ fields: { 2: Uint8Array.of(0xff) } })],
    ["field 3", made.makeReceipt({ fields: { 3: "no certificate" } })],
    ["field 4", made.makeReceipt({ fields: { 4: null } })],
    ["field 5", made.makeReceipt({ fields: { 5: null } })],
    ["field 6", made.makeReceipt({ fields: { 6: "attest" } })],
    ["field 7", made.makeReceipt({ fields: { 7: "constructor" } })],
    ["field 12", made.makeReceipt({ fields: { 12: "2026-02-30T00:00:00Z" } })],
    ["field 12", made.makeReceipt({ fields: { 12: "2026-02-03" } })],
    ["field 17", made.makeReceipt({ fields: { 17: "03" } })],
    ["field 17", made.makeReceipt({ fields: { 17: "-1" } })],
    ["field 19", made.makeReceipt({ fields: { 19: "soon" } })],
    ["field 21", made.makeReceipt({ fields: { 21: null } })],
  ])("%s (%#)", (structure, receipt) => {
    expect(unread(receipt)).toBe(`unreadable: ${structure}`);
  });

  test("CertificateSet", () => {
    const receipt = Buffer.from(made.makeReceipt());
    const at = receipt.indexOf(Buffer.from("a0803082", "hex"));
    receipt[at] = 0xa1;
    expect(unread(receipt)).toBe("unreadable: CertificateSet");
  });
});

test("never takes a signed payload for signed attributes, nor attributes for a payload", () => {
  // What is signed begins with the tag of a SET either way: a genuine signature over one must not be good for the other.
  const asAttributes = made.makeReceipt({ attributes: {}, signedContent: made.makePayload() });
  expect(failures(asAttributes)).toEqual(["receipt_signature_invalid"]);
  const signedAttributes = set(made.attribute("1.2.840.113549.1.9.3", oid("1.2.840.113549.1.7.1")));
  expect(unread(made.makeReceipt({ payload: signedAttributes }))).toBe("unreadable: the payload");
});

test("refuses any changed byte of a receipt", () => {
  for (const receipt of [made.makeReceipt(), made.makeReceipt({ attributes: {} })]) {
    for (let index = 0; index < receipt.length; index += 1) {
      expect(verify(flip(receipt, index)).ok, `byte ${index}`).toBe(false);
    }
  }
});

test("throws for no bytes at all, and for none that begin like a receipt", () => {
  const start = made.makeReceipt().subarray(0, 60);
  fc.assert(
    fc.property(fc.nat(60), fc.uint8Array({ maxLength: 200 }), (length, bytes) => {
      expect(verify(new Uint8Array(Buffer.concat([start.subarray(0, length), bytes]))).ok).toBe(false);
    }),
    { numRuns: 2000 },
  );
});
