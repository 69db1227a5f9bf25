import { generateSigningKey } from "@countersign/protocol/server";
import { createLocalJWKSet, jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import { issuerOf, mintToken, type TokenClaims, toJwks } from "./index.ts";

const nowMs = Date.UTC(2026, 10, 22);
const key = generateSigningKey();
const tokenKey = { kid: "k1", privateKey: key.privateKey };
const base: TokenClaims = {
  issuer: "https://service.example/p/abc",
  audience: "nasa",
  subject: "AAAAAAAAAAAAAAAAAAAAAA",
  issuedAtMs: nowMs,
  lifetimeSeconds: 300,
  sessionEndsAtMs: nowMs + 300_000,
  jti: new Uint8Array(16).fill(7),
};

async function claimsOf(claims: Partial<TokenClaims>) {
  const jwks = createLocalJWKSet({ keys: [...toJwks([{ kid: "k1", point: key.point }]).keys] });
  const { payload, protectedHeader } = await jwtVerify(mintToken(tokenKey, { ...base, ...claims }), jwks, {
    algorithms: ["ES256"],
    audience: "nasa",
    issuer: base.issuer,
    currentDate: new Date(nowMs),
  });
  return { payload, protectedHeader };
}

describe("mintToken", () => {
  it("mints a token that another library verifies under the published key set", async () => {
    const { payload, protectedHeader } = await claimsOf({});
    expect(protectedHeader).toEqual({ alg: "ES256", typ: "JWT", kid: "k1" });
    expect(payload).toEqual({
      iss: base.issuer,
      aud: "nasa",
      sub: base.subject,
      iat: nowMs / 1000,
      exp: nowMs / 1000 + 300,
      jti: "BwcHBwcHBwcHBwcHBwcHBw",
    });
  });

  it("never outlives the session", async () => {
    const { payload } = await claimsOf({ sessionEndsAtMs: nowMs + 40_000 });
    expect(payload.exp).toBe(nowMs / 1000 + 40);
  });

  it("holds the lifetime within 30 to 300 seconds", async () => {
    expect((await claimsOf({ lifetimeSeconds: 1 })).payload.exp).toBe(nowMs / 1000 + 30);
    const long = await claimsOf({ lifetimeSeconds: 9000, sessionEndsAtMs: nowMs + 9_000_000 });
    expect(long.payload.exp).toBe(nowMs / 1000 + 300);
  });

  it("carries what it is bound to as pay", async () => {
    expect((await claimsOf({ bind: "abc" })).payload.pay).toBe("abc");
  });

  it("is refused under another key", async () => {
    const other = generateSigningKey();
    const jwks = createLocalJWKSet({ keys: [...toJwks([{ kid: "k1", point: other.point }]).keys] });
    await expect(jwtVerify(mintToken(tokenKey, base), jwks)).rejects.toThrow();
  });

  it("throws a TypeError for a jti of another length", () => {
    expect(() => mintToken(tokenKey, { ...base, jti: new Uint8Array(15) })).toThrow(TypeError);
  });
});

describe("issuerOf", () => {
  it("names development in the issuer, so that its tokens never pass for production ones", () => {
    expect(issuerOf("https://h", "p", "production")).toBe("https://h/p/p");
    expect(issuerOf("https://h", "p", "development")).toBe("https://h/p/p/development");
  });
});
