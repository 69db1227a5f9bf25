import { certificateProblem, derProblem, parseDer } from "@countersign/asn1";
import { encode } from "cborg";
import { describe, expect, test } from "vitest";
import { der, explicit, integer, octets, sequence, set } from "../../asn1/src/made/der-writer.suite.ts";
import { verifyAndroidKeyAttestation } from "./android/attestation.ts";
import { keyDescriptionProblem, parseKeyDescription } from "./android/key-description.ts";
import { verifyAppAttestAssertion } from "./apple/assertion.ts";
import { verifyAppAttestAttestation } from "./apple/attestation.ts";
import { parseCbor } from "./cbor.ts";
import type { Verification } from "./findings.ts";
import {
  expectations as chainExpectations,
  keyDescriptionOid,
  makeChain,
  makeDescription,
} from "./made/android.suite.ts";
import {
  assertionExpectations,
  encodeAttestation,
  expectations,
  makeAssertion,
  makeAttestation,
  makeAuthenticatorData,
} from "./made/app-attest.suite.ts";

const hex = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex"));
const join = (...parts: readonly Uint8Array[]) => new Uint8Array(Buffer.concat(parts));

/** Reason and what was found by the first failed check. */
function refusal(verification: Verification<unknown>): readonly [string | null, string | null | undefined] {
  const failed = verification.checks.find(({ result }) => result === "fail");
  return [verification.ok ? null : verification.reason, failed?.found];
}

const genuine = makeAttestation();
const genuineChain = makeChain();
const [leaf = new Uint8Array()] = genuineChain;
const nested = (levels: number, unit: Uint8Array) => join(...Array.from({ length: levels }, () => unit), hex("00"));

describe("an App Attest attestation is refused as malformed, and the finding names what is wrong:", () => {
  const x5c = [leaf, leaf];
  const authData = makeAuthenticatorData();
  const receipt = Buffer.from("receipt");
  const fmt = "apple-appattest";
  const object = (changes: object) => encodeAttestation({ fmt, attStmt: { x5c, receipt }, authData, ...changes });

  test.each<[string, Uint8Array, string]>([
    ["truncated", genuine.slice(0, -1), "CBOR: contents cut off, of the item at byte"],
    ["empty", new Uint8Array(), "CBOR: cut off at byte 0"],
    ["with bytes after it", join(genuine, hex("00")), "CBOR: 1 bytes after the item"],
    ["oversized", join(genuine, new Uint8Array(40 * 1024)), "bytes, where 40960 are the most"],
    ["nested", nested(30_000, hex("81")), "CBOR: nested deeper than 8 levels at byte 8"],
    ["nested in a member", object({ authData: [[[[[[[[1]]]]]]]] }), "CBOR: nested deeper than 8 levels at byte"],
    ["with a repeated key", hex("a2 63666d74 61 61 63666d74 61 61"), "CBOR: a map key that stands twice at byte 7"],
    ["of indefinite length", join(hex("bf"), genuine.slice(1), hex("ff")), "CBOR: an indefinite length at byte 0"],
    ["with an indefinite string", hex("a1 61 61 5f 41 01 ff"), "CBOR: an indefinite length at byte 3"],
    [
      "with a length in more bytes than it needs",
      join(hex("b8 03"), genuine.slice(1)),
      "CBOR: a number or length that is not in its shortest form at byte 0",
    ],
    ["with more entries than bytes", hex("ba ff ff ff ff"), "CBOR: more entries than bytes, in the item at byte 0"],
    ["with more items than any", join(hex("99 07 00"), new Uint8Array(0x700)), "CBOR: more than 1024 items"],
    ["with a tag", join(hex("d9 d9 f7"), genuine), "CBOR: a tag at byte 0"],
    ["with a float", object({ authData: 1.5 }), "CBOR: a float or an unknown simple value at byte"],
    ["with text that is not UTF-8", hex("a1 61 ff 00"), "CBOR: text that is not UTF-8 at byte 1"],
    ["of another type", hex("80"), "no map of fmt apple-appattest, attStmt and authData alone"],
    ["with a further member", object({ more: 1 }), "no map of fmt apple-appattest, attStmt and authData alone"],
    ["with a statement of another type", object({ attStmt: [] }), "attStmt is no map of x5c and receipt alone"],
    [
      "with certificates of another type",
      object({ attStmt: { x5c: ["a"], receipt } }),
      "x5c is no array of byte strings",
    ],
    ["with a receipt of another type", object({ attStmt: { x5c, receipt: "a" } }), "receipt is no byte string"],
    ["with data of another type", object({ authData: "a" }), "authData is no byte string"],
    ["with data cut off", object({ authData: authData.slice(0, 100) }), "authData: 100 bytes, where 164 are the least"],
    [
      "with another COSE key",
      object({ authData: authData.with(90, 9) }),
      "authData: the COSE key is not EC2, ES256, P-256 in its one form",
    ],
    [
      "with a credential id of another length",
      object({ authData: authData.with(54, 31) }),
      "authData: the credential id has not 32 bytes",
    ],
    [
      "with bytes after the COSE key",
      object({ authData: join(authData, hex("00")) }),
      "authData: what follows is no map with text keys",
    ],
    [
      "with a repeated key after the COSE key",
      object({ authData: join(authData, hex("a2 61 61 00 61 61 00")) }),
      "authData, the map after it: a map key that stands twice at byte 4",
    ],
    [
      "with two maps after the COSE key",
      object({ authData: join(authData, hex("a0 a0")) }),
      "authData, the map after it: 1 bytes after the item",
    ],
    [
      "with a category of another type",
      object({ authData: join(authData, encode({ apple_validation_category_01: 4 })) }),
      "authData: apple_validation_category_01 is no string of 4 bytes",
    ],
    [
      "with a certificate that is none",
      object({ attStmt: { x5c: [leaf, hex("30 00")], receipt } }),
      "certificate 1: no SEQUENCE of tbsCertificate",
    ],
    [
      "with a certificate of indefinite length",
      object({ attStmt: { x5c: [hex("30 80 00 00"), leaf], receipt } }),
      "certificate 0: SEQUENCE of indefinite length at byte 0",
    ],
  ])("%s", (_, attestation, found) => {
    expect(refusal(verifyAppAttestAttestation(expectations(attestation)))).toEqual([
      "evidence_malformed",
      expect.stringContaining(found),
    ]);
  });
});

