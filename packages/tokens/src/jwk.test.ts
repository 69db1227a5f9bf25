import { createPublicKey } from "node:crypto";
import { createLocalJWKSet, importSPKI, jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import { type Jwk, thumbprint, toJwks, toPem } from "./jwk.ts";
import { signJwt } from "./sign-jwt.ts";
import { generateTokenKey } from "./token-key.ts";

const publicAlgs = ["ES256", "EdDSA", "RS256", "PS256"] as const;
const retiresAtMs = null;

describe("thumbprint", () => {
  it("is that of the example in RFC 7638 §3.1", () => {
    const n =
      "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
    expect(thumbprint({ kty: "RSA", n, e: "AQAB" })).toBe("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
  });

  it("is that of the example in RFC 8037 A.3", () => {
    const x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    expect(thumbprint({ kty: "OKP", crv: "Ed25519", x })).toBe("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
  });
});

describe("toJwks", () => {
  it.each(publicAlgs)("publishes a %s key by which another library verifies", async (alg) => {
    const [key, other] = await Promise.all([generateTokenKey(alg), generateTokenKey(alg)]);
    const set = (of: typeof key) => createLocalJWKSet({ keys: [...toJwks([{ ...of, retiresAtMs }]).keys] });
    const token = signJwt(key, { sub: "a" });
    expect((await jwtVerify(token, set(key), { algorithms: [alg] })).payload).toEqual({ sub: "a" });
    await expect(jwtVerify(token, set(other))).rejects.toThrow();
  });

  it("never has a secret in it", async () => {
    const secret = await generateTokenKey("HS256");
    expect(toJwks([{ ...secret, retiresAtMs: null }])).toEqual({ keys: [] });
  });

  it("takes over public members alone, whatever hangs on a key", async () => {
    for (const alg of publicAlgs) {
      const { key, publicJwk } = await generateTokenKey(alg);
      const whole = { ...key.export({ format: "jwk" }), ...publicJwk, ext: true, key_ops: ["sign"] };
      expect(toJwks([{ publicJwk: whole as Jwk, retiresAtMs: null }])).toEqual({ keys: [publicJwk] });
    }
  });

  it("says when a key retires in whole seconds, never later", async () => {
    const { publicJwk } = await generateTokenKey("EdDSA");
    expect(toJwks([{ publicJwk, retiresAtMs: 1_999 }]).keys[0]?.exp).toBe(1);
    expect(toJwks([{ publicJwk, retiresAtMs: null }]).keys[0]).not.toHaveProperty("exp");
    expect(() => toJwks([{ publicJwk, retiresAtMs: Number.NaN }])).toThrow(TypeError);
  });

  it("throws a TypeError for what is no public token key", () => {
    const oct = { kty: "oct", k: "c2VjcmV0", alg: "HS256", use: "sig", kid: "a" } as unknown as Jwk;
    expect(() => toJwks([{ publicJwk: oct, retiresAtMs: null }])).toThrow(TypeError);
  });
});

describe("toPem", () => {
  it.each(publicAlgs)("is the SPKI of a %s key, as others read it", async (alg) => {
    const { key, publicJwk } = await generateTokenKey(alg);
    if (publicJwk === null) return expect.unreachable();
    const pem = toPem(publicJwk);
    expect(pem).toMatch(/^-----BEGIN PUBLIC KEY-----\n[\s\S]+\n-----END PUBLIC KEY-----\n$/);
    expect(createPublicKey(pem).equals(createPublicKey(key))).toBe(true);
    const token = signJwt({ kid: publicJwk.kid, alg, key }, {});
    await expect(jwtVerify(token, await importSPKI(pem, alg))).resolves.toBeDefined();
  });
});
