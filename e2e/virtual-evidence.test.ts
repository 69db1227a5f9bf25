import { createHash } from "node:crypto";
import {
  type AndroidExpectations,
  parseStatusList,
  trustAnchorFromPem,
  type Verification,
  verifyAndroidKeyAttestation,
  verifyAppAttestAssertion,
  verifyAppAttestAttestation,
} from "@countersign/attestation";
import type { EnrolledKey } from "@countersign/client";
import {
  androidKeyHashInput,
  appleKeyHashInput,
  decodeBase64url,
  encodeBase64url,
  statementHash,
  toUtf8,
} from "@countersign/protocol";
import {
  createTestAuthority,
  createVirtualIphone,
  createVirtualPixel,
  statusListRevoking,
  type VirtualDevice,
  type VirtualIphoneOptions,
  type VirtualPixelOptions,
} from "@countersign/virtual-device";
import { describe, expect, it } from "vitest";

/** The virtual devices and the verifiers share no code but SHA-256: where they agree, both have read the vendors' pages alike. */

const nowMs = Date.UTC(2026, 10, 22, 12);
const dayMs = 86_400_000;
const authority = createTestAuthority({ seed: "virtual evidence", nowMs });
const foreignAuthority = createTestAuthority({ seed: "another authority", nowMs });
const anchors = authority.pems.map(trustAnchorFromPem);
const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash("sha256").update(bytes).digest());
const challenge = new Uint8Array(60).fill(3);
const project = "AAAAAAAAAAAAAAAAAAAAAA";
const app = { id: "gallery", version: "1.0", build: "42" };
const appId = "TEAM123456.com.example.gallery";
const packageName = "com.example.gallery";
const signingDigest = "ab".repeat(32);

function statement(use: "enrol" | "session"): Uint8Array {
  return toUtf8(JSON.stringify({ v: 1, use, project }));
}

function bytesOf(text: string | undefined): Uint8Array {
  return decodeBase64url(text ?? "") ?? new Uint8Array(0);
}

function reasonOf(verification: Verification<unknown>): string {
  return verification.ok ? "accepted" : verification.reason;
}

function iphone(options: Partial<VirtualIphoneOptions> = {}): VirtualDevice {
  return createVirtualIphone({ authority, appId, ios: "27", app, project, nowMs: () => nowMs, ...options });
}

function pixel(options: Partial<VirtualPixelOptions> = {}): VirtualDevice {
  return createVirtualPixel({
    authority,
    security: "tee",
    provisioning: "factory",
    packageName,
    versionCode: 42,
    signingDigest,
    app,
    project,
    nowMs: () => nowMs,
    ...options,
  });
}

function verifyApple(enrolled: EnrolledKey, given: { readonly nowMs?: number; readonly challenge?: Uint8Array } = {}) {
  const [evidence] = enrolled.evidence;
  return verifyAppAttestAttestation({
    attestation: bytesOf(evidence?.type === "apple" ? evidence.attestation : undefined),
    keyId: sha256(enrolled.attestedKey),
    clientDataHash: sha256(appleKeyHashInput(given.challenge ?? challenge, enrolled.instanceKey)),
    appIds: [appId],
    environments: ["production"],
    anchors,
    nowMs: given.nowMs ?? nowMs,
  });
}

function verifyAndroid(enrolled: Pick<EnrolledKey, "evidence">, given: Partial<AndroidExpectations> = {}) {
  const [evidence] = enrolled.evidence;
  const statusList = parseStatusList(statusListRevoking([authority.revokedSerial]));
  return verifyAndroidKeyAttestation({
    chain: evidence?.type === "android" ? evidence.chain.map(bytesOf) : [],
    challenge: sha256(androidKeyHashInput(challenge)),
    packageNames: [packageName],
    signingDigests: [signingDigest],
    verifiedBootKeys: [],
    enrolment: true,
    allowSoftware: false,
    anchors,
    revocation: statusList.ok ? statusList.list : null,
    nowMs,
    ...given,
  });
}

