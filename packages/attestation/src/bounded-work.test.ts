import { parseCertificate } from "@countersign/asn1";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { explicit, integer, octets, sequence } from "../../asn1/src/made/der-writer.suite.ts";
import { verifyAndroidKeyAttestation } from "./android/attestation.ts";
import { parseKeyDescription } from "./android/key-description.ts";
import { verifyAppAttestAssertion } from "./apple/assertion.ts";
import { verifyAppAttestAttestation } from "./apple/attestation.ts";
import { parseCbor } from "./cbor.ts";
import { expectations as chainExpectations, makeChain, makeDescription } from "./made/android.suite.ts";
import {
  assertionExpectations,
  expectations,
  makeAssertion,
  makeAttestation,
  withReceipt,
} from "./made/app-attest.suite.ts";
import { work } from "./work.ts";
import { sharedLinks } from "./x509/known-links.ts";

/** How many elements `run` makes the parsers read, issuers' keys included. */
function steps(run: () => unknown): { readonly derElements: number; readonly cborItems: number } {
  sharedLinks.forget();
  const before = { ...work };
  run();
  return { derElements: work.derElements - before.derElements, cborItems: work.cborItems - before.cborItems };
}

const [leaf = new Uint8Array(), ...above] = makeChain();

/** Certificate-like input in which one list has `count` members. */
const wide = (count: number) => sequence(...Array.from({ length: count }, () => sequence()));
const wideExtensions = (count: number) =>
  makeChain({
    attestationExtensions: Array.from(
      { length: count },
      (_, index) => [`1.2.3.${index + 1}`, Uint8Array.of(5, 0)] as const,
    ),
  })[1] ?? new Uint8Array();
/** An authorization list of many unknown tags. */
const wideList = (count: number) =>
  makeDescription({
    hardware: Object.fromEntries(Array.from({ length: count }, (_, index) => [2000 + index, integer(1)])),
  });

