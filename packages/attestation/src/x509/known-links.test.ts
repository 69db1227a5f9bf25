import { type Certificate, parseCertificate } from "@countersign/asn1";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { commonName, makeCertificate, makeKey, spkiOf, year2026Ms } from "../../../asn1/src/made/certificate.suite.ts";
import { flip } from "../../../asn1/src/made/flip.suite.ts";
import { verifyAndroidKeyAttestation } from "../android/attestation.ts";
import { verifyAppAttestAttestation } from "../apple/attestation.ts";
import { expectations as androidExpectations, makeChain } from "../made/android.suite.ts";
import { expectations as appleExpectations, makeAttestation } from "../made/app-attest.suite.ts";
import { findAnchor, trustAnchorFromDer } from "../trust-anchor.ts";
import { KnownLinks } from "./known-links.ts";

const rootKey = makeKey("P-384");
const rootName = commonName("Root");
const self = { subject: rootName, issuer: rootName, key: spkiOf(rootKey), signer: rootKey, hash: "sha384" } as const;
const anchor = trustAnchorFromDer(makeCertificate(self));
const issuerKey = makeKey();
const issuerText = { subject: commonName("Issuer"), issuer: rootName, key: spkiOf(issuerKey), signer: rootKey };
const issuer = makeCertificate(issuerText);
const leaf = makeCertificate({
  subject: commonName("Leaf"),
  issuer: commonName("Issuer"),
  key: spkiOf(makeKey()),
  signer: issuerKey,
});

function read(...ders: readonly Uint8Array[]): readonly Certificate[] {
  return ders.map(parseCertificate).filter((certificate) => certificate !== null);
}

test("remembers issuers' links and keys, and never a leaf's", () => {
  const known = new KnownLinks();
  expect(findAnchor(read(leaf, issuer), [anchor], known)).toBe(anchor);
  expect(known.size).toEqual({ links: 1, keys: 2 });
  expect(findAnchor(read(leaf, issuer), [anchor], known)).toBe(anchor);
  expect(known.size).toEqual({ links: 1, keys: 2 });
});

test("forgets on request", () => {
  const known = new KnownLinks();
  findAnchor(read(leaf, issuer), [anchor], known);
  known.forget();
  expect(known.size).toEqual({ links: 0, keys: 0 });
  expect(findAnchor(read(leaf, issuer), [anchor], known)).toBe(anchor);
});

describe("never lets pass, after the genuine chain was remembered,", () => {
  const known = new KnownLinks();
  findAnchor(read(leaf, issuer), [anchor], known);

  test("an issuer with any bit changed, and remembers none of them", () => {
    const before = known.size;
    fc.assert(
      fc.property(fc.nat(issuer.length - 1), fc.nat(7), (index, bit) => {
        const chain = read(leaf, flip(issuer, index, bit));
        expect(chain.length === 2 && findAnchor(chain, [anchor], known) !== null).toBe(false);
      }),
      { numRuns: 2000 },
    );
    expect(known.size.links).toBe(before.links);
  });

  test("a leaf with any bit changed", () => {
    fc.assert(
      fc.property(fc.nat(leaf.length - 1), fc.nat(7), (index, bit) => {
        const chain = read(flip(leaf, index, bit), issuer);
        expect(chain.length === 2 && findAnchor(chain, [anchor], known) !== null).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  test("the same issuer under another anchor of the same name", () => {
    const stranger = makeKey("P-384");
    const impostor = trustAnchorFromDer(makeCertificate({ ...self, key: spkiOf(stranger), signer: stranger }));
    expect(findAnchor(read(leaf, issuer), [impostor], known)).toBeNull();
    expect(findAnchor(read(leaf, issuer), [], known)).toBeNull();
  });

  test("another issuer of the same name and dates, under its own key", () => {
    const stranger = makeKey();
    const impostor = makeCertificate({ ...issuerText, key: spkiOf(stranger), signer: stranger });
    expect(findAnchor(read(leaf, impostor), [anchor], known)).toBeNull();
  });
});

test("holds at most 512 links and 128 keys, and forgets the ones used longest ago", () => {
  const known = new KnownLinks();
  const certificates = Array.from({ length: 600 }, (_, serial) => makeCertificate({ ...issuerText, serial }));
  for (const certificate of read(...certificates)) expect(known.isSignedBy(certificate, anchor.spki)).toBe(true);
  expect(known.size).toEqual({ links: 512, keys: 1 });
  for (let count = 0; count < 140; count += 1) known.keyOf(spkiOf(makeKey()));
  expect(known.size).toEqual({ links: 512, keys: 128 });
});

test("remembers no key that may verify nothing", () => {
  const known = new KnownLinks();
  expect(known.keyOf(spkiOf(makeKey("secp256k1")))).toBeNull();
  expect(known.keyOf(new Uint8Array(91))).toBeNull();
  expect(known.size.keys).toBe(0);
});

describe("a chain whose links are remembered is refused", () => {
  const day = 86_400_000;

  test("after its issuers have ended", () => {
    const given = androidExpectations(makeChain({ provisioning: "remote" }));
    expect(verifyAndroidKeyAttestation(given)).toMatchObject({ ok: true });
    expect(verifyAndroidKeyAttestation({ ...given, nowMs: year2026Ms + 31 * day })).toMatchObject({
      ok: false,
      reason: "certificate_expired",
    });
    const apple = appleExpectations(makeAttestation());
    expect(verifyAppAttestAttestation(apple)).toMatchObject({ ok: true });
    expect(verifyAppAttestAttestation({ ...apple, nowMs: year2026Ms + 366 * day })).toMatchObject({
      reason: "certificate_expired",
    });
    expect(verifyAppAttestAttestation({ ...apple, nowMs: year2026Ms - 1 })).toMatchObject({
      reason: "certificate_not_yet_valid",
    });
  });

  test("after one of them was revoked", () => {
    const given = androidExpectations(makeChain({ provisioning: "remote" }));
    expect(verifyAndroidKeyAttestation(given)).toMatchObject({ ok: true });
    const revocation = { statusOf: (serial: string) => (serial === "9999" ? "revoked" : "good") } as const;
    expect(verifyAndroidKeyAttestation({ ...given, revocation })).toMatchObject({
      ok: false,
      reason: "certificate_revoked",
    });
  });

  test("after its anchor was taken away", () => {
    const given = androidExpectations(makeChain());
    expect(verifyAndroidKeyAttestation(given)).toMatchObject({ ok: true });
    expect(verifyAndroidKeyAttestation({ ...given, anchors: [] })).toMatchObject({ reason: "chain_untrusted" });
  });
});
