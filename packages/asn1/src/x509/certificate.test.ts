import { X509Certificate } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { makeChain, makeDescription } from "../../../attestation/src/made/android.suite.ts";
import { androidVectors, withoutVectors } from "../../../attestation/src/made/vectors.suite.ts";
import {
  commonName,
  makeCertificate,
  makeKey,
  makeRsaKey,
  spkiOf,
  toPem,
  year2026Ms,
} from "../made/certificate.suite.ts";
import { bits, boolean, explicit, integer, octets, oid, sequence, set, time, utf8 } from "../made/der-writer.suite.ts";
import { flip } from "../made/flip.suite.ts";
import { isCertificateAuthority, isSelfIssued, isSignedBy, parseCertificate } from "./certificate.ts";
import { nameText } from "./name.ts";

const key = makeKey();
const name = commonName("Made");
const text = { subject: name, issuer: name, key: spkiOf(key), signer: key, serial: 0xabcdn };
const genuine = makeCertificate(text);

test("reads what the certificate says", () => {
  const certificate = parseCertificate(genuine);
  expect(certificate).toMatchObject({
    serial: "abcd",
    notBeforeMs: year2026Ms,
    subject: [{ type: "2.5.4.3", value: "Made" }],
  });
  expect(certificate?.spki).toEqual(spkiOf(key));
  expect(certificate && [isSelfIssued(certificate), isCertificateAuthority(certificate)]).toEqual([true, false]);
  const authority = parseCertificate(makeCertificate({ ...text, isCertificateAuthority: true }));
  expect(authority && isCertificateAuthority(authority)).toBe(true);
});

test("verifies elliptic and RSA signatures, and never with a key of the other type", () => {
  const rsa = makeRsaKey();
  const byRsa = parseCertificate(makeCertificate({ ...text, signer: rsa }));
  const byEc = parseCertificate(genuine);
  expect(byRsa && isSignedBy(byRsa, rsa.publicKey)).toBe(true);
  expect(byEc && isSignedBy(byEc, key.publicKey)).toBe(true);
  expect(byRsa && isSignedBy(byRsa, key.publicKey)).toBe(false);
  expect(byEc && isSignedBy(byEc, rsa.publicKey)).toBe(false);
});

test("reads the certificate itself, never another one hidden inside it as PEM", () => {
  const [leaf = genuine] = makeChain();
  const inner = Buffer.from(toPem(leaf));
  const outer = makeCertificate({ ...text, extensions: [["1.2.3", Buffer.concat([Buffer.from("\n"), inner])]] });
  const parsed = parseCertificate(outer);
  expect(parsed && nameText(parsed.subject)).toBe("CN=Made");
  expect(parsed && isSignedBy(parsed, key.publicKey)).toBe(true);
  // What makes it worth a test: Node's own reader takes the inner one.
  expect(new X509Certificate(outer).subject).toContain("Android Keystore Key");
});

