import { generateSigningKey } from "@countersign/protocol/server";
import { createLocalJWKSet, jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import { type ClientAttestationInput, mintClientAttestation } from "./client-attestation.ts";
import { toJwks } from "./jwk.ts";
import { reservedClaims } from "./reserved-claims.ts";
import { now, nowMs } from "./testing/sample-input.ts";
import { generateTokenKey } from "./token-key.ts";

const key = await generateTokenKey("ES256");
const { point } = generateSigningKey();
const base: ClientAttestationInput = {
  key,
  issuer: "https://service.example/p/abc/attester",
  clientId: "shop-app",
  point,
  issuedAtMs: nowMs + 700,
  lifetimeSeconds: 300,
};
const mint = (input: Partial<ClientAttestationInput> = {}) => mintClientAttestation({ ...base, ...input });
const b64u = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64url");

describe("a client attestation", () => {
  it("is verified by another library under the attester's key set, with the type of its own", async () => {
    const jwks = createLocalJWKSet({ keys: [...toJwks([{ ...key, retiresAtMs: null }]).keys] });
    const { payload, protectedHeader } = await jwtVerify(mint({ claims: { tier: "gold" } }), jwks, {
      typ: "oauth-client-attestation+jwt",
      algorithms: ["ES256"],
      currentDate: new Date(nowMs),
    });
    expect(protectedHeader).toEqual({ alg: "ES256", typ: "oauth-client-attestation+jwt", kid: key.kid });
    expect(payload).toEqual({
      tier: "gold",
      iss: base.issuer,
      sub: "shop-app",
      iat: now,
      exp: now + 300,
      cnf: { jwk: { kty: "EC", crv: "P-256", x: b64u(point.subarray(1, 33)), y: b64u(point.subarray(33)) } },
    });
  });

  it("lives 1 to 300 seconds", () => {
    for (const lifetimeSeconds of [0, 0.5, -1, 301, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => mint({ lifetimeSeconds })).toThrow(TypeError);
    for (const issuedAtMs of [Number.NaN, -1, Number.POSITIVE_INFINITY])
      expect(() => mint({ issuedAtMs })).toThrow(TypeError);
  });

  it("names a point on the curve, and nothing else, as the instance's key", () => {
    const off = Uint8Array.from(point);
    off[64] = (off[64] ?? 0) ^ 1;
    for (const each of [off, point.subarray(1), new Uint8Array(65)])
      expect(() => mint({ point: each })).toThrow(TypeError);
  });

  it("is signed with ES256 alone", async () => {
    for (const alg of ["HS256", "EdDSA", "RS256", "PS256"] as const) {
      const other = await generateTokenKey(alg);
      expect(() => mint({ key: other })).toThrow(TypeError);
    }
  });

  it.each(reservedClaims)("takes no further claim named %s", (name) => {
    const claims = JSON.parse(`{${JSON.stringify(name)}:"x"}`) as Record<string, string>;
    expect(() => mint({ claims })).toThrow(TypeError);
  });

  it("is for a client and by an issuer", () => {
    expect(() => mint({ clientId: "" })).toThrow(TypeError);
    expect(() => mint({ issuer: "" })).toThrow(TypeError);
  });
});
