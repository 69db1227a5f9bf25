import { X509Certificate } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseCertificate } from "@countersign/asn1";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { requireAll, vectorsFolder } from "../../../../testing/vectors.ts";
import {
  commonName,
  makeCertificate,
  makeKey,
  makeRsaKey,
  nameDer,
  spkiOf,
} from "../../../asn1/src/made/certificate.suite.ts";
import * as der from "../../../asn1/src/made/der-writer.suite.ts";
import { flip } from "../../../asn1/src/made/flip.suite.ts";
import { parseRawCertificate } from "./raw-certificate.ts";
import { extension, writeCertificate } from "./write-certificate.suite.ts";

const key = makeKey();
const spki = spkiOf(key);
const plain = writeCertificate({ spki });
const hex = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString("hex");

/** A SEQUENCE with a length of four bytes, three of them redundant. */
const longSequence = (...items: readonly Uint8Array[]) => {
  const value = Buffer.concat(items);
  const head = Buffer.of(0x30, 0x84, 0, 0, 0, 0);
  head.writeUInt32BE(value.length, 2);
  return new Uint8Array(Buffer.concat([head, value]));
};
/** A SEQUENCE of indefinite length. */
const openSequence = (...items: readonly Uint8Array[]) =>
  new Uint8Array(Buffer.concat([Buffer.of(0x30, 0x80), ...items, Buffer.of(0, 0)]));

describe("a signing certificate is read", () => {
  test("with what Android asks of it, and its bytes as they stand", () => {
    const issuer = nameDer({ "2.5.4.3": "A", "2.5.4.10": "B" });
    const bytes = writeCertificate({
      spki,
      issuer,
      serial: der.integer(0xfe),
      extensions: [extension("1.2.3", der.none(), true)],
    });
    const read = parseRawCertificate(bytes);
    expect(read).toMatchObject({
      bytes,
      serial: 0xfen,
      subject: "CN=A, O=B",
      spki,
      issuerDer: issuer,
      subjectDer: issuer,
    });
    expect(read?.extensions).toEqual([{ oid: "1.2.3", critical: true, value: new Uint8Array(der.none()) }]);
  });

  test("as Node reads it where both can", () => {
    const text = { subject: commonName("s"), issuer: commonName("i"), key: spki, signer: key, serial: 0x1234 };
    const bytes = makeCertificate(text);
    const known = new X509Certificate(bytes);
    expect([parseRawCertificate(bytes)?.serial.toString(16), hex(parseRawCertificate(bytes)?.spki)]).toEqual([
      known.serialNumber.toLowerCase(),
      known.publicKey.export({ format: "der", type: "spki" }).toString("hex"),
    ]);
  });

  test.each([
    ["of redundant bytes", longSequence],
    ["of no number", openSequence],
  ])("with lengths %s, its names and key in DER", (_how, sequence) => {
    const bytes = writeCertificate(
      { spki: sequence(Buffer.from(spki).subarray(2)), issuer: sequence(nameDer(commonName("x")).slice(2)) },
      sequence,
    );
    const read = parseRawCertificate(bytes);
    expect(parseCertificate(bytes)).toBeNull();
    expect([read?.bytes, hex(read?.spki), hex(read?.issuerDer)]).toEqual([
      bytes,
      hex(spki),
      hex(nameDer(commonName("x"))),
    ]);
  });

  test("with serial numbers that are negative, or longer than they need be", () => {
    const serialOf = (...bytes: readonly number[]) =>
      parseRawCertificate(writeCertificate({ spki, serial: der.der(2, Buffer.from(bytes)) }))?.serial;
    expect([serialOf(0xff), serialOf(0, 0, 5), serialOf(0x80, 0), serialOf()]).toEqual([-1n, 5n, -32768n, 0n]);
    expect(parseRawCertificate(writeCertificate({ spki, serial: der.der(2, Buffer.alloc(1025, 1)) }))).toBeNull();
  });

  test("of the first version, and with times that lack their seconds or have an offset", () => {
    const validity = der.sequence(
      der.der(0x17, Buffer.from("7001010000Z")),
      der.der(0x18, Buffer.from("99991231235959.9+0000")),
    );
    expect(parseRawCertificate(writeCertificate({ spki, version: 0, validity }))?.spki).toEqual(spki);
    expect(parseRawCertificate(writeCertificate({ spki, version: null }))?.spki).toEqual(spki);
  });

  test("with an RSA modulus that lacks its leading zero, as if it had it", () => {
    const rsa = spkiOf(makeRsaKey());
    const text = hex(rsa);
    // BIT STRING of SEQUENCE of INTEGER of 257 bytes, the first of which is zero.
    const negative = text
      .replace("3082010a0282010100", "30820109028201 00".replace(" ", ""))
      .replace("0382010f00", "0382010e00")
      .replace(/^30820122/, "30820121");
    const read = parseRawCertificate(writeCertificate({ spki: Buffer.from(negative, "hex") }));
    expect([negative.length, hex(read?.spki)]).toEqual([text.length - 2, text]);
  });

  test("with issuers that Java holds for the same name, and tells others apart", () => {
    const issuerOf = (...attributes: readonly Uint8Array[]) =>
      parseRawCertificate(writeCertificate({ spki, issuer: der.sequence(...attributes.map((item) => der.set(item))) }))
        ?.issuer;
    const printable = (text: string) => der.sequence(der.oid("2.5.4.3"), der.der(0x13, Buffer.from(text)));
    const utf8 = (text: string) => der.sequence(der.oid("2.5.4.3"), der.utf8(text));
    expect(issuerOf(printable("An  Issuer "))).toBe(issuerOf(utf8("an issuer")));
    expect(issuerOf(utf8("a"), utf8("b"))).not.toBe(issuerOf(utf8("b"), utf8("a")));
    expect(issuerOf(utf8("a"))).not.toBe(issuerOf(der.sequence(der.oid("2.5.4.3"), der.der(0x1e, Buffer.from("a")))));
  });
});