describe("refuses", () => {
  const algorithm = sequence(oid("1.2.840.10045.4.3.2"));
  const other = sequence(oid("1.2.840.10045.4.3.3"));
  const dates = sequence(time(0), time(0));
  const fields = [explicit(0, integer(2)), integer(1), algorithm, sequence(), dates, sequence(), spkiOf(key)];
  const extension = (id: string) => sequence(oid(id), octets(""));
  const wrap = (...tbs: readonly Uint8Array[]) => sequence(sequence(...tbs), algorithm, bits(Uint8Array.of(1)));

  const withExtension = (...parts: readonly Uint8Array[]) => wrap(...fields, explicit(3, sequence(sequence(...parts))));
  const namedBy = (...parts: readonly Uint8Array[]) => sequence(set(sequence(...parts)));

  test("but not the certificate that these are changes of", () => {
    expect(parseCertificate(wrap(...fields))).not.toBeNull();
    expect(parseCertificate(withExtension(oid("1.2.3"), boolean(true), octets("")))?.extensions.has("1.2.3")).toBe(
      true,
    );
    expect(parseCertificate(wrap(...fields.with(3, namedBy(oid("2.5.4.3"), utf8("a")))))).not.toBeNull();
  });

  test.each([
    ["nothing", new Uint8Array()],
    ["a PEM text", Buffer.from(toPem(genuine))],
    ["bytes after the certificate", Buffer.concat([genuine, Buffer.of(0)])],
    ["four outer fields", sequence(sequence(...fields), algorithm, bits(Uint8Array.of(1)), integer(1))],
    ["two different algorithms", sequence(sequence(...fields), other, bits(Uint8Array.of(1)))],
    ["a signature with unused bits", sequence(sequence(...fields), algorithm, Uint8Array.of(3, 2, 1, 2))],
    ["one date", wrap(...fields.with(4, sequence(time(0))))],
    ["a date that is none", wrap(...fields.with(4, sequence(integer(1), time(0))))],
    ["a name that is no sequence", wrap(...fields.with(5, octets("")))],
    ["a serial that is text", wrap(...fields.with(1, octets("")))],
    ["too few fields", wrap(...fields.slice(0, 5))],
    ["an extension that stands twice", wrap(...fields, explicit(3, sequence(extension("1.2.3"), extension("1.2.3"))))],
    ["an extension without a value", wrap(...fields, explicit(3, sequence(sequence(oid("1.2.3")))))],
    ["an extension whose name is a number", withExtension(integer(1), octets(""))],
    ["an extension whose value is a number", withExtension(oid("1.2.3"), integer(1))],
    ["an extension whose criticality is a number", withExtension(oid("1.2.3"), integer(1), octets(""))],
    ["an extension of four parts", withExtension(oid("1.2.3"), boolean(true), octets(""), octets(""))],
    ["extensions that are no sequence", wrap(...fields, explicit(3, octets("")))],
    ["a field of another class after the key", wrap(...fields, octets(""))],
    ["a name attribute of three parts", wrap(...fields.with(3, namedBy(oid("2.5.4.3"), utf8("a"), utf8("b"))))],
    ["a name attribute without a type", wrap(...fields.with(3, namedBy(utf8("a"), utf8("b"))))],
    ["a name attribute whose value is constructed", wrap(...fields.with(5, namedBy(oid("2.5.4.3"), sequence())))],
    ["a name with an empty set", wrap(...fields.with(5, sequence(set())))],
    [
      "an algorithm without a name",
      sequence(sequence(...fields.with(2, sequence(integer(1)))), sequence(integer(1)), bits(Uint8Array.of(1))),
    ],
    ["a field beyond the extensions", wrap(...fields, explicit(4, sequence()))],
  ])("%s", (_, bytes) => {
    expect(parseCertificate(new Uint8Array(bytes))).toBeNull();
  });

  test("every certificate that is cut off", () => {
    for (let length = 0; length < genuine.length; length += 1)
      expect(parseCertificate(genuine.slice(0, length))).toBeNull();
  });
});

test("throws for no bytes at all, nor for a certificate with any byte changed", () => {
  const certificate = makeCertificate({ ...text, extensions: [["1.3.6.1.4.1.11129.2.1.17", makeDescription()]] });
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void parseCertificate(bytes)));
  for (let index = 0; index < certificate.length; index += 1) {
    for (let bit = 0; bit < 8; bit += 1) {
      const parsed = parseCertificate(flip(certificate, index, bit));
      expect(parsed !== null && isSignedBy(parsed, key.publicKey)).toBe(false);
    }
  }
});

describe.skipIf(withoutVectors)("real certificates (shared vectors)", () => {
  test("reads every certificate of Google's 21 chains as Node's own reader does", () => {
    for (const der of androidVectors().flatMap(({ chain }) => chain)) {
      const ours = parseCertificate(der);
      const theirs = new X509Certificate(der);
      expect(ours?.serial).toBe(BigInt(`0x${theirs.serialNumber}`).toString(16));
      expect(ours?.notBeforeMs).toBe(theirs.validFromDate.getTime());
      expect(ours?.notAfterMs).toBe(theirs.validToDate.getTime());
    }
  });
});
