import { createHash, createPublicKey, verify } from "node:crypto";
import { calculateJwkThumbprint, decodeProtectedHeader, jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import { base64url } from "../encoding/bytes.ts";
import {
  createTestAuthority,
  createVirtualBrowser,
  createVirtualIphone,
  createVirtualPixel,
  type VirtualDevice,
} from "../index.ts";

const nowMs = Date.UTC(2026, 10, 22, 12);
const authority = createTestAuthority({ seed: "proofs", nowMs });
const shared = { authority, app: { id: "gallery", version: "1.0", build: "7" }, project: "p", nowMs: () => nowMs };
const devices: readonly (readonly [string, () => VirtualDevice])[] = [
  ["an iPhone", () => createVirtualIphone({ ...shared, appId: "TEAM123456.com.example.gallery", ios: "27" })],
  [
    "a Pixel",
    () =>
      createVirtualPixel({
        ...shared,
        security: "strongbox",
        provisioning: "remote",
        packageName: "com.example.gallery",
        versionCode: 7,
        signingDigest: "ab".repeat(32),
      }),
  ],
  ["a browser", () => createVirtualBrowser(shared)],
];
const target = "https://api.example.com:8443/a?b=c";
const unique = "dW5pcXVldW5pcXVldW5pcQ";

async function enrolled(device: VirtualDevice) {
  const { alias, instanceKey } = await device.keys.enrol(new Uint8Array(60).fill(9));
  const [x, y] = [instanceKey.subarray(1, 33), instanceKey.subarray(33)].map(base64url);
  const jwk = { kty: "EC", crv: "P-256", x: x ?? "", y: y ?? "" };
  return { alias, jwk, key: createPublicKey({ key: jwk, format: "jwk" }), keys: device.keys };
}

describe.each(devices)("%s", (_name, make) => {
  it("makes DPoP proofs by its instance key", async () => {
    const { alias, jwk, key, keys } = await enrolled(make());
    const request = { method: "PUT", url: target, token: "e30.e30.c2ln", nonce: "n", iat: 5, jti: unique };
    const proof = await keys.dpop(alias, request);
    expect(decodeProtectedHeader(proof)).toEqual({ typ: "dpop+jwt", alg: "ES256", jwk });
    const ath = createHash("sha256").update("e30.e30.c2ln").digest("base64url");
    const expected = { jti: unique, htm: "PUT", htu: "https://api.example.com:8443/a", iat: 5, ath, nonce: "n" };
    expect((await jwtVerify(proof, key)).payload).toEqual(expected);
    const bare = await keys.dpop(alias, { method: "PUT", url: "https://a.example/", token: null, iat: 5, jti: unique });
    expect((await jwtVerify(bare, key)).payload).toEqual({
      jti: unique,
      htm: "PUT",
      htu: "https://a.example/",
      iat: 5,
    });
  });

  it("signs HTTP messages by its instance key", async () => {
    const { alias, jwk, key, keys } = await enrolled(make());
    const header = { name: "X-Token", value: "e30.e30.c2ln" };
    const request = {
      method: "POST",
      targetUri: target,
      contentDigest: "sha-256=:AA==:",
      header,
      created: 5,
      nonce: unique,
    };
    const { signatureInput, signature } = await keys.httpSignature(alias, request);
    const keyid = await calculateJwkThumbprint(jwk);
    const inner = `("@method" "@target-uri" "content-digest" "x-token");created=5;expires=65;nonce="${unique}";keyid="${keyid}";tag="countersign"`;
    expect(signatureInput).toBe(`countersign=${inner}`);
    const lines = ['"@method": POST', `"@target-uri": ${target}`, '"content-digest": sha-256=:AA==:'];
    const base = [...lines, '"x-token": e30.e30.c2ln', `"@signature-params": ${inner}`].join("\n");
    const bytes = Buffer.from(/^countersign=:([^:]*):$/.exec(signature)?.[1] ?? "", "base64");
    expect(verify("sha256", Buffer.from(base), { key, dsaEncoding: "ieee-p1363" }, bytes)).toBe(true);
  });

  it("signs no lines or parameters of the caller's own", async () => {
    const { alias, keys } = await enrolled(make());
    const request = { method: "GET", targetUri: target, contentDigest: null, header: null, created: 5, nonce: unique };
    for (const change of [
      { method: 'GET\n"x": y' },
      { contentDigest: "sha-256=:AA==:\nx" },
      { header: { name: 'a": b\n"c', value: "x" } },
      { header: { name: "a", value: "x\r\ny" } },
      { nonce: 'a";keyid="b' },
    ]) {
      await expect(keys.httpSignature(alias, { ...request, ...change })).rejects.toMatchObject({ code: "unsupported" });
    }
  });

  it("makes proofs for client attestations by its instance key", async () => {
    const { alias, key, keys } = await enrolled(make());
    const request = { audience: "https://as.example", challenge: "c", iat: 5, jti: unique };
    const proof = await keys.clientAttestationProof(alias, request);
    expect(decodeProtectedHeader(proof)).toEqual({ typ: "oauth-client-attestation-pop+jwt", alg: "ES256" });
    const { payload } = await jwtVerify(proof, key);
    expect(payload).toEqual({ aud: "https://as.example", jti: unique, iat: 5, challenge: "c" });
    await keys.forget(alias);
    await expect(keys.clientAttestationProof(alias, request)).rejects.toMatchObject({ code: "invalid_key" });
  });
});
