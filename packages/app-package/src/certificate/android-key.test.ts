import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { describe, expect, test } from "vitest";
import { bits, integer, oid, sequence } from "../../../asn1/src/made/der-writer.suite.ts";
import { loadAndroidKey } from "./android-key.ts";

const spkiOf = (key: KeyObject): Uint8Array => key.export({ format: "der", type: "spki" });
const elliptic = (namedCurve: string, paramEncoding: "named" | "explicit" = "named"): Uint8Array =>
  spkiOf(generateKeyPairSync("ec", { namedCurve, paramEncoding }).publicKey);

const p256 = elliptic("P-256");
const withPoint = (point: Uint8Array): Uint8Array =>
  sequence(sequence(oid("1.2.840.10045.2.1"), oid("1.2.840.10045.3.1.7")), bits(point));

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey;
const modulus = BigInt(`0x${Buffer.from(rsa.export({ format: "jwk" }).n ?? "", "base64url").toString("hex")}`);
const withExponent = (exponent: bigint): Uint8Array =>
  sequence(sequence(oid("1.2.840.113549.1.1.1"), Buffer.of(5, 0)), bits(sequence(integer(modulus), integer(exponent))));

describe("a key", () => {
  test.each([
    ["on P-224", elliptic("P-224")],
    ["on P-256", p256],
    ["on P-384", elliptic("P-384")],
    ["on P-521", elliptic("P-521")],
    ["of RSA", spkiOf(rsa)],
    ["of RSA with the exponent 3", withExponent(3n)],
    ["of RSA with an exponent of 33 bits", withExponent(2n ** 33n - 1n)],
    ["of ML-DSA", spkiOf(generateKeyPairSync("ml-dsa-65").publicKey)],
  ])("%s is taken", (_, spki) => {
    expect(loadAndroidKey(spki)?.equals(createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" }))).toBe(
      true,
    );
  });

  test.each([
    ["on a curve that Android lacks", elliptic("secp256k1")],
    ["on a curve of brainpool's", elliptic("brainpoolP256r1")],
    ["on a curve that it describes and does not name", elliptic("P-256", "explicit")],
    [
      "with a point of which half is given",
      withPoint(Buffer.concat([Buffer.of(2 + ((p256.at(-1) ?? 0) & 1)), p256.slice(-64, -32)])),
    ],
    [
      "with a point in the form that has both",
      withPoint(Buffer.concat([Buffer.of(6 + ((p256.at(-1) ?? 0) & 1)), p256.slice(-64)])),
    ],
    ["of RSA with the exponent 1, whose signatures anyone makes", withExponent(1n)],
    ["of RSA with a larger exponent", withExponent(2n ** 33n + 1n)],
    ["that is none", Buffer.from("key")],
    ["of no bytes", Buffer.alloc(0)],
  ])("%s is not", (_, spki) => {
    expect(loadAndroidKey(spki)).toBeNull();
  });
});