describe("genuine virtual iPhones", () => {
  it.each(["18", "27"] as const)("iOS %s: attestation accepted, with its facts", async (ios) => {
    const enrolled = await iphone({ ios }).keys.enrol(challenge);
    const verified = verifyApple(enrolled);
    expect(reasonOf(verified)).toBe("accepted");
    expect(verified.facts).toMatchObject({
      appId,
      environment: "production",
      counter: 0,
      publicKey: enrolled.attestedKey,
      osVersion: ios === "27" ? "27.0" : "18.6.2",
      bundleVersion: ios === "27" ? "42" : null,
      validationCategory: ios === "27" ? 4 : null,
    });
  });

  it.each(["18", "27"] as const)("iOS %s: each assertion accepted once, with a rising counter", async (ios) => {
    const device = iphone({ ios });
    const { alias, attestedKey } = await device.keys.enrol(challenge);
    for (const [counter, use] of [
      [0, "enrol"],
      [1, "session"],
    ] as const) {
      const { assertion = new Uint8Array(0) } = await device.keys.prove(alias, statement(use));
      const given = { assertion, clientDataHash: statementHash(sha256, statement(use)), publicKey: attestedKey };
      const verified = verifyAppAttestAssertion({ ...given, appIds: [appId], counter });
      expect(reasonOf(verified)).toBe("accepted");
      expect(verified.facts).toMatchObject({ counter: counter + 1, flags: ios === "27" ? 0xc0 : 0x40 });
      expect(reasonOf(verifyAppAttestAssertion({ ...given, appIds: [appId], counter: counter + 1 }))).toBe(
        "counter_stale",
      );
    }
  });
});

describe("hostile virtual iPhones", () => {
  it.each([
    ["another app's App ID", { appId: "ATTACKER01.com.example.clone" }, "app_id_mismatch"],
    ["the development environment", { environment: "development" }, "environment_mismatch"],
    ["an authority of the attacker's own", { authority: foreignAuthority }, "chain_untrusted"],
  ] as const)("refuses %s", async (_what, options, reason) => {
    expect(reasonOf(verifyApple(await iphone(options).keys.enrol(challenge)))).toBe(reason);
  });

  it("refuses evidence made for another challenge, or for another instance key", async () => {
    const enrolled = await iphone().keys.enrol(challenge);
    const other = await iphone().keys.enrol(challenge);
    expect(reasonOf(verifyApple(enrolled, { challenge: new Uint8Array(60) }))).toBe("nonce_mismatch");
    expect(reasonOf(verifyApple({ ...enrolled, instanceKey: other.instanceKey }))).toBe("nonce_mismatch");
  });

  it("refuses evidence outside its dates", async () => {
    const enrolled = await iphone().keys.enrol(challenge);
    expect(reasonOf(verifyApple(enrolled, { nowMs: nowMs + 3 * dayMs }))).toBe("certificate_expired");
    expect(reasonOf(verifyApple(enrolled, { nowMs: nowMs - 2 * dayMs }))).toBe("certificate_not_yet_valid");
  });

  it("refuses an assertion over another statement, by another key, and with a counter set back", async () => {
    const device = iphone();
    const { alias, attestedKey } = await device.keys.enrol(challenge);
    const other = await device.keys.enrol(challenge);
    const judge = (assertion: Uint8Array, over: Uint8Array, publicKey: Uint8Array, counter: number): string =>
      reasonOf(
        verifyAppAttestAssertion({
          assertion,
          clientDataHash: statementHash(sha256, over),
          publicKey,
          appIds: [appId],
          counter,
        }),
      );
    const { assertion = new Uint8Array(0) } = await device.keys.prove(alias, statement("session"));
    expect(judge(assertion, statement("enrol"), attestedKey, 0)).toBe("assertion_invalid");
    expect(judge(assertion, statement("session"), other.attestedKey, 0)).toBe("assertion_invalid");
    device.evil.setCounter(alias, 0);
    const again = device.evil.prove(alias, "session", statement("session"));
    expect(judge(again.assertion ?? new Uint8Array(0), statement("session"), attestedKey, 1)).toBe("counter_stale");
  });
});

describe("genuine virtual Pixels", () => {
  it.each([
    ["tee", "factory"],
    ["strongbox", "factory"],
    ["tee", "remote"],
    ["strongbox", "remote"],
  ] as const)("%s, %s: accepted with enrolment's key parameters, with its facts", async (security, provisioning) => {
    const enrolled = await pixel({ security, provisioning }).keys.enrol(challenge);
    const verified = verifyAndroid(enrolled);
    expect(reasonOf(verified)).toBe("accepted");
    expect(verified.facts).toMatchObject({
      attestationSecurityLevel: security,
      keySecurityLevel: security,
      provisioning,
      publicKey: enrolled.instanceKey,
      packages: [{ name: packageName, version: 42 }],
      signingDigests: [signingDigest],
      deviceLocked: true,
      verifiedBootState: "verified",
      osVersion: 160_000,
      osPatchLevel: 202_609,
    });
  });

  it("accepts a custom operating system whose boot key is allowed", async () => {
    const verifiedBootKey = "c4".repeat(32);
    const enrolled = await pixel({ bootState: "self_signed", verifiedBootKey }).keys.enrol(challenge);
    expect(reasonOf(verifyAndroid(enrolled))).toBe("boot_key_unknown");
    expect(reasonOf(verifyAndroid(enrolled, { verifiedBootKeys: [verifiedBootKey] }))).toBe("accepted");
  });
});

