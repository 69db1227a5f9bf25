import { createHash, createPublicKey } from "node:crypto";
import fc from "fast-check";
import { jwtVerify } from "jose";
import jsonwebtoken from "jsonwebtoken";
import { describe, expect, it } from "vitest";
import type { MintInput } from "./mint-input.ts";
import { mintToken } from "./mint-token.ts";
import { reservedClaims } from "./reserved-claims.ts";
import { decode, now, nowMs, sampleInput } from "./testing/sample-input.ts";
import { tokenAlgs } from "./token-alg.ts";
import { generateTokenKey } from "./token-key.ts";
import { tokenProfiles } from "./token-profile.ts";

const key = await generateTokenKey("HS256");
const mint = (input: Partial<MintInput> = {}): string => mintToken({ key, ...sampleInput, ...input });
const claimsOf = (input: Partial<MintInput> = {}) => decode(mint(input)).payload;
const bind = new Uint8Array(createHash("sha256").update("Bearer user-session").digest());

describe("a minted token", () => {
  it.each(tokenAlgs)("is verified by other libraries: %s", async (alg) => {
    const made = await generateTokenKey(alg);
    const token = mint({ key: made });
    expect(decode(token).header).toEqual({ alg, typ: "JWT", kid: made.kid });
    const options = { algorithms: [alg], audience: "nasa", issuer: sampleInput.issuer };
    const verifyKey = made.publicJwk === null ? made.key : createPublicKey(made.key);
    const { payload } = await jwtVerify(token, verifyKey, { ...options, currentDate: new Date(nowMs) });
    expect(payload).toEqual(decode(token).payload);
    if (alg === "EdDSA") return; // jsonwebtoken has none
    const read = { ...options, algorithms: [alg], clockTimestamp: now };
    expect(jsonwebtoken.verify(token, verifyKey, read)).toEqual(payload);
  });

  it("is verified from the base64 secret that backends of the approov profile hold", () => {
    const secret = Buffer.from(Buffer.from(key.material).toString("base64"), "base64");
    const token = mint({ profile: "approov" });
    expect(jsonwebtoken.verify(token, secret, { algorithms: ["HS256"], clockTimestamp: now })).toEqual(
      decode(token).payload,
    );
  });

  it("is a pure function of what is handed in", () => {
    expect(mint({ bind, claims: { tier: "gold" } })).toBe(mint({ bind, claims: { tier: "gold" } }));
  });
});

describe("profiles", () => {
  const common = { iss: sampleInput.issuer, iat: now, exp: now + 300, jti: "BwcHBwcHBwcHBwcHBwcHBw" };
  const hash = Buffer.from(bind);

  it("countersign: the API as audience, a pairwise subject, and neither installation nor address", () => {
    expect(claimsOf({ bind })).toEqual({
      ...common,
      aud: "nasa",
      sub: "AAAAAAAAAAAAAAAAAAAAAA",
      pay: hash.toString("base64url"),
    });
  });

  it("approov: did, ip and pay in padded base64, as its backends compare them", () => {
    const did = "AQEBAQEBAQEBAQEBAQEBAQ==";
    expect(claimsOf({ profile: "approov", bind })).toEqual({
      ...common,
      aud: "nasa",
      sub: `approov|${did}|shop`,
      did,
      ip: "192.0.2.7",
      pay: hash.toString("base64"),
    });
    expect(claimsOf({ profile: "approov", ip: null })).not.toHaveProperty("ip");
  });

  it("approov: only a token that no instance asked for may be without did", () => {
    expect(() => mint({ profile: "approov", did: null })).toThrow(TypeError);
    expect(() => mint({ profile: "approov", did: null, use: "limited" })).toThrow(TypeError);
    const claims = claimsOf({ profile: "approov", did: null, use: "long-lived" });
    expect(claims).toMatchObject({ sub: "AAAAAAAAAAAAAAAAAAAAAA" });
    expect(claims).not.toHaveProperty("did");
  });

  it("firebase-app-check: both names of the project as audience, the Firebase app as subject", () => {
    expect(claimsOf({ profile: "firebase-app-check", bind })).toEqual({
      ...common,
      aud: ["projects/123456789012", "projects/shop-prod"],
      sub: "1:123456789012:ios:0a1b2c3d4e5f6071",
      pay: hash.toString("base64url"),
    });
    expect(() => mint({ profile: "firebase-app-check", firebase: null })).toThrow(/Firebase/);
  });

  it.each(["other", "constructor", "__proto__", "toString"])("firebase-app-check: app %s keeps its own id", (app) => {
    expect(claimsOf({ profile: "firebase-app-check", app }).sub).toBe(app);
  });

  it("no profile but approov tells the address or the installation", () => {
    for (const profile of ["countersign", "firebase-app-check"] as const)
      expect(JSON.stringify(claimsOf({ profile }))).not.toMatch(/192\.0\.2\.7|AQEBAQ|"did"|"ip"/);
  });

  it.each(tokenProfiles)("%s carries what is turned on, and nothing of it where it is not", (profile) => {
    const on = {
      arc: "MFRGGZDFMZTWQ2LK",
      annotations: ["instance_key_vouched_by_app"],
      confirmation: { jkt: "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" },
      use: "limited",
    } as const;
    expect(claimsOf({ profile, ...on })).toMatchObject({
      arc: on.arc,
      anno: on.annotations,
      cnf: on.confirmation,
      use: "limited",
    });
    const off = claimsOf({ profile });
    for (const name of ["arc", "anno", "cnf", "use", "pay"]) expect(off).not.toHaveProperty(name);
  });
});