describe("an App Attest assertion is refused as malformed, and the finding names what is wrong:", () => {
  const assertion = makeAssertion();
  test.each<[string, Uint8Array, string]>([
    ["truncated", assertion.slice(0, -1), "CBOR: contents cut off"],
    ["oversized", join(assertion, new Uint8Array(4096)), "bytes, where 4096 are the most"],
    ["nested", nested(4000, hex("81")), "CBOR: nested deeper than 8 levels"],
    ["of indefinite length", join(hex("bf"), assertion.slice(1), hex("ff")), "CBOR: an indefinite length at byte 0"],
    ["with a repeated key", hex("a2 61 61 00 61 61 00"), "CBOR: a map key that stands twice"],
    ["with a length in more bytes than it needs", join(hex("b8 02"), assertion.slice(1)), "shortest form at byte 0"],
    ["of other members", encode({ signature: hex("00") }), "no map of signature and authenticatorData alone"],
    [
      "with a signature of another type",
      encode({ signature: "a", authenticatorData: hex("00") }),
      "signature is no byte string",
    ],
    [
      "with data of another type",
      encode({ signature: hex("00"), authenticatorData: 1 }),
      "authenticatorData is no byte string",
    ],
    [
      "with data cut off",
      encode({ signature: hex("00"), authenticatorData: new Uint8Array(36) }),
      "authData: 36 bytes, where 37 are the least",
    ],
    [
      "with bytes after the header",
      makeAssertion({ trailing: hex("01") }),
      "authData: what follows is no map with text keys",
    ],
  ])("%s", (_, bytes, found) => {
    expect(refusal(verifyAppAttestAssertion(assertionExpectations(bytes)))).toEqual([
      "evidence_malformed",
      expect.stringContaining(found),
    ]);
  });
});

describe("an Android certificate is refused as malformed, and the finding names what is wrong:", () => {
  const inner = parseDer(leaf)?.value ?? new Uint8Array();
  const twice = makeChain({
    attestationExtensions: [
      ["1.2.3.4", hex("00")],
      ["1.2.3.4", hex("01")],
    ],
  });

  test.each<[string, readonly Uint8Array[], string]>([
    ["truncated", [leaf.slice(0, -1)], "certificate 0: SEQUENCE at byte 0 is cut off: it ends beyond the input"],
    ["empty", [new Uint8Array()], "certificate 0: no bytes"],
    ["with bytes after it", [join(leaf, hex("05 00"))], "certificate 0: 2 bytes after the element"],
    ["oversized", [join(leaf, new Uint8Array(8192))], `certificate 0: ${leaf.length + 8192} bytes`],
    ["nested", [nested(2000, hex("30 80"))], "certificate 0: SEQUENCE of indefinite length at byte 0"],
    [
      "of indefinite length",
      [join(hex("30 80"), inner, hex("00 00"))],
      "certificate 0: SEQUENCE of indefinite length at byte 0",
    ],
    [
      "with a length in more bytes than it needs",
      [join(hex("30 83 00"), leaf.slice(2))],
      "with a length that is not in its shortest form at byte 0",
    ],
    [
      "with a length of four bytes",
      [join(hex("30 84 00 00"), leaf.slice(2))],
      "with a length of more than three bytes at byte 0",
    ],
    [
      "with an inner element cut off",
      [sequence(hex("30 05 02 01"))],
      "is cut off: it ends beyond the SEQUENCE at byte 0",
    ],
    [
      "of another type",
      [set(integer(1))],
      "certificate 0: no SEQUENCE of tbsCertificate, signatureAlgorithm and signature",
    ],
    ["with a repeated extension", [leaf, ...twice.slice(1)], "certificate 1: extension 1.2.3.4 stands twice"],
    [
      "with a signature of another type",
      [sequence(sequence(), sequence(), octets("a"))],
      "certificate 0: the signature is no BIT STRING",
    ],
  ])("%s", (_, chain, found) => {
    const padded = [...chain, ...genuineChain].slice(0, Math.max(4, chain.length));
    expect(refusal(verifyAndroidKeyAttestation(chainExpectations(padded)))).toEqual([
      "evidence_malformed",
      expect.stringContaining(found),
    ]);
  });
});

