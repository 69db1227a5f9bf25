import { trustAnchorFromPem } from "@countersign/attestation";
import { androidKeyHashInput } from "@countersign/protocol";
import { sha256 } from "@countersign/protocol/server";
import { createTestAuthority, createVirtualPixel } from "@countersign/virtual-device";
import { expect, it } from "vitest";
import { verifyEvidence } from "./verify-evidence.ts";

const nowMs = Date.UTC(2026, 10, 22);
const packageName = "com.example.astropiks";
const signingDigest = "ab".repeat(32);

/** A genuine Pixel's job, its attested key, and that of another key of the same device. */
async function pixelJob() {
  const authority = createTestAuthority({ nowMs });
  const device = createVirtualPixel({
    authority,
    app: { id: "astropiks", version: "1.0", build: "7" },
    project: "A".repeat(22),
    nowMs: () => nowMs,
    security: "tee",
    provisioning: "remote",
    packageName,
    versionCode: 7,
    signingDigest,
  });
  const challenge = new Uint8Array(60).fill(5);
  const { evidence, attestedKey } = await device.keys.enrol(challenge);
  const [item] = evidence;
  if (item?.type !== "android") throw new TypeError("a Pixel brings a chain");
  const job = {
    platform: "android",
    chain: item.chain.map((der) => new Uint8Array(Buffer.from(der, "base64url"))),
    attestedKey,
    challenge: sha256(androidKeyHashInput(challenge)),
    packageName,
    signingDigests: [signingDigest],
    verifiedBootKeys: [],
    allowSoftware: false,
    demandsRevocation: true,
    furtherAnchors: authority.pems.map(trustAnchorFromPem),
    nowMs,
  } as const;
  return { job, otherKey: (await device.keys.enrol(challenge)).attestedKey };
}

it("public_key_mismatch: a genuine chain for another key than the one that was announced", async () => {
  const { job, otherKey } = await pixelJob();
  expect(verifyEvidence(job, null)).toMatchObject({ ok: true });
  expect(verifyEvidence({ ...job, attestedKey: otherKey }, null)).toMatchObject({
    ok: false,
    reason: "public_key_mismatch",
  });
});

it("revocation_unknown: a status list past its grace, to the millisecond, where one is demanded", async () => {
  const { job } = await pixelJob();
  const lost = { text: null, staleAtMs: 0, lostAtMs: nowMs };
  expect(verifyEvidence(job, null, lost)).toMatchObject({ ok: false, reason: "revocation_unknown" });
  expect(verifyEvidence(job, null, { ...lost, lostAtMs: nowMs + 1 })).toMatchObject({ ok: true });
  expect(verifyEvidence({ ...job, demandsRevocation: false }, null, lost)).toMatchObject({ ok: true });
});
