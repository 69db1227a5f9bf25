import { createHash, createPublicKey, type KeyObject, verify } from "node:crypto";
import { calculateJwkThumbprint, decodeProtectedHeader, jwtVerify } from "jose";
import { beforeEach, describe, expect, it } from "vitest";
import type { HttpSignatureRequest, NativeKeys } from "../ports.ts";
import { createSoftwareKeys } from "../testing/software-keys.ts";
import type { Database } from "../web/database.ts";
import { webKeys } from "../web/web-keys.ts";

/** What the keys of a platform make, judged by `node:crypto` and `jose` alone. */

function memoryDatabase(): Database & { readonly values: Map<string, unknown> } {
  const values = new Map<string, unknown>();
  return {
    values,
    get: async (name) => values.get(name),
    put: async (name, value) => void values.set(name, value),
    remove: async (name) => void values.delete(name),
  };
}

const project = "AAAAAAAAAAAAAAAAAAAAAA";
const makers: readonly (readonly [string, () => NativeKeys])[] = [
  ["software keys, android", () => createSoftwareKeys("android")],
  ["software keys, ios", () => createSoftwareKeys("ios")],
  ["WebCrypto keys", () => webKeys({ project, database: memoryDatabase() })],
];
const url = "https://api.example.com/a/b?key=1#top";
const signed: HttpSignatureRequest = {
  method: "POST",
  targetUri: "https://api.example.com/a/b?key=1",
  contentDigest: "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:",
  header: { name: "Authorization", value: "Bearer e30.e30.c2ln" },
  created: 1_795_000_000,
  nonce: "bm9uY2Vub25jZW5vbmNlbg",
};

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => "no error",
    (error: unknown) => (error as { code?: unknown }).code,
  );
}

describe.each(makers)("%s", (_name, make) => {
  let keys: NativeKeys;
  let alias: string;
  let jwk: { kty: string; crv: string; x: string; y: string };
  let key: KeyObject;
  beforeEach(async () => {
    keys = make();
    const enrolled = await keys.enrol(new Uint8Array(60));
    alias = enrolled.alias;
    const [x, y] = [enrolled.instanceKey.slice(1, 33), enrolled.instanceKey.slice(33)];
    const text = (part: Uint8Array): string => Buffer.from(part).toString("base64url");
    jwk = { kty: "EC", crv: "P-256", x: text(x), y: text(y) };
    key = createPublicKey({ key: jwk, format: "jwk" });
  });

  it("make DPoP proofs that hold the key, the request and the token's hash", async () => {
    const request = { method: "GET", url, token: "e30.e30.c2ln", nonce: "n-1", iat: 5, jti: "j-1" };
    const proof = await keys.dpop(alias, request);
    expect(decodeProtectedHeader(proof)).toEqual({ typ: "dpop+jwt", alg: "ES256", jwk });
    const { payload } = await jwtVerify(proof, key, { typ: "dpop+jwt", algorithms: ["ES256"] });
    expect(payload).toEqual({
      jti: "j-1",
      htm: "GET",
      htu: "https://api.example.com/a/b",
      iat: 5,
      ath: createHash("sha256").update("e30.e30.c2ln").digest("base64url"),
      nonce: "n-1",
    });
  });

  it("leave out the token's hash and the nonce where there are none", async () => {
    const proof = await keys.dpop(alias, { method: "POST", url, token: null, iat: 5, jti: "j" });
    const { payload } = await jwtVerify(proof, key);
    expect(Object.keys(payload)).toEqual(["jti", "htm", "htu", "iat"]);
  });

  it("make HTTP signatures over exactly the components they name", async () => {
    const { signatureInput, signature } = await keys.httpSignature(alias, signed);
    const keyid = await calculateJwkThumbprint(jwk);
    const inner = `("@method" "@target-uri" "content-digest" "authorization");created=1795000000;expires=1795000060;nonce="bm9uY2Vub25jZW5vbmNlbg";keyid="${keyid}";tag="countersign"`;
    expect(signatureInput).toBe(`countersign=${inner}`);
    const base = [
      '"@method": POST',
      '"@target-uri": https://api.example.com/a/b?key=1',
      '"content-digest": sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:',
      '"authorization": Bearer e30.e30.c2ln',
      `"@signature-params": ${inner}`,
    ].join("\n");
    const [, bytes = ""] = /^countersign=:([A-Za-z0-9+/]{86}==):$/.exec(signature) ?? [];
    const made = { key, dsaEncoding: "ieee-p1363" } as const;
    expect(verify("sha256", Buffer.from(base), made, Buffer.from(bytes, "base64"))).toBe(true);
  });

  it("name no digest and no header where there are none", async () => {
    const { signatureInput } = await keys.httpSignature(alias, { ...signed, contentDigest: null, header: null });
    expect(signatureInput).toContain('countersign=("@method" "@target-uri");');
  });

  it.each<Partial<HttpSignatureRequest>>([
    { method: 'GET\n"x": y' },
    { targetUri: "https://a.example/\r\nx" },
    { header: { name: 'a": b\n"c', value: "x" } },
    { header: { name: "a", value: "b\nc" } },
    { nonce: 'a";keyid="other' },
  ])("sign nothing that would write lines or parameters of its own: %j", async (change) => {
    expect(await codeOf(keys.httpSignature(alias, { ...signed, ...change }))).toBe("unsupported");
  });

  it("make proofs for client attestations", async () => {
    const proof = await keys.clientAttestationProof(alias, {
      audience: "https://as.example",
      challenge: "c",
      iat: 5,
      jti: "j",
    });
    expect(decodeProtectedHeader(proof)).toEqual({ typ: "oauth-client-attestation-pop+jwt", alg: "ES256" });
    const { payload } = await jwtVerify(proof, key, { audience: "https://as.example", algorithms: ["ES256"] });
    expect(payload).toEqual({ aud: "https://as.example", jti: "j", iat: 5, challenge: "c" });
  });

  it("say invalid_key for a key that is gone", async () => {
    await keys.forget(alias);
    expect(await codeOf(keys.dpop(alias, { method: "GET", url, token: null, iat: 5, jti: "j" }))).toBe("invalid_key");
    expect(await codeOf(keys.httpSignature(alias, signed))).toBe("invalid_key");
    const request = { audience: "https://as.example", iat: 5, jti: "j" };
    expect(await codeOf(keys.clientAttestationProof(alias, request))).toBe("invalid_key");
  });
});

describe("WebCrypto keys", () => {
  it("never leave the browser's hands", async () => {
    const database = memoryDatabase();
    const { alias } = await webKeys({ project, database }).enrol(new Uint8Array(60));
    const { privateKey } = database.values.get(alias) as { privateKey: CryptoKey };
    expect([privateKey.extractable, privateKey.usages]).toEqual([false, ["sign"]]);
    await expect(crypto.subtle.exportKey("pkcs8", privateKey)).rejects.toThrow();
  });

  it("kept by a version that made no proofs prove statements on, and ask for another where a proof must name them", async () => {
    const database = memoryDatabase();
    const keys = webKeys({ project, database });
    const { alias } = await keys.enrol(new Uint8Array(60));
    const { privateKey } = database.values.get(alias) as { privateKey: CryptoKey };
    for (const old of [{ privateKey }, { privateKey, point: new Uint8Array(65) }]) {
      database.values.set(alias, old);
      expect(await codeOf(keys.dpop(alias, { method: "GET", url, token: null, iat: 5, jti: "j" }))).toBe("invalid_key");
      expect(await codeOf(keys.httpSignature(alias, signed))).toBe("invalid_key");
    }
  });
});