describe("hostile virtual Pixels", () => {
  it.each([
    ["another package", { packageName: "com.example.clone" }, "package_mismatch"],
    ["another signing certificate", { signingDigest: "66".repeat(32) }, "signing_digest_mismatch"],
    ["an unlocked bootloader", { locked: false }, "bootloader_unlocked"],
    ["a boot that failed", { bootState: "failed" }, "boot_state_unverified"],
    ["a software key", { security: "software" }, "security_level_software"],
    ["a revoked factory batch", { revokedBatch: true }, "certificate_revoked"],
    ["a revoked remote batch", { provisioning: "remote", revokedBatch: true }, "certificate_revoked"],
    ["an authority of the attacker's own", { authority: foreignAuthority }, "chain_untrusted"],
  ] as const)("refuses %s", async (_what, options, reason) => {
    expect(reasonOf(verifyAndroid(await pixel(options).keys.enrol(challenge)))).toBe(reason);
  });

  it.each([
    ["tee", "factory"],
    ["strongbox", "remote"],
  ] as const)("refuses a %s, %s chain extended past the attested key", (security, provisioning) => {
    const enrolled = pixel({ security, provisioning }).evil.extendChain(challenge);
    expect(reasonOf(verifyAndroid(enrolled))).toBe("chain_extended");
  });

  it("refuses evidence made for another challenge", async () => {
    const enrolled = await pixel().keys.enrol(new Uint8Array(60));
    expect(reasonOf(verifyAndroid(enrolled))).toBe("challenge_mismatch");
  });

  it("holds remotely provisioned chains to their end, factory chains not", async () => {
    const later = { nowMs: nowMs + 3650 * dayMs };
    const remote = await pixel({ provisioning: "remote" }).keys.enrol(challenge);
    expect(reasonOf(verifyAndroid(remote, later))).toBe("certificate_expired");
    expect(reasonOf(verifyAndroid(await pixel().keys.enrol(challenge), later))).toBe("accepted");
  });
});

describe("altered evidence", () => {
  /** Every `step`-th position of `bytes` with one bit changed, the others as they are. */
  function* flipped(bytes: Uint8Array, step: number, skip: (at: number) => boolean): Generator<[number, Uint8Array]> {
    for (let at = 0; at < bytes.length; at += step) {
      if (skip(at)) continue;
      const copy = bytes.slice();
      copy[at] = (copy[at] ?? 0) ^ (1 << (at % 8));
      yield [at, copy];
    }
  }

  it.each(["factory", "remote"] as const)(
    "a changed bit in a %s chain below the root is refused, never thrown",
    async (provisioning) => {
      const [evidence] = (await pixel({ provisioning }).keys.enrol(challenge)).evidence;
      const chain = evidence?.type === "android" ? evidence.chain.map(bytesOf) : [];
      expect(reasonOf(verifyAndroid({ evidence: [] }, { chain }))).toBe("accepted");
      const accepted: string[] = [];
      for (const [index, certificate] of chain.slice(0, -1).entries()) {
        for (const [at, altered] of flipped(certificate, 3, () => false)) {
          const given = { chain: chain.with(index, altered) };
          if (verifyAndroid({ evidence: [] }, given).ok) accepted.push(`${index}:${at}`);
        }
      }
      expect(accepted).toEqual([]);
    },
  );

  it("a changed bit in an App Attest object is refused, never thrown, but for the receipt, which is not judged here", async () => {
    const enrolled = await iphone().keys.enrol(challenge);
    const [evidence] = enrolled.evidence;
    const attestation = bytesOf(evidence?.type === "apple" ? evidence.attestation : undefined);
    const text = Buffer.from(attestation);
    const receipt = { from: text.indexOf("receipt") + 10, to: text.lastIndexOf("authData") - 1 };
    const accepted: number[] = [];
    for (const [at, altered] of flipped(attestation, 3, (at) => at >= receipt.from && at < receipt.to)) {
      const verified = verifyApple({
        ...enrolled,
        evidence: [{ type: "apple", challenge: "", attestation: encodeBase64url(altered) }],
      });
      if (verified.ok) accepted.push(at);
    }
    expect(accepted).toEqual([]);
  });
});
