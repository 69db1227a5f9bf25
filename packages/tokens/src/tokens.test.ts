import { createLocalJWKSet, jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import { attesterPath, generateTokenKey, issuerOf, mintToken, toJwks } from "./index.ts";

const nowMs = Date.UTC(2026, 10, 22);

describe("a token under a published key set", () => {
  it.each(["ES256", "EdDSA", "RS256", "PS256"] as const)("is verified by another library: %s", async (alg) => {
    const key = await generateTokenKey(alg);
    const token = mintToken({
      key,
      profile: "countersign",
      issuer: "https://service.example/p/abc",
      audience: "nasa",
      subject: "AAAAAAAAAAAAAAAAAAAAAA",
      did: null,
      app: "app",
      ip: null,
      firebase: null,
      issuedAtMs: nowMs,
      lifetimeSeconds: 300,
      endsAtMs: nowMs + 300_000,
      jti: new Uint8Array(16).fill(7),
    });
    const jwks = createLocalJWKSet({ keys: [...toJwks([{ ...key, retiresAtMs: null }]).keys] });
    const { payload, protectedHeader } = await jwtVerify(token, jwks, {
      algorithms: [alg],
      audience: "nasa",
      issuer: "https://service.example/p/abc",
      currentDate: new Date(nowMs),
    });
    expect(protectedHeader).toEqual({ alg, typ: "JWT", kid: key.kid });
    expect(payload).toEqual({
      iss: "https://service.example/p/abc",
      aud: "nasa",
      sub: "AAAAAAAAAAAAAAAAAAAAAA",
      iat: nowMs / 1000,
      exp: nowMs / 1000 + 300,
      jti: "BwcHBwcHBwcHBwcHBwcHBw",
    });
  });
});

describe("issuerOf", () => {
  it("names development in the issuer, so that its tokens never pass for production ones", () => {
    expect(issuerOf("https://h", "p", "production")).toBe("https://h/p/p");
    expect(issuerOf("https://h", "p", "development")).toBe("https://h/p/p/development");
  });

  it("gives the attester a path of its own", () => {
    expect(attesterPath("p", "production")).toBe("/p/p/attester");
    expect(attesterPath("p", "development")).toBe("/p/p/development/attester");
  });
});
