import { generateKeyPairSync } from "node:crypto";
import { exportJWK, exportSPKI, type JWK, SignJWT } from "jose";
import jsonwebtoken from "jsonwebtoken";
import { describe, expect, it } from "vitest";
import { localJwks } from "./keys/local-jwks.ts";
import { pem } from "./keys/pem.ts";
import { secretKeys } from "./keys/secret-keys.ts";
import {
  claimsOf,
  decoySecret,
  ecJws,
  header,
  issuer,
  judge,
  macJws,
  nowMs,
  nowSeconds,
  ports,
  reasonOf,
  secret,
  segmentOf,
  tokenOf,
} from "./minting.suite.ts";
import type { VerifierOptions } from "./verifier-options.ts";

const options: VerifierOptions = { issuer, audience: "nasa", keys: secretKeys([{ secret, kid: "k1" }]) };

const pairs = {
  ES256: generateKeyPairSync("ec", { namedCurve: "P-256" }),
  EdDSA: generateKeyPairSync("ed25519"),
  RS256: generateKeyPairSync("rsa", { modulusLength: 2048 }),
  PS256: generateKeyPairSync("rsa", { modulusLength: 2048 }),
} as const;
const algs = ["ES256", "EdDSA", "RS256", "PS256"] as const;

async function publicJwk(alg: (typeof algs)[number], other: object = {}): Promise<JWK> {
  return { ...(await exportJWK(pairs[alg].publicKey)), alg, use: "sig", kid: alg, ...other };
}

const joseToken = (alg: (typeof algs)[number], kid: string = alg): Promise<string> =>
  new SignJWT(claimsOf()).setProtectedHeader({ alg, typ: "JWT", kid }).sign(pairs[alg].privateKey);

