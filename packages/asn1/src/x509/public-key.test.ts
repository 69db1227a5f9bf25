import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { makeKey, makeRsaKey, pointOf, spkiOf } from "../made/certificate.suite.ts";
import { loadVerificationKey, p256Point, p256Spki } from "./public-key.ts";

test("reads the point of a P-256 key, and of no other", () => {
  const key = makeKey();
  expect(p256Point(spkiOf(key))).toEqual(pointOf(key));
  expect(p256Spki(pointOf(key))).toEqual(spkiOf(key));
  expect(p256Point(spkiOf(makeKey("P-384")))).toBeNull();
  expect(p256Point(spkiOf(makeRsaKey()))).toBeNull();
  expect(p256Point(new Uint8Array())).toBeNull();
});

test("loads RSA keys and EC keys on named curves, and no other", () => {
  for (const key of [makeKey(), makeKey("P-384"), makeKey("P-521"), makeRsaKey()]) {
    expect(loadVerificationKey(spkiOf(key))).not.toBeNull();
  }
  expect(loadVerificationKey(spkiOf(makeKey("secp256k1")))).toBeNull();
  const explicitCurve = generateKeyPairSync("ec", { namedCurve: "P-256", paramEncoding: "explicit" });
  expect(
    loadVerificationKey(new Uint8Array(explicitCurve.publicKey.export({ format: "der", type: "spki" }))),
  ).toBeNull();
  const edwards = generateKeyPairSync("ed25519");
  expect(loadVerificationKey(new Uint8Array(edwards.publicKey.export({ format: "der", type: "spki" })))).toBeNull();
});

test("answers null for a point off its curve, and for bytes that are no key", () => {
  expect(loadVerificationKey(p256Spki(new Uint8Array(65).fill(4)))).toBeNull();
  expect(loadVerificationKey(Uint8Array.of(0x30, 0))).toBeNull();
  const key = spkiOf(makeKey());
  expect(loadVerificationKey(Buffer.concat([key, Buffer.of(0)]))).toBeNull();
  expect(p256Point(key.with(26, 2))).toBeNull();
});
