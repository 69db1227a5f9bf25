import { createPublicKey, verify, X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import { base64url, concat, fromBase64url, hex, sha256, utf8 } from "./encoding/bytes.ts";
import { createTestAuthority, createVirtualIphone, type VirtualIphoneOptions } from "./index.ts";
import { appleKeyBinding, previousMessage, statementHash, statementMessage } from "./wire/bindings.ts";

const nowMs = Date.UTC(2026, 10, 22, 12);
const authority = createTestAuthority({ seed: "iphone", nowMs });
const appId = "TEAM123456.com.example.gallery";
const app = { id: "gallery", version: "1.0", build: "7" };
const challenge = new Uint8Array(60).fill(9);
const session = utf8('{"use":"session","project":"p"}');
const enrol = utf8('{"use":"enrol","project":"p"}');

function iphone(options: Partial<VirtualIphoneOptions> = {}): ReturnType<typeof createVirtualIphone> {
  return createVirtualIphone({ authority, appId, ios: "18", app, project: "p", nowMs: () => nowMs, ...options });
}

function publicKey(point: Uint8Array): ReturnType<typeof createPublicKey> {
  const jwk = { kty: "EC", crv: "P-256", x: base64url(point.subarray(1, 33)), y: base64url(point.subarray(33)) };
  return createPublicKey({ key: jwk, format: "jwk" });
}

async function attested(options: Partial<VirtualIphoneOptions> = {}) {
  const device = iphone(options);
  const enrolled = await device.keys.enrol(challenge);
  const [evidence] = enrolled.evidence;
  if (evidence?.type !== "apple") throw new Error("no evidence");
  const object = fromBase64url(evidence.attestation);
  // The leaf is the first of two byte strings behind `x5c`; the second is the authority's own intermediate.
  const text = Buffer.from(object);
  const x5c = text.indexOf(Buffer.from("x5c")) + 4;
  const leaf = object.subarray(x5c + 3, x5c + 3 + text.readUInt16BE(x5c + 1));
  const authData = object.subarray(text.lastIndexOf("authData") + 10);
  return { device, enrolled, evidence, object, leaf: new X509Certificate(leaf), authData };
}

describe("createVirtualIphone", () => {
  it("certifies the App Attest key, not the instance key, under the test root", async () => {
    const { enrolled, leaf } = await attested();
    const intermediate = new X509Certificate(authority.apple.intermediateDer);
    expect(leaf.verify(intermediate.publicKey)).toBe(true);
    expect(leaf.checkIssued(intermediate)).toBe(true);
    expect(intermediate.verify(new X509Certificate(authority.apple.rootPem).publicKey)).toBe(true);
    expect(leaf.publicKey.equals(publicKey(enrolled.attestedKey))).toBe(true);
    expect(hex(enrolled.attestedKey)).not.toBe(hex(enrolled.instanceKey));
    expect(leaf.subject).toContain(hex(sha256(enrolled.attestedKey)));
    expect(Date.parse(leaf.validFrom)).toBeLessThanOrEqual(nowMs);
    expect(Date.parse(leaf.validTo)).toBeGreaterThan(nowMs);
  });

  it("binds its evidence to challenge and instance key through the nonce", async () => {
    const { enrolled, evidence, leaf, authData } = await attested();
    expect(evidence.challenge).toBe(base64url(challenge));
    const nonce = sha256(authData, appleKeyBinding(challenge, enrolled.instanceKey));
    expect(leaf.raw.toString("hex")).toContain(`3024a1220420${hex(nonce)}`);
  });

  it.each([
    ["18", "production", 164, 0x40],
    ["27", "production", 226, 0xc0],
    ["18", "development", 164, 0x40],
  ] as const)("iOS %s in %s writes authenticator data of %d bytes", async (ios, environment, length, flags) => {
    const { authData, enrolled } = await attested({ ios, environment, bundleVersion: "1" });
    expect(authData).toHaveLength(length);
    expect(authData[32]).toBe(flags);
    expect(hex(authData.subarray(0, 32))).toBe(hex(sha256(utf8(appId))));
    expect(hex(authData.subarray(33, 37))).toBe("00000000");
    const aaguid = environment === "development" ? "appattestdevelop" : "appattest\0\0\0\0\0\0\0";
    expect(Buffer.from(authData.subarray(37, 53)).toString()).toBe(aaguid);
    expect(hex(authData.subarray(55, 87))).toBe(hex(sha256(enrolled.attestedKey)));
  });

  it("signs a session statement with an assertion alone, over the statement's hash", async () => {
    const { device, enrolled } = await attested();
    const proof = await device.keys.prove(enrolled.alias, session);
    expect(proof.signature).toBeUndefined();
    const assertion = Buffer.from(proof.assertion ?? []);
    const at = assertion.indexOf("authenticatorData") + 19;
    const authenticatorData = assertion.subarray(at);
    const signature = assertion.subarray(13, 13 + (assertion[12] ?? 0));
    const nonce = sha256(authenticatorData, statementHash(session));
    expect(authenticatorData).toHaveLength(37);
    expect(authenticatorData.readUInt32BE(33)).toBe(1);
    expect(verify("sha256", nonce, publicKey(enrolled.attestedKey), signature)).toBe(true);
  });

  it("signs an enrolment with both keys", async () => {
    const { device, enrolled } = await attested({ ios: "27" });
    const proof = await device.keys.prove(enrolled.alias, enrol);
    expect(proof.assertion).toBeDefined();
    const key = { key: publicKey(enrolled.instanceKey), dsaEncoding: "ieee-p1363" } as const;
    expect(verify("sha256", statementMessage(enrol), key, proof.signature ?? new Uint8Array(0))).toBe(true);
  });

  it("counts each assertion, and an attacker can set the counter back", async () => {
    const { device, enrolled } = await attested({ counterStart: 41 });
    await device.keys.prove(enrolled.alias, session);
    expect(device.evil.counter(enrolled.alias)).toBe(42);
    device.evil.setCounter(enrolled.alias, 3);
    await device.keys.prove(enrolled.alias, session);
    expect(device.evil.counter(enrolled.alias)).toBe(4);
  });

  it("attests a key once, and keeps a half-made key for a vendor that was away", async () => {
    const device = iphone();
    device.evil.failNextEnrolment();
    const failure = await device.keys.enrol(challenge).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "unavailable", alias: expect.any(String) });
    const { alias } = failure as { alias: string };
    const enrolled = await device.keys.enrol(challenge, alias);
    expect(enrolled.alias).toBe(alias);
    await expect(device.keys.enrol(challenge, alias)).rejects.toMatchObject({ code: "invalid_key", alias });
  });

  it("signs nothing that is not a statement of its project", async () => {
    const { device, enrolled } = await attested();
    for (const bytes of ["", "null", '{"use":"session","project":"q"}', '{"use":"other","project":"p"}']) {
      await expect(device.keys.prove(enrolled.alias, utf8(bytes))).rejects.toMatchObject({ code: "unsupported" });
    }
  });

  it("loses a forgotten key for ever", async () => {
    const { device, enrolled } = await attested();
    const previous = await device.keys.provePrevious(enrolled.alias, enrol);
    const key = { key: publicKey(enrolled.instanceKey), dsaEncoding: "ieee-p1363" } as const;
    expect(verify("sha256", previousMessage(enrol), key, previous)).toBe(true);
    await device.keys.forget(enrolled.alias);
    await device.keys.forget("unknown");
    await expect(device.keys.prove(enrolled.alias, session)).rejects.toMatchObject({ code: "invalid_key" });
  });

  it("reports planted signals until they are cleared", async () => {
    const device = iphone();
    device.see({ name: "hook", count: 1, ageSeconds: 0 });
    expect((await device.detectors.observe()).seen).toEqual([{ name: "hook", count: 1, ageSeconds: 0 }]);
    device.evil.clearSignals();
    const observed = await device.detectors.observe();
    expect(observed.seen).toEqual([]);
    expect(Object.keys(observed.detectors)).toEqual(["debugger", "emulator", "hook", "mitm", "repackaged", "root"]);
  });

  it("hands an attacker other statements, but no chain to extend", async () => {
    const { device, enrolled } = await attested();
    expect(device.evil.prove(enrolled.alias, "session", concat(utf8("anything"))).assertion).toBeDefined();
    expect(() => device.evil.extendChain(challenge)).toThrow(TypeError);
    expect(() => device.evil.attest(new Uint8Array(91), challenge)).toThrow(TypeError);
  });
});
