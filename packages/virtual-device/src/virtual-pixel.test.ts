import { createPublicKey, generateKeyPairSync, verify, X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import { base64url, fromBase64url, hex, utf8 } from "./encoding/bytes.ts";
import { createTestAuthority, createVirtualPixel, type VirtualPixelOptions } from "./index.ts";
import { androidKeyBinding, previousMessage, statementMessage } from "./wire/bindings.ts";

const nowMs = Date.UTC(2026, 10, 22, 12);
const authority = createTestAuthority({ seed: "pixel", nowMs });
const challenge = new Uint8Array(60).fill(9);
const session = utf8('{"use":"session","project":"p"}');

function pixel(options: Partial<VirtualPixelOptions> = {}): ReturnType<typeof createVirtualPixel> {
  return createVirtualPixel({
    authority,
    security: "tee",
    provisioning: "factory",
    packageName: "com.example.gallery",
    versionCode: 42,
    signingDigest: "ab".repeat(32),
    app: { id: "gallery", version: "1.0", build: "42" },
    project: "p",
    nowMs: () => nowMs,
    ...options,
  });
}

function chainOf(evidence: unknown): X509Certificate[] {
  const [item] = evidence as { chain: string[] }[];
  return (item?.chain ?? []).map((text) => new X509Certificate(fromBase64url(text)));
}

function publicKey(point: Uint8Array): ReturnType<typeof createPublicKey> {
  const jwk = { kty: "EC", crv: "P-256", x: base64url(point.subarray(1, 33)), y: base64url(point.subarray(33)) };
  return createPublicKey({ key: jwk, format: "jwk" });
}

function leafHex(chain: readonly X509Certificate[]): string {
  return chain[0]?.raw.toString("hex") ?? "";
}

describe("createVirtualPixel", () => {
  it.each([
    ["tee", "factory", 4],
    ["strongbox", "factory", 4],
    ["tee", "remote", 5],
    ["strongbox", "remote", 5],
    ["software", "factory", 4],
  ] as const)(
    "%s, %s: a chain of %#2$d that links by name and signature to a test root",
    async (security, provisioning, length) => {
      const enrolled = await pixel({ security, provisioning }).keys.enrol(challenge);
      const chain = chainOf(enrolled.evidence);
      expect(chain).toHaveLength(length);
      for (const [index, certificate] of chain.entries()) {
        const issuer = chain[index + 1] ?? certificate;
        expect(certificate.issuer).toBe(issuer.subject);
        expect(certificate.verify(issuer.publicKey)).toBe(true);
        expect(Date.parse(certificate.validFrom)).toBeLessThanOrEqual(nowMs);
        expect(Date.parse(certificate.validTo)).toBeGreaterThan(nowMs);
      }
      const root = provisioning === "remote" ? authority.google.rootPem : authority.google.factoryRootPem;
      expect(chain.at(-1)?.fingerprint256).toBe(new X509Certificate(root).fingerprint256);
      expect(chain[0]?.publicKey.equals(publicKey(enrolled.instanceKey))).toBe(true);
      expect(enrolled.attestedKey).toEqual(enrolled.instanceKey);
    },
  );

  it("fixes the tagged hash of the challenge into the key", async () => {
    const chain = chainOf((await pixel().keys.enrol(challenge)).evidence);
    expect(leafHex(chain)).toContain(`0420${hex(androidKeyBinding(challenge))}`);
  });

  it("asks for exactly the enrolment's key parameters", async () => {
    const chain = chainOf((await pixel().keys.enrol(challenge)).evidence);
    expect(leafHex(chain)).toContain(
      "a1053103020102a203020103a30402020100a5053103020104aa03020101bf8377020500bf853e03020100",
    );
  });

  it("names StrongBox in the attestation certificate of a StrongBox key", async () => {
    const factory = chainOf((await pixel({ security: "strongbox" }).keys.enrol(challenge)).evidence);
    const remote = chainOf(
      (await pixel({ security: "strongbox", provisioning: "remote" }).keys.enrol(challenge)).evidence,
    );
    expect(factory[1]?.subject).toMatch(/title=StrongBox/);
    expect(remote[1]?.subject).toMatch(/O=StrongBox/);
    expect(remote[2]?.subject).toBe("O=Google LLC\nCN=Droid CA3");
  });

  it("writes lock and boot state into the hardware's list", async () => {
    const state = async (options: Partial<VirtualPixelOptions>): Promise<string> =>
      leafHex(chainOf((await pixel(options).keys.enrol(challenge)).evidence));
    const zeros = "00".repeat(32);
    expect(await state({})).toContain("0101ff0a0100");
    expect(await state({ locked: false })).toContain(`0420${zeros}0101000a0102`);
    expect(await state({ bootState: "self_signed", verifiedBootKey: "c4".repeat(32) })).toContain(
      `0420${"c4".repeat(32)}0101ff0a0101`,
    );
  });

  it("leaves the hardware's list empty for a software key", async () => {
    const chain = chainOf((await pixel({ security: "software" }).keys.enrol(challenge)).evidence);
    expect(leafHex(chain)).toMatch(/020201900a0100020201900a0100/);
    expect(leafHex(chain)).not.toContain("bf8540");
  });

  it.each(["factory", "remote"] as const)(
    "hangs a revoked %s batch under the serial that is revoked",
    async (provisioning) => {
      const serials = async (revokedBatch: boolean): Promise<string[]> =>
        chainOf((await pixel({ provisioning, revokedBatch }).keys.enrol(challenge)).evidence).map((certificate) =>
          certificate.serialNumber.toLowerCase(),
        );
      expect(await serials(true)).toContain(authority.revokedSerial);
      expect(await serials(false)).not.toContain(authority.revokedSerial);
    },
  );

  it("keeps one attestation key for all keys of a device", async () => {
    const device = pixel();
    const first = chainOf((await device.keys.enrol(challenge)).evidence);
    const second = chainOf((await device.keys.enrol(challenge)).evidence);
    expect(first[1]?.publicKey.equals(second[1]?.publicKey ?? publicKey(new Uint8Array(65)))).toBe(true);
    expect(first[0]?.publicKey.equals(second[0]?.publicKey ?? publicKey(new Uint8Array(65)))).toBe(false);
  });

  it("signs statements with the attested key", async () => {
    const device = pixel();
    const enrolled = await device.keys.enrol(challenge);
    const proof = await device.keys.prove(enrolled.alias, session);
    const key = { key: publicKey(enrolled.instanceKey), dsaEncoding: "ieee-p1363" } as const;
    expect(proof.assertion).toBeUndefined();
    expect(verify("sha256", statementMessage(session), key, proof.signature ?? new Uint8Array(0))).toBe(true);
    const previous = await device.keys.provePrevious(enrolled.alias, session);
    expect(verify("sha256", previousMessage(session), key, previous)).toBe(true);
  });

  it("an attacker can sign a certificate with an attested key, and holds the key it names", async () => {
    const device = pixel();
    const enrolled = device.evil.extendChain(challenge);
    const chain = chainOf(enrolled.evidence);
    expect(chain).toHaveLength(5);
    for (const [index, certificate] of chain.entries()) {
      const issuer = chain[index + 1] ?? certificate;
      expect(certificate.issuer).toBe(issuer.subject);
      expect(certificate.verify(issuer.publicKey)).toBe(true);
    }
    const proof = await device.keys.prove(enrolled.alias, session);
    const key = { key: publicKey(enrolled.instanceKey), dsaEncoding: "ieee-p1363" } as const;
    expect(verify("sha256", statementMessage(session), key, proof.signature ?? new Uint8Array(0))).toBe(true);
    expect(() => device.evil.counter(enrolled.alias)).toThrow(TypeError);
  });

  it("its keystore's word on a key can be had where another keeps the key", () => {
    const { publicKey: own } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const spki = own.export({ type: "spki", format: "der" });
    const certificates = pixel()
      .evil.attest(spki, challenge)
      .map((der) => new X509Certificate(der));
    const [leaf, attestation] = certificates;
    expect(leaf?.publicKey.export({ type: "spki", format: "der" })).toEqual(spki);
    expect(leaf?.verify(attestation?.publicKey ?? own)).toBe(true);
  });
});
