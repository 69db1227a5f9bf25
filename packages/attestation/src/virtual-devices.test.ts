import { sha256 } from "@countersign/asn1";
import { tag } from "@countersign/protocol";
import {
  createTestAuthority,
  createVirtualIphone,
  createVirtualPixel,
  createVirtualPlay,
  type PlayFindings,
  statusListRevoking,
  toPlayVerdict,
  type VirtualPixelOptions,
} from "@countersign/virtual-device";
import { describe, expect, test } from "vitest";
import { googleHardwareAnchors } from "./android/anchors.ts";
import { peekAndroidKey, verifyAndroidKeyAttestation } from "./android/attestation.ts";
import { verifyAppAttestAssertion } from "./apple/assertion.ts";
import { verifyAppAttestAttestation } from "./apple/attestation.ts";
import { peekAppAttestKey } from "./apple/attestation-object.ts";
import { verifyAppAttestReceipt } from "./apple/receipt.ts";
import { parsePlayIntegrityKeys } from "./play-integrity/keys.ts";
import { openPlayIntegrityToken } from "./play-integrity/open-token.ts";
import { verifyPlayIntegrity } from "./play-integrity/verdict.ts";
import { parseStatusList } from "./revocation.ts";
import { trustAnchorFromPem } from "./trust-anchor.ts";

/** Evidence of the house's software phones, whose writers share no code with these readers. */
const nowMs = Date.parse("2026-11-22T00:00:00Z");
const authority = createTestAuthority({ seed: "attestation", nowMs });
const anchors = authority.pems.map(trustAnchorFromPem);
const challenge = new Uint8Array(60).fill(3);
const packageName = "com.example.gallery";
const signingDigest = "ab".repeat(32);
const appId = "A1B2C3D4E5.com.example.gallery";
const app = { id: "gallery", version: "1.0", build: "7" } as const;
const common = { authority, app, project: Buffer.alloc(16, 1).toString("base64url"), nowMs: () => nowMs };

type PixelChanges = Partial<VirtualPixelOptions> & { readonly extended?: true };

async function enrolPixel({ extended, ...changes }: PixelChanges = {}) {
  const genuine = { security: "tee", provisioning: "remote", packageName, versionCode: 7, signingDigest } as const;
  const device = createVirtualPixel({ ...common, ...genuine, ...changes });
  const key = extended ? device.evil.extendChain(challenge) : await device.keys.enrol(challenge);
  const [evidence] = key.evidence;
  const chain = evidence?.type === "android" ? evidence.chain.map(fromBase64url) : [];
  return { key, chain };
}

async function judgePixel(changes: PixelChanges = {}, trusted = anchors) {
  const { chain } = await enrolPixel(changes);
  const list = parseStatusList(statusListRevoking([authority.revokedSerial]));
  const result = verifyAndroidKeyAttestation({
    chain,
    challenge: sha256(tag("key"), challenge),
    packageNames: [packageName],
    signingDigests: [signingDigest],
    verifiedBootKeys: [],
    enrolment: true,
    allowSoftware: false,
    anchors: trusted,
    revocation: list.ok ? list.list : null,
    nowMs,
  });
  return result.ok ? "accepted" : result.reason;
}

function fromBase64url(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "base64url"));
}

test("accepts virtual Pixels of every kind at enrolment", async () => {
  for (const security of ["tee", "strongbox"] as const) {
    for (const provisioning of ["factory", "remote"] as const)
      expect(await judgePixel({ security, provisioning })).toBe("accepted");
  }
});

test("peeks at the virtual Pixel's instance key", async () => {
  const { key, chain } = await enrolPixel();
  expect(peekAndroidKey(chain)).toEqual(key.instanceKey);
});

describe("refuses a virtual Pixel that", () => {
  const refusals: readonly (readonly [string, string, PixelChanges])[] = [
    ["keeps its key in software", "security_level_software", { security: "software" }],
    ["has an unlocked bootloader", "bootloader_unlocked", { locked: false }],
    ["runs a self-signed system", "boot_key_unknown", { bootState: "self_signed" }],
    ["is of a revoked batch", "certificate_revoked", { revokedBatch: true, provisioning: "factory" }],
    ["runs a re-signed app", "signing_digest_mismatch", { signingDigest: "cd".repeat(32) }],
    ["runs another app", "package_mismatch", { packageName: "com.example.other" }],
    ["extended its chain", "chain_extended", { extended: true }],
    ["extended its factory chain", "chain_extended", { extended: true, provisioning: "factory" }],
  ];
  test.each(refusals)("%s: %s", async (_, reason, changes) => {
    expect(await judgePixel(changes)).toBe(reason);
  });

  test("is genuine but for its test root: chain_untrusted", async () => {
    expect(await judgePixel({}, [...googleHardwareAnchors])).toBe("chain_untrusted");
  });
});

