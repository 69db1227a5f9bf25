import { createHash, createPrivateKey, generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { calculateJwkThumbprint } from "jose";
import { describe, expect, it } from "vitest";
import { signJwt } from "./sign-jwt.ts";
import { tokenAlgs } from "./token-alg.ts";
import { generateTokenKey, importTokenKey } from "./token-key.ts";

const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
const der = (key = ec): Uint8Array => new Uint8Array(key.export({ format: "der", type: "pkcs8" }));
const throws = (alg: (typeof tokenAlgs)[number], material: Uint8Array): void => {
  expect(() => importTokenKey(alg, material)).toThrow(TypeError);
};

describe("generateTokenKey", () => {
  it.each(tokenAlgs)("makes a %s key that its material gives back", async (alg) => {
    const made = await generateTokenKey(alg);
    const opened = importTokenKey(alg, made.material);
    expect(opened.kid).toBe(made.kid);
    expect(opened.publicJwk).toEqual(made.publicJwk);
    expect(opened.key.equals(made.key)).toBe(true);
    expect(made.publicJwk === null).toBe(alg === "HS256");
    expect(made.alg).toBe(alg);
  });

  it("never makes one key twice", async () => {
    const made = await Promise.all(["HS256", "HS256", "ES256", "ES256"].map((alg) => generateTokenKey(alg as "HS256")));
    expect(new Set(made.map(({ kid }) => kid)).size).toBe(4);
  });

  it("makes RSA keys of 2048 bits unless told otherwise", async () => {
    expect((await generateTokenKey("RS256")).key.asymmetricKeyDetails?.modulusLength).toBe(2048);
    expect((await generateTokenKey("PS256", { rsaBits: 3072 })).key.asymmetricKeyDetails?.modulusLength).toBe(3072);
  });
});

describe("kid", () => {
  it.each(["ES256", "EdDSA", "RS256", "PS256"] as const)("of %s is the RFC 7638 thumbprint", async (alg) => {
    const { kid, publicJwk } = await generateTokenKey(alg);
    expect(kid).toBe(await calculateJwkThumbprint({ ...publicJwk }, "sha256"));
    expect(publicJwk?.kid).toBe(kid);
  });

  it("of a secret is 8 bytes of a tagged hash, and neither its hash nor its thumbprint", async () => {
    const { kid, material } = await generateTokenKey("HS256");
    const hash = (...parts: (string | Uint8Array)[]) =>
      parts.reduce((held, part) => held.update(part), createHash("sha256")).digest("base64url");
    expect(Buffer.from(kid, "base64url")).toHaveLength(8);
    expect(Buffer.from(hash("countersign-hs256-kid-v1\0", material), "base64url").subarray(0, 8)).toEqual(
      Buffer.from(kid, "base64url"),
    );
    expect(hash(material).startsWith(kid.slice(0, 10))).toBe(false);
    const k = Buffer.from(material).toString("base64url");
    expect((await calculateJwkThumbprint({ kty: "oct", k })).startsWith(kid.slice(0, 10))).toBe(false);
  });
});

describe("importTokenKey", () => {
  it("throws a TypeError for any bytes that are no key, and never anything else", () => {
    fc.assert(
      fc.property(fc.constantFrom("ES256", "EdDSA", "RS256", "PS256"), fc.uint8Array({ maxLength: 200 }), throws),
    );
  });

  it("takes secrets from 32 bytes on", () => {
    throws("HS256", new Uint8Array(0));
    throws("HS256", new Uint8Array(31));
    expect(importTokenKey("HS256", new Uint8Array(32)).publicJwk).toBeNull();
    expect(importTokenKey("HS256", new Uint8Array(512)).publicJwk).toBeNull();
  });

  it("takes no PEM for a secret, so that a public key never signs", () => {
    for (const type of ["spki", "pkcs1"] as const) {
      const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
      throws("HS256", Buffer.from(publicKey.export({ format: "pem", type })));
    }
  });

  it.each(tokenAlgs)("refuses the material of every other kind of key for %s", async (alg) => {
    const isRsa = (each: string) => each === "RS256" || each === "PS256";
    for (const other of tokenAlgs) {
      // Any bytes that are long enough may be a secret.
      if (alg === other || alg === "HS256" || (isRsa(alg) && isRsa(other))) continue;
      throws(alg, (await generateTokenKey(other)).material);
    }
  });

  it("refuses a key with bytes after it", () => {
    throws("ES256", Buffer.concat([der(), Buffer.of(0)]));
    throws("ES256", Buffer.concat([der(), der()]));
    throws("ES256", der().subarray(0, -1));
  });

  it("refuses a pair whose halves do not belong together", () => {
    const mixed = der();
    mixed.set(der(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey).subarray(-65), mixed.length - 65);
    expect(() => createPrivateKey({ key: Buffer.from(mixed), format: "der", type: "pkcs8" })).not.toThrow();
    throws("ES256", mixed);
  });

  it("gives no key that publishes or signs otherwise, whatever byte of the material is flipped", () => {
    const material = der();
    const { kid } = importTokenKey("ES256", material);
    for (let index = 0; index < material.length; index += 1) {
      const flipped = Uint8Array.from(material);
      flipped[index] = (flipped[index] ?? 0) ^ 1;
      try {
        const opened = importTokenKey("ES256", flipped);
        expect(opened.kid, String(index)).toBe(kid);
      } catch (error) {
        expect(error, String(index)).toBeInstanceOf(TypeError);
      }
    }
  });

  it("tells nothing of the material in its error", () => {
    const secret = Buffer.from("a-secret-that-is-too-short");
    try {
      importTokenKey("HS256", secret);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(TypeError);
      expect(String((error as Error).stack)).not.toContain(secret.toString());
      expect((error as Error).cause).toBeUndefined();
    }
  });
});

describe("signJwt", () => {
  it("refuses a key of another algorithm, so that none can be confused", async () => {
    const secret = await generateTokenKey("HS256");
    const pair = await generateTokenKey("RS256");
    expect(() => signJwt({ ...pair, alg: "HS256" }, {})).toThrow(TypeError);
    expect(() => signJwt({ ...secret, alg: "RS256" }, {})).toThrow(TypeError);
    expect(() => signJwt({ ...secret, alg: "none" as "HS256" }, {})).toThrow(TypeError);
    expect(() => signJwt({ ...secret, alg: "constructor" as "HS256" }, {})).toThrow(TypeError);
    signJwt(pair, {});
    expect(() => signJwt({ ...pair, alg: "ES256" }, {}), "after the key was seen").toThrow(TypeError);
  });

  it("writes the header of this key and type, not of the one before", async () => {
    const key = await generateTokenKey("HS256");
    const headerOf = (token: string): unknown =>
      JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString());
    expect(headerOf(signJwt(key, {}))).toEqual({ alg: "HS256", typ: "JWT", kid: key.kid });
    expect(headerOf(signJwt({ ...key, kid: "other" }, {}))).toEqual({ alg: "HS256", typ: "JWT", kid: "other" });
    expect(headerOf(signJwt(key, {}, "x+jwt"))).toEqual({ alg: "HS256", typ: "x+jwt", kid: key.kid });
    expect(headerOf(signJwt(key, {}))).toEqual({ alg: "HS256", typ: "JWT", kid: key.kid });
  });

  it("signs JSON objects alone", async () => {
    const key = await generateTokenKey("HS256");
    for (const payload of [[], { toJSON: () => "text" }, { toJSON: () => undefined }, () => 1])
      expect(() => signJwt(key, payload)).toThrow(TypeError);
  });
});
