import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import fc from "fast-check";
import { compactDecrypt, decodeProtectedHeader, jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import { encryptToken } from "./encrypt-token.ts";
import { parseEncryptionKey } from "./encryption-key.ts";
import { mintToken } from "./mint-token.ts";
import { nowMs, sampleInput } from "./testing/sample-input.ts";
import { generateTokenKey } from "./token-key.ts";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ecOf = (namedCurve: string) => generateKeyPairSync("ec", { namedCurve });
const pemOf = (key: KeyObject): string => key.export({ format: "pem", type: "spki" }).toString();
const jwkOf = (key: KeyObject): Record<string, unknown> => ({ ...key.export({ format: "jwk" }) });
const parse = (jwk: object) => parseEncryptionKey(JSON.stringify(jwk));

const keys = {
  "RSA-2048": [rsa, "RSA-OAEP-256"],
  "P-256": [ecOf("P-256"), "ECDH-ES+A256KW"],
  "P-384": [ecOf("P-384"), "ECDH-ES+A256KW"],
  "P-521": [ecOf("P-521"), "ECDH-ES+A256KW"],
} as const;

describe.each(Object.entries(keys))("%s", (_name, [{ publicKey, privateKey }, alg]) => {
  it("is read from PEM and from a JWK alike", () => {
    const expected = { ok: true, alg, jwk: jwkOf(publicKey) };
    expect(parseEncryptionKey(pemOf(publicKey))).toEqual(expected);
    expect(parseEncryptionKey(`\n${pemOf(publicKey).replaceAll("\n", "\r\n")}`)).toEqual(expected);
    expect(parse(jwkOf(publicKey))).toEqual(expected);
    expect(parse({ ...jwkOf(publicKey), use: "enc", alg, key_ops: ["wrapKey"], x5t: "a" })).toEqual(expected);
  });

  it("is refused as a private key, in every form", () => {
    for (const pem of [
      privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
      `${pemOf(publicKey)}${privateKey.export({ format: "pem", type: "pkcs8" }).toString()}`,
    ])
      expect(parseEncryptionKey(pem)).toEqual({ ok: false, detail: expect.stringContaining("private key") });
    const refused = parse(jwkOf(privateKey));
    expect(refused).toEqual({ ok: false, detail: expect.stringContaining("private") });
    expect(JSON.stringify(refused)).not.toContain(jwkOf(privateKey).d);
  });

  it("opens the token that was encrypted to it, and a signed token is inside", async () => {
    const key = await generateTokenKey("ES256");
    const token = mintToken({ key, ...sampleInput });
    const to = parse({ ...jwkOf(publicKey), kid: "backend-1" });
    if (!to.ok) return expect.unreachable();
    const jwe = await encryptToken(token, to);
    expect(decodeProtectedHeader(jwe)).toMatchObject({ alg, enc: "A256GCM", cty: "JWT", typ: "JWT", kid: "backend-1" });
    const { plaintext } = await compactDecrypt(jwe, privateKey);
    expect(Buffer.from(plaintext).toString()).toBe(token);
    await expect(
      jwtVerify(Buffer.from(plaintext).toString(), createPublicKey(key.key), {
        algorithms: ["ES256"],
        currentDate: new Date(nowMs),
      }),
    ).resolves.toBeDefined();
  });
});

describe("parseEncryptionKey", () => {
  const publicJwk = jwkOf(keys["P-256"][0].publicKey);

  it.each([
    ["a key for signatures", { ...publicJwk, use: "sig" }],
    ["operations of signatures", { ...publicJwk, key_ops: ["verify"] }],
    ["no operation", { ...publicJwk, key_ops: [] }],
    ["operations that are no list", { ...publicJwk, key_ops: "wrapKey" }],
    ["another algorithm", { ...publicJwk, alg: "RSA-OAEP-256" }],
    ["the older OAEP", { ...jwkOf(rsa.publicKey), alg: "RSA-OAEP" }],
    ["a kid that is no text", { ...publicJwk, kid: 7 }],
    ["an empty kid", { ...publicJwk, kid: "" }],
    ["a kid without end", { ...publicJwk, kid: "k".repeat(257) }],
    ["a point off the curve", { ...publicJwk, y: publicJwk.x }],
    ["a coordinate that is no text", { ...publicJwk, y: 7 }],
    ["a missing coordinate", { ...publicJwk, y: undefined }],
    ["another curve", jwkOf(ecOf("secp256k1").publicKey)],
    ["a curve for signatures", jwkOf(generateKeyPairSync("ed25519").publicKey)],
    ["X25519", jwkOf(generateKeyPairSync("x25519").publicKey)],
    ["a secret", { kty: "oct", k: "c2VjcmV0" }],
    ["a secret without its value", { kty: "oct" }],
    ["a short RSA key", jwkOf(generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey)],
    ["an RSA exponent of 3", jwkOf(generateKeyPairSync("rsa", { modulusLength: 2048, publicExponent: 3 }).publicKey)],
    ["an RSA exponent of 1", { ...jwkOf(rsa.publicKey), e: "AQ" }],
    ["nothing", {}],
    ["a key set", { keys: [publicJwk] }],
  ])("refuses %s", (_name, jwk) => {
    expect(parse(jwk)).toEqual({ ok: false, detail: expect.any(String) });
  });

  it.each([
    ["no text", ""],
    ["a list", "[]"],
    ["a member given twice", `{"kty":"EC",${JSON.stringify(publicJwk).slice(1)}`],
    ["more than 16 KiB", `{"kid":"${"k".repeat(16_384)}"}`],
    ["a certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"],
    ["a PEM of rubbish", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"],
    ["two PEMs", `${pemOf(rsa.publicKey)}${pemOf(rsa.publicKey)}`],
    ["text before the PEM", `a${pemOf(rsa.publicKey)}`],
    ["DSA", pemOf(generateKeyPairSync("dsa", { modulusLength: 1024, divisorLength: 160 }).publicKey)],
    ["RSA for PSS alone", pemOf(generateKeyPairSync("rsa-pss", { modulusLength: 2048 }).publicKey)],
    ["a curve that has no name in JOSE", pemOf(ecOf("brainpoolP256r1").publicKey)],
    ["X448", pemOf(generateKeyPairSync("x448").publicKey)],
  ])("refuses %s", (_name, text) => {
    expect(parseEncryptionKey(text)).toEqual({ ok: false, detail: expect.any(String) });
  });

  it("judges the length of a text before anything else", () => {
    const detail = "the key is too large";
    expect(parseEncryptionKey("{".repeat(16_385))).toEqual({ ok: false, detail });
    const pem = `-----BEGIN PUBLIC KEY-----\n${"A".repeat(16_384)}\n-----END PUBLIC KEY-----`;
    expect(parseEncryptionKey(pem)).toEqual({ ok: false, detail });
  });

  it("refuses every JWK with a private member, whatever its value", () => {
    for (const name of ["d", "p", "q", "dp", "dq", "qi", "oth", "k"])
      for (const value of ["", null, 0, "AA"]) expect(parse({ ...publicJwk, [name]: value }).ok, name).toBe(false);
  });

  it("never throws, and what it takes is public and fits its algorithm", () => {
    const mutated = fc
      .tuple(fc.constantFrom(...Object.values(keys)), fc.nat(), fc.string({ maxLength: 2 }))
      .map(([[{ publicKey }], at, insert]) => {
        const text = JSON.stringify(jwkOf(publicKey));
        const index = at % text.length;
        return text.slice(0, index) + insert + text.slice(index + 1);
      });
    fc.assert(
      fc.property(fc.oneof(mutated, fc.json(), fc.string()), (text) => {
        const result = parseEncryptionKey(text);
        if (!result.ok) return;
        expect(["RSA", "EC"]).toContain(result.jwk.kty);
        expect(result.alg).toBe(result.jwk.kty === "RSA" ? "RSA-OAEP-256" : "ECDH-ES+A256KW");
        expect(parse(result.jwk)).toEqual(result);
      }),
      { numRuns: 500 },
    );
  });
});

describe("encryptToken", () => {
  const to = parseEncryptionKey(pemOf(rsa.publicKey));

  it("encrypts nothing but a signed token", async () => {
    if (!to.ok) return expect.unreachable();
    for (const text of ["", "a", "a.b", "a.b.c.d.e", "{}.{}.{}", "a..c", "a.b.c\n"])
      await expect(encryptToken(text, to)).rejects.toThrow(TypeError);
  });

  it("names no key where the recipient gave it no name", async () => {
    if (!to.ok) return expect.unreachable();
    expect(decodeProtectedHeader(await encryptToken("a.b.c", to))).toEqual({
      alg: "RSA-OAEP-256",
      enc: "A256GCM",
      cty: "JWT",
      typ: "JWT",
    });
  });

  it("never gives the same ciphertext twice", async () => {
    if (!to.ok) return expect.unreachable();
    expect(await encryptToken("a.b.c", to)).not.toBe(await encryptToken("a.b.c", to));
  });

  it("rejects where key and algorithm do not belong together", async () => {
    if (!to.ok) return expect.unreachable();
    await expect(encryptToken("a.b.c", { alg: "ECDH-ES+A256KW", jwk: { ...to.jwk } })).rejects.toThrow();
  });
});
