import {
  type AndroidFacts,
  type AppAttestFacts,
  appleAppAttestAnchors,
  googleHardwareAnchors,
  type RevocationList,
  verifyAndroidKeyAttestation,
  verifyAppAttestAttestation,
} from "@countersign/attestation";
import { equalBytes, type Facts, toHex } from "@countersign/protocol";
import { sha256 } from "@countersign/protocol/server";
import { judgeReceipt } from "../receipts/judge-receipt.ts";
import type { EvidenceJob, EvidenceVerdict } from "./evidence-verifier.ts";
import { keptFacts } from "./fitting-facts.ts";
import { type HeldStatusList, noStatusList, standingOfList } from "./held-status-list.ts";

/** Verifies evidence in full and keeps the facts of it. Synchronous; several milliseconds. */
export function verifyEvidence(
  job: EvidenceJob,
  revocation: RevocationList | null,
  held: HeldStatusList = noStatusList,
): EvidenceVerdict {
  return job.platform === "ios" ? verifyApple(job) : verifyAndroid(job, revocation, held);
}

function verifyApple(job: Extract<EvidenceJob, { platform: "ios" }>): EvidenceVerdict {
  const { attestation, attestedKey, clientDataHash, appIds, environments, nowMs } = job;
  const keyId = sha256(attestedKey);
  const anchors = [...appleAppAttestAnchors, ...job.furtherAnchors];
  const verified = verifyAppAttestAttestation({
    attestation,
    keyId,
    clientDataHash,
    appIds,
    environments,
    anchors,
    nowMs,
  });
  if (!verified.ok) {
    return {
      ok: false,
      checks: verified.checks,
      reason: verified.reason,
      claimed: verified.facts && toApple(verified.facts),
    };
  }
  const { appId, environment, certificateSerials, batch, receipt } = verified.facts;
  const facts = toApple(verified.facts);
  const judged = judgeReceipt({
    receipt,
    appId,
    attestedKey,
    environment,
    clientDataHash,
    furtherAnchors: job.furtherAnchors,
    nowMs,
  });
  const checks = [...verified.checks, ...judged.checks];
  if (judged.refusal !== null) return { ok: false, checks, reason: judged.refusal, claimed: facts };
  const { renewAfterMs } = judged;
  return {
    ok: true,
    checks,
    evidence: {
      facts,
      serials: certificateSerials,
      batch: toHex(batch),
      receipt: renewAfterMs === null ? null : { receipt, renewAfterMs },
    },
  };
}

function verifyAndroid(
  job: Extract<EvidenceJob, { platform: "android" }>,
  revocation: RevocationList | null,
  held: HeldStatusList,
): EvidenceVerdict {
  const standing = standingOfList(held, job.nowMs, job.demandsRevocation);
  const verified = verifyAndroidKeyAttestation({
    chain: job.chain,
    challenge: job.challenge,
    packageNames: [job.packageName],
    signingDigests: job.signingDigests,
    verifiedBootKeys: job.verifiedBootKeys,
    enrolment: true,
    allowSoftware: job.allowSoftware,
    anchors: [...googleHardwareAnchors, ...job.furtherAnchors],
    revocation,
    ...(standing !== undefined && { revocationStanding: standing }),
    nowMs: job.nowMs,
  });
  if (!verified.ok) {
    const { checks, reason } = verified;
    return { ok: false, checks, reason, claimed: verified.facts && toAndroid(verified.facts, job.packageName) };
  }
  const { facts, checks } = verified;
  if (facts.publicKey === null || !equalBytes(facts.publicKey, job.attestedKey)) {
    return { ok: false, checks, reason: "public_key_mismatch", claimed: toAndroid(facts, job.packageName) };
  }
  return {
    ok: true,
    checks,
    evidence: {
      facts: toAndroid(facts, job.packageName),
      serials: facts.certificateSerials,
      batch: toHex(facts.batch),
      receipt: null,
    },
  };
}

function toApple({ appId, environment, osVersion, bundleVersion, validationCategory }: AppAttestFacts): Facts {
  return keptFacts({ platform: "ios", appId, environment, osVersion, bundleVersion, validationCategory }, null);
}

function toAndroid(facts: AndroidFacts, packageName: string): Facts {
  const levels = [facts.attestationSecurityLevel, facts.keySecurityLevel];
  return keptFacts(
    {
      platform: "android",
      packages: facts.packages,
      signingDigests: facts.signingDigests,
      securityLevel: levels.includes("software") ? "software" : facts.keySecurityLevel,
      provisioning: facts.provisioning,
      deviceLocked: facts.deviceLocked,
      verifiedBootState: facts.verifiedBootState,
      verifiedBootKey: facts.verifiedBootKey,
      osVersion: facts.osVersion,
      osPatchLevel: facts.osPatchLevel,
      certificatesIssued: facts.certificatesIssued,
    },
    packageName,
  );
}