describe.each(ports)("a token over %s", (_, port) => {
  const reason = async (token: string, other: Partial<VerifierOptions> = {}): Promise<string> =>
    reasonOf(await judge(port, { ...options, ...other }, token));

  it("verifies under its secret, with every claim", async () => {
    const verification = await judge(port, options, tokenOf({ arc: "ABCDEFGHIJKLMNOP", tier: "gold" }));
    expect(verification).toEqual({
      ok: true,
      bucket: "verified",
      token: {
        claims: claimsOf({ arc: "ABCDEFGHIJKLMNOP", tier: "gold" }),
        subject: "AAAAAAAAAAAAAAAAAAAAAA",
        arc: "ABCDEFGHIJKLMNOP",
        use: "instance",
        expiresAtMs: nowMs + 290_000,
        proof: "none",
      },
    });
  });

  it("hands an app's own claims through as they are, apart from the service's", async () => {
    const custom = { order: "4711", sub: "somebody", nested: [{ deep: null }] };
    const verification = await judge(port, options, tokenOf({ custom }));
    expect(verification).toMatchObject({ ok: true, token: { claims: claimsOf({ custom }) } });
    expect(verification.ok && verification.token.subject).toBe("AAAAAAAAAAAAAAAAAAAAAA");
  });

  it("of jsonwebtoken verifies, kid or none, secret as bytes, base64 or base64url", async () => {
    const token = jsonwebtoken.sign(claimsOf(), secret, { algorithm: "HS256" });
    for (const form of [secret, secret.toString("base64"), secret.toString("base64url")])
      expect(await reason(token, { keys: secretKeys([{ secret: form }]) })).toBe("ok");
    expect(await reason(tokenOf(), { keys: secretKeys([{ secret }]) })).toBe("ok");
    expect(await reason(tokenOf(), { keys: secretKeys([{ secret: decoySecret }, { secret }]) })).toBe("ok");
  });

  it.each(algs)("of jose with %s verifies by key set and by PEM", async (alg) => {
    const token = await joseToken(alg);
    expect(await reason(token, { keys: localJwks({ keys: [await publicJwk(alg)] }) })).toBe("ok");
    expect(await reason(token, { keys: pem({ pem: await exportSPKI(pairs[alg].publicKey), alg }) })).toBe("ok");
  });

  it("is refused where it is altered in any segment", async () => {
    const [head = "", payload = "", signature = ""] = tokenOf().split(".");
    const forged = segmentOf(claimsOf({ sub: "someone else" }));
    expect(await reason(`${head}.${forged}.${signature}`)).toBe("signature_invalid");
    expect(await reason(`${head}.${payload}.${"A".repeat(43)}`)).toBe("signature_invalid");
    expect(await reason(`${head}.${payload}.`)).toBe("signature_invalid");
    expect(await reason(`${segmentOf({ ...header, kid: undefined })}.${payload}.${signature}`)).toBe(
      "signature_invalid",
    );
  });

  it("is refused under another secret", async () => {
    expect(await reason(macJws(header, claimsOf(), Buffer.alloc(32, 8)))).toBe("signature_invalid");
  });

  it("of exactly three segments of canonical base64url is read, any other is not", async () => {
    const token = tokenOf();
    const [head = "", payload = "", signature = ""] = token.split(".");
    // 43 characters hold 32 bytes and two unused bits.
    const last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".indexOf(signature.at(-1) ?? "");
    const loose = `${signature.slice(0, -1)}${"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[last + 1]}`;
    const malformed = [
      "",
      "x",
      `${head}.${payload}`,
      `${token}.${signature}`,
      `${token}=`,
      `${head}=.${payload}.${signature}`,
      `${head}.${payload}.${loose}`,
      `${head}.${payload}\n.${signature}`,
      ` ${token}`,
      `${head}.${payload.replace(/.$/, "+")}.${signature}`,
      `..${signature}`,
    ];
    for (const each of malformed) expect(await reason(each), each).toBe("token_malformed");
    expect(await reason(token)).toBe("ok");
  });

  it("longer than 8 KiB is not looked at", async () => {
    expect(await reason(tokenOf({ long: "x".repeat(8192) }))).toBe("token_too_large");
    expect(await reason(tokenOf({ long: "x".repeat(5000) }))).toBe("ok");
  });

  it("that is encrypted is named so where there is no key to open it", async () => {
    expect(await reason("a.b.c.d.e")).toBe("token_encrypted");
    expect(await reason("a.b.c.d.e.f")).toBe("token_malformed");
    expect(await reason("a.b.c.d.e", { decrypt: { decrypt: async () => null } })).toBe("decryption_failed");
    expect(await reason("a.b.c.d.e", { decrypt: { decrypt: async () => tokenOf() } })).toBe("ok");
    expect(await reason("a.b.c.d.e", { decrypt: { decrypt: async () => "a.b.c.d.e" } })).toBe("token_encrypted");
  });

  it.each(["crit", "jwk", "jku", "x5u", "x5c", "x5t", "b64", "zip", "cty", "other"])(
    "whose header has %s is refused, not read past it",
    async (name) => {
      expect(await reason(macJws({ ...header, [name]: name === "crit" ? ["exp"] : "x" }, claimsOf()))).toBe(
        "token_malformed",
      );
    },
  );

  it("whose header repeats a member or is no object is refused", async () => {
    const repeated = '{"alg":"none","alg":"HS256","typ":"JWT"}';
    for (const each of [repeated, "[]", "null", '"x"', "{", `{"alg":"HS256","typ":"JWT","kid":7}`, "\ufeff{}"])
      expect(await reason(macJws(each, claimsOf())), each).toBe("token_malformed");
  });

  it("of another type is refused", async () => {
    for (const typ of [undefined, "at+jwt", "dpop+jwt", "jwt", "JOSE", null, 7])
      expect(await reason(macJws({ ...header, typ }, claimsOf()))).toBe("type_wrong");
  });

  it("of none or of an unknown algorithm is refused", async () => {
    for (const alg of [
      "none",
      "None",
      "",
      "HS384",
      "HS512",
      "ES384",
      "RS512",
      "Ed25519",
      undefined,
      null,
      7,
      ["HS256"],
    ])
      expect(await reason(macJws({ ...header, alg }, claimsOf())), String(alg)).toBe("algorithm_refused");
    expect(await reason(`${segmentOf({ alg: "none", typ: "JWT" })}.${segmentOf(claimsOf())}.`)).toBe(
      "algorithm_refused",
    );
  });

  it("never has a public key taken for a secret", async () => {
    const spki = await exportSPKI(pairs.RS256.publicKey);
    const confused = macJws({ ...header, kid: "RS256" }, claimsOf(), Buffer.from(spki));
    expect(await reason(confused, { keys: pem({ pem: spki, alg: "RS256" }) })).toBe("algorithm_refused");
    const unknown = macJws({ ...header, kid: "unknown" }, claimsOf(), Buffer.from(spki));
    expect(await reason(unknown, { keys: localJwks({ keys: [await publicJwk("RS256")] }) })).toBe("algorithm_refused");
    expect(await reason(confused, { keys: localJwks({ keys: [await publicJwk("RS256")] }) })).toBe("algorithm_refused");
  });

  it("of an algorithm that is another key's of the same set is refused", async () => {
    const keys = localJwks({ keys: [await publicJwk("RS256"), await publicJwk("PS256"), await publicJwk("ES256")] });
    const other = await new SignJWT(claimsOf())
      .setProtectedHeader({ alg: "PS256", typ: "JWT", kid: "RS256" })
      .sign(pairs.RS256.privateKey);
    expect(await reason(other, { keys })).toBe("algorithm_refused");
    expect(await reason(await joseToken("RS256"), { keys })).toBe("ok");
  });

  it("has one signature: an RSA one without its leading zero is refused", async () => {
    const keys = localJwks({ keys: [await publicJwk("PS256")] });
    let token = await joseToken("PS256");
    // PSS signatures are random: one in 256 begins with a zero byte.
    while (Buffer.from(token.split(".")[2] ?? "", "base64url")[0] !== 0) token = await joseToken("PS256");
    const [head = "", payload = "", signature = ""] = token.split(".");
    const cut = Buffer.from(signature, "base64url").subarray(1).toString("base64url");
    expect(await reason(token, { keys })).toBe("ok");
    expect(await reason(`${head}.${payload}.${cut}`, { keys })).toBe("signature_invalid");
  });

  it("of an unknown key is refused; without kid it may mean the only key of a set, not one of many", async () => {
    const one = localJwks({ keys: [await publicJwk("ES256")] });
    const two = localJwks({ keys: [await publicJwk("ES256"), await publicJwk("EdDSA")] });
    expect(await reason(await joseToken("ES256", "k9"), { keys: one })).toBe("key_unknown");
    const bare = ecJws({ alg: "ES256", typ: "JWT" }, claimsOf(), pairs.ES256.privateKey);
    expect(await reason(bare, { keys: one })).toBe("ok");
    expect(await reason(bare, { keys: two })).toBe("key_unknown");
    expect(await reason(macJws({ ...header, kid: "k2" }, claimsOf()))).toBe("key_unknown");
  });

  it("of a key past its time is refused at that second, before its signature is looked at", async () => {
    const token = await joseToken("ES256");
    const retiring = async (exp: number) => localJwks({ keys: [await publicJwk("ES256", { exp })] });
    expect(await reason(token, { keys: await retiring(nowSeconds + 1) })).toBe("ok");
    expect(await reason(token, { keys: await retiring(nowSeconds) })).toBe("key_retired");
    expect(await reason(`${token.slice(0, -10)}AAAAAAAAAA`, { keys: await retiring(nowSeconds) })).toBe("key_retired");
  });

  it("under a decoy key is a decoy, whatever kid it shows; without that key it is only invalid", async () => {
    const decoy = macJws(header, claimsOf(), decoySecret);
    const verification = await judge(port, { ...options, decoyKeys: [{ secret: decoySecret, kid: "other" }] }, decoy);
    expect(verification).toEqual({ ok: false, bucket: "invalid", reason: "decoy" });
    expect(await reason(decoy)).toBe("signature_invalid");
    expect(await reason(tokenOf(), { decoyKeys: [{ secret: decoySecret }] })).toBe("ok");
  });

  it("is not read before its signature verified", async () => {
    expect(await reason(macJws(header, '{"exp":1,"exp":2}', decoySecret))).toBe("signature_invalid");
    expect(await reason(macJws(header, claimsOf({ exp: 1 }), decoySecret))).toBe("signature_invalid");
  });

  it("with claims that are no I-JSON object, or repeat a member, is refused", async () => {
    const text = JSON.stringify(claimsOf());
    const repeated = text.replace("{", '{"exp":9999999999,');
    const bad = ["", "[]", "null", "1", "{", repeated, `${text}x`, `\ufeff${text}`, text.replace("{", '{"x":1e400,')];
    for (const each of bad) expect(await reason(macJws(header, each)), each).toBe("claims_malformed");
    expect(await reason(macJws(header, ` ${text.replace(",", " ,\n")} `))).toBe("ok");
  });

  it.each([
    ["exp", undefined],
    ["exp", "1"],
    ["exp", nowSeconds + 0.5],
    ["exp", -1],
    ["exp", null],
    ["exp", 2 ** 53],
    ["iat", undefined],
    ["iat", nowSeconds - 0.5],
    ["nbf", "now"],
    ["iss", undefined],
    ["iss", [issuer]],
    ["aud", undefined],
    ["aud", 7],
    ["aud", ["nasa", 7]],
    ["sub", undefined],
    ["sub", 7],
    ["jti", undefined],
    ["jti", {}],
    ["pay", 7],
    ["arc", []],
    ["anno", "x"],
    ["anno", [1]],
    ["cnf", "x"],
    ["cnf", ["x"]],
    ["use", true],
    ["did", 7],
    ["ip", 7],
  ])("whose %s is %j is refused", async (name, value) => {
    expect(await reason(tokenOf({ [name]: value }), { accept: ["example"] })).toBe("claims_malformed");
  });

  it("of another issuer or audience is refused", async () => {
    expect(await reason(tokenOf({ iss: `${issuer}/development` }))).toBe("issuer_wrong");
    expect(await reason(tokenOf({ iss: `${issuer}/development` }), { issuer: null })).toBe("ok");
    expect(await reason(tokenOf({ aud: "esa" }))).toBe("audience_wrong");
    expect(await reason(tokenOf({ aud: [] }))).toBe("audience_wrong");
    expect(await reason(tokenOf({ aud: ["esa", "nasa"] }))).toBe("ok");
    expect(await reason(tokenOf({ aud: "esa" }), { audience: ["nasa", "esa"] })).toBe("ok");
    expect(await reason(tokenOf({ aud: "esa" }), { audience: null })).toBe("ok");
  });

  it("is judged by the clock, with the tolerance and no more", async () => {
    const lived = (exp: number) => tokenOf({ iat: nowSeconds - 200, exp });
    expect(await reason(lived(nowSeconds - 4))).toBe("ok");
    expect(await reason(lived(nowSeconds - 5))).toBe("token_expired");
    expect(await reason(lived(nowSeconds), { clockToleranceSeconds: 0 })).toBe("token_expired");
    expect(await reason(tokenOf({ iat: nowSeconds + 5 }))).toBe("ok");
    expect(await reason(tokenOf({ iat: nowSeconds + 6 }))).toBe("token_not_yet_valid");
    expect(await reason(tokenOf({ nbf: nowSeconds + 6 }))).toBe("token_not_yet_valid");
    expect(await reason(tokenOf({ nbf: nowSeconds + 5 }))).toBe("ok");
  });

  it("of an instance that lives longer than the service allows is refused", async () => {
    expect(await reason(tokenOf({ iat: nowSeconds, exp: nowSeconds + 300 }))).toBe("ok");
    expect(await reason(tokenOf({ iat: nowSeconds, exp: nowSeconds + 301 }))).toBe("claims_malformed");
    expect(await reason(tokenOf({ iat: nowSeconds, exp: nowSeconds + 301 }), { maxLifetimeSeconds: 600 })).toBe("ok");
  });

  it("of another use counts only where that use is accepted", async () => {
    const long = { iat: nowSeconds, exp: nowSeconds + 86_400 };
    expect(await reason(tokenOf({ use: "example" }))).toBe("use_refused");
    expect(await reason(tokenOf({ use: "example" }), { accept: ["example"] })).toBe("ok");
    expect(await reason(tokenOf({ ...long, use: "example" }), { accept: ["example"] })).toBe("claims_malformed");
    expect(await reason(tokenOf({ ...long, use: "long-lived" }), { accept: ["example"] })).toBe("use_refused");
    expect(await reason(tokenOf({ ...long, use: "long-lived" }), { accept: ["long-lived"] })).toBe("ok");
    expect(await reason(tokenOf({ use: "limited" }))).toBe("use_refused");
    expect(await reason(tokenOf({ use: "instance" }))).toBe("use_refused");
    expect(await reason(tokenOf({ use: "toString" }))).toBe("use_refused");
  });

  it("of the reference product, with exp and did alone, counts in its profile and in no other", async () => {
    const claims = { exp: nowSeconds + 200, did: "MSoSzkRlBoco17xZ146Gow==", ip: "1.2.3.4", anno: ["rooted"] };
    const open: Partial<VerifierOptions> = { issuer: null, audience: null, keys: secretKeys([{ secret }]) };
    const token = jsonwebtoken.sign(claims, secret, { algorithm: "HS256", noTimestamp: true });
    expect(await reason(token, { ...open, profile: "approov" })).toBe("ok");
    expect(await reason(token, open)).toBe("claims_malformed");
    expect(await reason(token, { ...open, profile: "approov", issuer })).toBe("issuer_wrong");
    expect(await reason(token, { ...open, profile: "approov", audience: "nasa" })).toBe("audience_wrong");
    const lasting = jsonwebtoken.sign({ exp: nowSeconds + 900 }, secret, { algorithm: "HS256", noTimestamp: true });
    expect(await reason(lasting, { ...open, profile: "approov" })).toBe("claims_malformed");
    const endless = jsonwebtoken.sign({ did: "x" }, secret, { algorithm: "HS256", noTimestamp: true });
    expect(await reason(endless, { ...open, profile: "approov" })).toBe("claims_malformed");
  });

  it("of the profile firebase-app-check has a list as audience and no jti", async () => {
    const keys = localJwks({ keys: [await publicJwk("RS256")] });
    const token = await new SignJWT(
      claimsOf({ aud: ["projects/12", "projects/demo"], sub: "1:12:ios:ab", jti: undefined }),
    )
      .setProtectedHeader({ alg: "RS256", typ: "JWT", kid: "RS256" })
      .sign(pairs.RS256.privateKey);
    const expected = { keys, profile: "firebase-app-check", audience: "projects/demo" } as const;
    expect(await reason(token, expected)).toBe("ok");
    expect(await reason(token, { ...expected, audience: "projects/other" })).toBe("audience_wrong");
  });
});