describe.each(["18", "27"] as const)("a virtual iPhone on iOS %s", (ios) => {
  async function enrol(environment: "production" | "development" = "production") {
    const device = createVirtualIphone({ ...common, appId, ios, bundleVersion: "7", environment });
    const key = await device.keys.enrol(challenge);
    const [evidence] = key.evidence;
    const attestation = fromBase64url(evidence?.type === "apple" ? evidence.attestation : "");
    const result = verifyAppAttestAttestation({
      attestation,
      keyId: sha256(key.attestedKey),
      clientDataHash: sha256(tag("key"), challenge, key.instanceKey),
      appIds: [appId],
      environments: ["production"],
      anchors,
      nowMs,
    });
    return { device, key, attestation, result };
  }

  test("is accepted, with its key and build", async () => {
    const { key, attestation, result } = await enrol();
    expect(result.ok).toBe(true);
    expect(result.facts?.bundleVersion).toBe(ios === "27" ? "7" : null);
    expect(peekAppAttestKey(attestation)).toEqual(key.attestedKey);
  });

  test("brings a receipt that stands beside its attestation, and beside no other device's", async () => {
    const { key, result } = await enrol();
    const judge = (publicKey: Uint8Array) =>
      verifyAppAttestReceipt({
        receipt: result.facts?.receipt ?? new Uint8Array(),
        appIds: [appId],
        publicKey,
        environment: "production",
        clientDataHash: sha256(tag("key"), challenge, key.instanceKey),
        anchors,
        nowMs,
        fresh: true,
      });
    expect(judge(key.attestedKey)).toMatchObject({ ok: true, facts: { type: "ATTEST", appId } });
    expect(judge((await enrol()).key.attestedKey)).toMatchObject({ ok: false, reason: "public_key_mismatch" });
  });

  test("is refused where it attests for development", async () => {
    expect((await enrol("development")).result).toMatchObject({ ok: false, reason: "environment_mismatch" });
  });

  test("proves statements by assertions whose counter rises", async () => {
    const { device, key } = await enrol();
    const statement = Buffer.from("a statement");
    const judge = (counter: number) => {
      const { assertion = new Uint8Array() } = device.evil.prove(key.alias, "session", statement);
      const clientDataHash = sha256(tag("statement"), statement);
      return verifyAppAttestAssertion({
        assertion,
        clientDataHash,
        publicKey: key.attestedKey,
        appIds: [appId],
        counter,
      });
    };
    expect(judge(0).facts?.counter).toBe(1);
    expect(judge(1).ok).toBe(true);
    expect(judge(3)).toMatchObject({ ok: false, reason: "counter_stale" });
  });
});

describe("a virtual Play Integrity", () => {
  const play = createVirtualPlay();
  const statementHash = sha256(Buffer.from("a statement"));
  const binding = Buffer.from(statementHash).toString("base64url");
  const genuine = { packageName, signingDigest, versionCode: 7, nowMs };

  async function opened(token: string, from = play): Promise<unknown> {
    const keys = parsePlayIntegrityKeys(from.keys);
    const result = keys && (await openPlayIntegrityToken(token, keys));
    return result?.ok ? result.facts.payload : (result?.reason ?? null);
  }

  function judge(payload: unknown) {
    const result = verifyPlayIntegrity({
      payload,
      expected: { packageName, signingDigests: [signingDigest], nonce: statementHash, requestHash: binding },
      nowMs,
      requiredDeviceLabels: ["MEETS_STRONG_INTEGRITY"],
      allowTesting: false,
    });
    return result.ok ? "accepted" : result.reason;
  }

  test("makes classic tokens that open under its own keys alone, and are accepted", async () => {
    const token = play.classicToken(toPlayVerdict(genuine, { nonce: binding }));
    expect(judge(await opened(token))).toBe("accepted");
    expect(await opened(token, createVirtualPlay())).toBe("play_token_undecryptable");
  });

  test("makes standard tokens that open at its decode call alone, once to any use", async () => {
    const token = play.standardToken(toPlayVerdict(genuine, { requestHash: binding }));
    expect(await opened(token)).toBe("play_token_malformed");
    expect(judge(play.decode(token))).toBe("accepted");
    expect(judge(play.decode(token))).toBe("play_app_unevaluated");
    expect(play.decode("of another Play")).toBeNull();
  });

  const refusals: readonly (readonly [string, string, Partial<PlayFindings>])[] = [
    ["another app", "play_request_package_mismatch", { packageName: "com.example.clone" }],
    [
      "another app in this one's name",
      "play_package_mismatch",
      { packageName: "com.example.clone", requestPackageName: packageName },
    ],
    ["a re-signed app", "play_signing_digest_mismatch", { signingDigest: "cd".repeat(32) }],
    ["an app that it does not know", "play_app_unrecognized", { appVerdict: "UNRECOGNIZED_VERSION" }],
    ["an app that it did not judge", "play_app_unevaluated", { appVerdict: "UNEVALUATED" }],
    ["an altered device", "play_device_unrecognized", { deviceLabels: [] }],
    ["a tester's answer", "play_testing_response", { testing: true }],
    ["an old request", "play_token_too_old", { nowMs: nowMs - 3_600_000 }],
  ];
  test.each(refusals)("is refused for %s: %s", (_, reason, changes) => {
    expect(judge(toPlayVerdict({ ...genuine, ...changes }, { nonce: binding }))).toBe(reason);
  });
});