describe("work is proportional to the input, counted in elements read:", () => {
  test("a certificate is read in at most two elements a byte, however its lists are filled", () => {
    for (const bytes of [leaf, ...above, wide(10), wide(1000), wide(4000), wideExtensions(20), wideExtensions(300)]) {
      expect(steps(() => parseCertificate(bytes)).derElements).toBeLessThanOrEqual(2 * bytes.length);
    }
  });

  test("twice as many extensions cost at most twice as many elements, and a constant", () => {
    const [few, many] = [wideExtensions(100), wideExtensions(200)].map(
      (bytes) => steps(() => parseCertificate(bytes)).derElements,
    );
    expect(many).toBeLessThanOrEqual(2 * (few ?? 0) + 40);
  });

  test("a key description is read in at most two elements a byte, however many tags it has", () => {
    for (const count of [0, 10, 100, 1000]) {
      const bytes = wideList(count);
      expect(parseKeyDescription(bytes)).not.toBeNull();
      expect(steps(() => parseKeyDescription(bytes)).derElements).toBeLessThanOrEqual(2 * bytes.length);
    }
  });

  test("CBOR is read in at most one item a byte and 1,024 items in all", () => {
    for (const length of [10, 1000, 40_000]) {
      for (const byte of [0x00, 0x80, 0x81, 0xa0, 0xa1, 0xf6, 0xff]) {
        const { cborItems } = steps(() => parseCbor(new Uint8Array(length).fill(byte)));
        expect(cborItems).toBeLessThanOrEqual(Math.min(length, 1025));
      }
      const list = Buffer.concat([Uint8Array.of(0x9a, 0, 0, length >> 8, length & 0xff), new Uint8Array(length)]);
      expect(steps(() => parseCbor(list)).cborItems).toBeLessThanOrEqual(1025);
    }
  });

  test("any bytes at all, and any genuine bytes with pieces repeated, stay within the same bounds", () => {
    const piece = fc.tuple(fc.nat(), fc.nat(64), fc.nat(200), fc.nat()).map(([start, length, times, at]) => {
      const run = leaf.slice(start % leaf.length, (start % leaf.length) + length);
      const offset = at % leaf.length;
      return new Uint8Array(
        Buffer.concat([leaf.subarray(0, offset), ...Array.from({ length: times }, () => run), leaf.subarray(offset)]),
      );
    });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 2000 }), piece), (bytes) => {
        expect(steps(() => parseCertificate(bytes)).derElements).toBeLessThanOrEqual(2 * bytes.length + 1);
        expect(steps(() => parseKeyDescription(bytes)).derElements).toBeLessThanOrEqual(2 * bytes.length + 1);
        expect(steps(() => parseCbor(bytes)).cborItems).toBeLessThanOrEqual(bytes.length + 1);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("work ends at a bound, however large the input:", () => {
  test("a chain of 10,000 certificates costs no more elements than one of 7", () => {
    const chain = (length: number) => Array.from({ length }, () => leaf);
    const seven = steps(() => verifyAndroidKeyAttestation(chainExpectations(chain(7)))).derElements;
    const many = steps(() => verifyAndroidKeyAttestation(chainExpectations(chain(10_000)))).derElements;
    expect(many).toBe(seven);
    expect(seven).toBeLessThan(7 * 2 * leaf.length);
  });

  test("a certificate beyond 8 KiB is not looked into", () => {
    const large = sequence(octets(new Uint8Array(8 * 1024)));
    expect(steps(() => verifyAndroidKeyAttestation(chainExpectations([large, large, large]))).derElements).toBe(0);
  });

  test("an attestation beyond 40 KiB, and an assertion beyond 4 KiB, are not looked into", () => {
    const attestation = withReceipt(makeAttestation(), new Uint8Array(41 * 1024));
    expect(steps(() => verifyAppAttestAttestation(expectations(attestation)))).toEqual({
      derElements: 0,
      cborItems: 0,
    });
    const assertion = makeAssertion({ trailing: new Uint8Array(5000) });
    expect(steps(() => verifyAppAttestAssertion(assertionExpectations(assertion)))).toEqual({
      derElements: 0,
      cborItems: 0,
    });
  });

  test("the receipt's size changes nothing: it is passed on unread", () => {
    const [small, large] = [1, 30 * 1024].map((length) => {
      const attestation = withReceipt(makeAttestation(), new Uint8Array(length));
      return steps(() => verifyAppAttestAttestation(expectations(attestation)));
    });
    expect(large).toEqual(small);
  });

  test("nesting costs nothing beyond the levels that a reader asks for", () => {
    let bytes = sequence(integer(1));
    for (let depth = 0; depth < 2000; depth += 1) bytes = sequence(bytes);
    expect(steps(() => parseCertificate(bytes)).derElements).toBeLessThan(10);
    expect(steps(() => parseKeyDescription(explicit(4, bytes))).derElements).toBeLessThan(10);
    expect(steps(() => parseCbor(new Uint8Array(40_000).fill(0x81))).cborItems).toBeLessThan(10);
  });
});

describe("allocation stays proportional to the input:", () => {
  test("byte strings and elements are views on the input, not copies", () => {
    const bytes = Buffer.concat([Uint8Array.of(0x59, 0x70, 0), new Uint8Array(0x7000)]);
    const parsed = parseCbor(bytes);
    expect(parsed.ok && parsed.value instanceof Uint8Array && parsed.value.buffer === bytes.buffer).toBe(true);
    const certificate = parseCertificate(leaf);
    for (const view of [certificate?.tbs, certificate?.spki, certificate?.signature, certificate?.der])
      expect(view?.buffer).toBe(leaf.buffer);
  });

  test("a length or count is believed only where the bytes are there", () => {
    for (const text of ["5a7fffffff", "5bffffffffffffffff", "9a7fffffff", "ba7fffffff", "9b001fffffffffffff"]) {
      const bytes = Buffer.from(`${text}0000`, "hex");
      expect(parseCbor(bytes).ok).toBe(false);
      expect(steps(() => parseCbor(bytes)).cborItems).toBe(1);
    }
    expect(steps(() => parseCertificate(Buffer.from("3083ffffff0000", "hex"))).derElements).toBe(1);
  });
});