describe("what is no certificate is not read", () => {
  const time = (text: string) => der.der(0x17, Buffer.from(text));
  const extensions = (...items: readonly Uint8Array[]) => writeCertificate({ spki, extensions: items });
  test.each<[string, Uint8Array]>([
    ["nothing", new Uint8Array()],
    ["bytes after it", Buffer.concat([plain, Buffer.of(0)])],
    ["one cut off", plain.slice(0, -1)],
    ["a key that is no SEQUENCE", writeCertificate({ spki: der.octets(spki) })],
    ["a name that is no SEQUENCE", writeCertificate({ spki, issuer: der.octets("x") })],
    ["a name with an empty SET", writeCertificate({ spki, issuer: der.sequence(der.set()) })],
    ["a serial number that is no INTEGER", writeCertificate({ spki, serial: der.octets("x") })],
    ["an extension of one part", extensions(der.sequence(der.oid("1.2.3")))],
    ["an extension that is no octets", extensions(der.sequence(der.oid("1.2.3"), der.none()))],
    ["an extension whose flag is none", extensions(der.sequence(der.oid("1.2.3"), der.none(), der.octets("")))],
    ["two extensions of one kind", extensions(extension("1.2.3", der.none()), extension("1.2.3", der.none()))],
    [
      "extensions in a certificate of the first version",
      writeCertificate({ spki, version: 0, extensions: [extension("1.2.3", der.none())] }),
    ],
    ["a version that there is not", writeCertificate({ spki, version: 3 })],
    ["a validity of one time", writeCertificate({ spki, validity: der.sequence(der.time(0)) })],
    [
      "a validity in no month",
      writeCertificate({ spki, validity: der.sequence(time("701301000000Z"), time("700101000000Z")) }),
    ],
    [
      "another algorithm outside than inside",
      writeCertificate({ spki, outerAlgorithm: der.sequence(der.oid("1.2.3")) }),
    ],
    ["a field that no version has", writeCertificate({ spki, extensions: [], more: [der.explicit(4, der.none())] })],
    [
      "unique identifiers after the extensions",
      writeCertificate({ spki, extensions: [extension("1.2.3", der.none())], more: [der.der(0x81, Buffer.of(0))] }),
    ],
    ["one nested too deeply", nested(100)],
    ["a primitive element without a length", Buffer.concat([Buffer.of(0x04, 0x80), plain, Buffer.of(0, 0)])],
  ])("%s", (_what, bytes) => {
    expect(parseRawCertificate(bytes)).toBeNull();
  });

  test("whichever byte is flipped nothing is thrown, and bytes are named as they stand", () => {
    for (let at = 0; at < plain.length * 8; at += 1) {
      const changed = flip(plain, at >> 3, at % 8);
      expect([null, changed]).toContainEqual(parseRawCertificate(changed)?.bytes ?? null);
    }
  });

  test("whatever the bytes nothing is thrown", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => parseRawCertificate(bytes) === null));
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(0x30, 0x80, 0x31, 0x00, 0x84, 0x02, 0xa0, 0x1f), { maxLength: 300 }),
        (bytes) => {
          parseRawCertificate(Uint8Array.from(bytes));
        },
      ),
    );
  });
});

/** A name of indefinite lengths inside one another. */
function nested(depth: number): Uint8Array {
  let inner: Uint8Array = der.none();
  for (let level = 0; level < depth; level += 1) inner = openSequence(inner);
  return writeCertificate({ spki: inner });
}

const vectors = vectorsFolder();
describe.skipIf(vectors === null && !requireAll)("apksig's certificates (vectors)", () => {
  test("are read as Node reads them", () => {
    const folder = join(vectors ?? "", "apksig");
    const names = readdirSync(folder).filter((name) => name.endsWith(".x509.pem"));
    for (const name of names) {
      const known = new X509Certificate(readFileSync(join(folder, name)));
      const read = parseRawCertificate(new Uint8Array(known.raw));
      expect(hex(read?.spki)).toBe(known.publicKey.export({ format: "der", type: "spki" }).toString("hex"));
      expect(BigInt.asUintN(64, read?.serial ?? 0n).toString(16)).toBe(known.serialNumber.toLowerCase());
    }
    expect(names.length).toBeGreaterThan(15);
  });
});