describe("a key description is refused as malformed, and the finding names what is wrong:", () => {
  const whole = makeDescription();
  const inner = parseDer(whole)?.value ?? new Uint8Array();
  const list = (...entries: readonly Uint8Array[]) =>
    sequence(
      integer(400),
      der(0x0a, hex("01")),
      integer(400),
      der(0x0a, hex("01")),
      octets(""),
      octets(""),
      sequence(),
      sequence(...entries),
    );

  test.each<[string, Uint8Array, string]>([
    ["truncated", whole.slice(0, -1), "SEQUENCE at byte 0 is cut off"],
    ["with bytes after it", join(whole, hex("00")), "1 bytes after the element"],
    ["of indefinite length", join(hex("30 80"), inner, hex("00 00")), "SEQUENCE of indefinite length at byte 0"],
    ["of fewer fields", sequence(integer(400)), "a SEQUENCE of 1 fields, not 8"],
    ["of another type", octets("a"), "no SEQUENCE"],
    [
      "with a version of another type",
      sequence(octets("a"), ...Array.from({ length: 7 }, () => integer(1))),
      "attestationVersion is no INTEGER",
    ],
    [
      "with a tag twice",
      list(explicit(705, integer(1)), explicit(705, integer(1))),
      "hardwareEnforced has tag 705 twice",
    ],
    [
      "with a tag of another type",
      list(explicit(705, octets("a"))),
      "hardwareEnforced has tag 705 (osVersion) of another type",
    ],
    [
      "with an empty tag",
      list(der(0xa1)),
      "hardwareEnforced has an entry that is no EXPLICIT context tag around one element, of number 1",
    ],
    [
      "with an integer in more bytes than it needs",
      list(explicit(705, hex("02 02 00 01"))),
      "hardwareEnforced has tag 705 (osVersion) of another type",
    ],
    ["nested", list(explicit(704, nestedSequences(300))), "nested deeper than 64 levels"],
  ])("%s", (_, description, found) => {
    expect(parseKeyDescription(description)).toBeNull();
    expect(keyDescriptionProblem(description)).toContain(found);
    const chain = makeChain({ description });
    expect(refusal(verifyAndroidKeyAttestation(chainExpectations(chain)))).toEqual([
      "key_description_malformed",
      expect.stringContaining(found),
    ]);
  });

  test("where it is whole, no problem is named", () => {
    expect(keyDescriptionProblem(whole)).toBeNull();
    expect(certificateProblem(leaf)).toBeNull();
    expect(derProblem(leaf)).toBeNull();
    expect(keyDescriptionOid).toBe("1.3.6.1.4.1.11129.2.1.17");
  });
});

function nestedSequences(levels: number): Uint8Array {
  let bytes = sequence();
  for (let level = 0; level < levels; level += 1) bytes = sequence(bytes);
  return bytes;
}

test("a problem is named exactly where the reader refuses an encoding", () => {
  for (const index of leaf.keys()) {
    for (const value of [0x00, 0x1f, 0x30, 0x7f, 0x80, 0x84, 0xff]) {
      const changed = leaf.with(index, value);
      if (parseDer(changed) === null) expect(derProblem(changed), `byte ${index}`).not.toBeNull();
      if (derProblem(changed) === null) expect(parseDer(changed), `byte ${index}`).not.toBeNull();
    }
  }
  for (const length of leaf.keys()) {
    expect(derProblem(leaf.slice(0, length))).not.toBeNull();
    const parsed = parseCbor(genuine.slice(0, length));
    expect(parsed.ok).toBe(false);
  }
});