describe("life", () => {
  const lifeOf = (input: Partial<MintInput>): number => Number(claimsOf(input).exp) - now;

  it("is what the API asks for, within 30 to 300 seconds", () => {
    expect(lifeOf({ lifetimeSeconds: 120 })).toBe(120);
    expect(lifeOf({ lifetimeSeconds: 1 })).toBe(30);
    expect(lifeOf({ lifetimeSeconds: 9000, endsAtMs: nowMs + 9_000_000 })).toBe(300);
    expect(lifeOf({ lifetimeSeconds: 9000, endsAtMs: nowMs + 9_000_000, use: "limited" })).toBe(300);
  });

  it("never outlives the session, however short that is", () => {
    expect(lifeOf({ endsAtMs: nowMs + 40_999 })).toBe(40);
    expect(lifeOf({ endsAtMs: nowMs + 3_000 })).toBe(3);
  });

  it("of examples and of what operators make ends within an hour and a year", () => {
    const endsAtMs = Number.MAX_SAFE_INTEGER;
    expect(lifeOf({ use: "example", lifetimeSeconds: 1e9, endsAtMs })).toBe(3600);
    expect(lifeOf({ use: "long-lived", lifetimeSeconds: 1e9, endsAtMs })).toBe(365 * 86_400);
  });

  it("can be limited further, and never extended", () => {
    expect(lifeOf({ maxLifetimeSeconds: 60 })).toBe(60);
    expect(lifeOf({ maxLifetimeSeconds: 1e9, lifetimeSeconds: 1e9, endsAtMs: nowMs + 9_000_000 })).toBe(300);
  });

  it("is whole seconds, rounded down", () => {
    const claims = claimsOf({ issuedAtMs: nowMs + 999, lifetimeSeconds: 60.9 });
    expect([claims.iat, claims.exp]).toEqual([now, now + 60]);
  });

  it.each(["issuedAtMs", "endsAtMs", "lifetimeSeconds", "maxLifetimeSeconds"])("is never left open by %s", (member) => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, -1, "300" as unknown as number])
      expect(() => mint({ [member]: value })).toThrow(TypeError);
  });
});

describe("the operator's claims", () => {
  const value = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((each) => each + 0),
    fc.array(fc.string()),
  );
  const name = fc.string({ unit: "binary", minLength: 1 }).filter((each) => !reservedClaims.includes(each));
  const names = fc.oneof(name, fc.constantFrom("constructor", "toString", "hasOwnProperty", "toJSON", "valueOf", "0"));

  it("survive in any shape, and leave the other claims as they are", () => {
    fc.assert(
      fc.property(fc.dictionary(names, value), fc.constantFrom(...tokenProfiles), (claims, profile) => {
        expect(claimsOf({ profile, claims })).toEqual({
          ...JSON.parse(JSON.stringify(claims)),
          ...claimsOf({ profile }),
        });
      }),
    );
  });

  it.each(reservedClaims)("never bear the name %s", (reserved) => {
    const claims = JSON.parse(`{"tier":"gold",${JSON.stringify(reserved)}:"x"}`) as Record<string, string>;
    expect(() => mint({ claims })).toThrow(TypeError);
  });

  it("are texts, finite numbers, booleans and lists of texts", () => {
    const values = [null, undefined, Number.NaN, Number.POSITIVE_INFINITY, {}, [1], [null], () => 1, 1n, Symbol("a")];
    for (const each of values) expect(() => mint({ claims: { a: each as never } })).toThrow(TypeError);
  });

  it("are all that may not be: every claim of every profile is reserved", () => {
    const everything: Partial<MintInput> = {
      bind,
      arc: "A",
      annotations: [],
      confirmation: { jkt: "a" },
      use: "limited",
    };
    for (const profile of tokenProfiles)
      for (const claim of Object.keys(claimsOf({ profile, ...everything }))) expect(reservedClaims).toContain(claim);
  });
});

it.each(["none", "constructor", "__proto__", "toString"])("knows no profile and no use named %s", (name) => {
  expect(() => mint({ profile: name as never })).toThrow(TypeError);
  expect(() => mint({ use: name as never })).toThrow(TypeError);
});

it("takes bytes of another length, and empty names, for a programmer's mistake", () => {
  for (const input of [
    { jti: new Uint8Array(15) },
    { jti: new Uint8Array(17) },
    { did: new Uint8Array(15) },
    { bind: new Uint8Array(31) },
    { bind: new Uint8Array(0) },
    { issuer: "" },
    { audience: "" },
    { subject: "" },
  ])
    expect(() => mint(input)).toThrow(TypeError);
});
