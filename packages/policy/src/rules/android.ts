import { type AttestedFacts, attestedFacts } from "@countersign/protocol";
import type { AppraisalInput } from "../input.ts";
import { type Judgement, judged, notEvaluated, type Rule } from "../rule.ts";

type AndroidFacts = Extract<AttestedFacts, { platform: "android" }>;

function onAndroid(judge: (facts: AndroidFacts, input: AppraisalInput) => Judgement): Rule["judge"] {
  return (input) => {
    const facts = attestedFacts(input.facts);
    return facts?.platform === "android" ? judge(facts, input) : notEvaluated;
  };
}

/** A software attestation has no root of trust to read lock and boot state from; `android_key_in_hardware` speaks for it. */
function onHardware(judge: (facts: AndroidFacts, input: AppraisalInput) => Judgement): Rule["judge"] {
  return onAndroid((facts, input) => (facts.securityLevel === "software" ? notEvaluated : judge(facts, input)));
}

/** Whole months of the calendar, UTC, from a patch level (202511 or 20251105) to now. */
function patchAgeMonths(osPatchLevel: number, nowMs: number): number {
  const yearMonth = osPatchLevel > 999_999 ? Math.floor(osPatchLevel / 100) : osPatchLevel;
  const now = new Date(nowMs);
  return now.getUTCFullYear() * 12 + now.getUTCMonth() + 1 - (Math.floor(yearMonth / 100) * 12 + (yearMonth % 100));
}

/** What the key description said, against the registered package and signing certificates. */
export const androidRules: readonly Rule[] = [
  {
    name: "android_key_in_hardware",
    reason: "security_level_software",
    effect: "refuse",
    platforms: ["android"],
    judge: onAndroid(({ securityLevel }) =>
      judged(securityLevel === "tee" || securityLevel === "strongbox", "tee or strongbox", securityLevel),
    ),
  },
  {
    name: "android_locked",
    reason: "bootloader_unlocked",
    effect: "refuse",
    platforms: ["android"],
    judge: onHardware(({ deviceLocked }) => judged(deviceLocked === true, "locked", String(deviceLocked))),
  },
  {
    name: "android_boot",
    reason: "boot_state_unverified",
    effect: "refuse",
    platforms: ["android"],
    judge: onHardware(({ verifiedBootState, verifiedBootKey }, { settings }) => {
      if (verifiedBootState !== "self_signed") {
        return judged(verifiedBootState === "verified", "verified", String(verifiedBootState));
      }
      const allowed = verifiedBootKey !== null && settings.bootKeys.includes(verifiedBootKey);
      return { ...judged(allowed, "an allowed boot key", verifiedBootKey), reason: "boot_key_unknown" };
    }),
  },
  {
    name: "android_custom_system",
    reason: "boot_state_unverified",
    effect: "note",
    platforms: ["android"],
    judge: onHardware(({ verifiedBootState, verifiedBootKey }) =>
      judged(verifiedBootState !== "self_signed", "the maker's system", `a custom system under ${verifiedBootKey}`),
    ),
  },
  {
    name: "android_strongbox",
    reason: "strongbox_missing",
    effect: "refuse",
    platforms: ["android"],
    judge: onAndroid(({ securityLevel }, { settings }) =>
      settings.requireStrongBox === true
        ? judged(securityLevel === "strongbox", "strongbox", securityLevel)
        : { ...notEvaluated, found: securityLevel },
    ),
  },
  {
    name: "android_patch_level",
    reason: "patch_level_too_old",
    effect: "refuse",
    platforms: ["android"],
    judge: onHardware(({ osPatchLevel }, { settings: { maxPatchAgeMonths = 0 }, nowMs }) => {
      const months = osPatchLevel === null ? null : patchAgeMonths(osPatchLevel, nowMs);
      const found = months === null ? null : `${osPatchLevel}, ${months} months old`;
      if (maxPatchAgeMonths === 0) return { ...notEvaluated, found };
      return judged(months !== null && months <= maxPatchAgeMonths, `at most ${maxPatchAgeMonths} months old`, found);
    }),
  },
  {
    name: "android_certificates_issued",
    reason: "certificates_issued_too_many",
    effect: "refuse",
    platforms: ["android"],
    judge: onHardware(({ certificatesIssued = null }, { settings: { maxCertificatesIssued = 0 } }) => {
      const found = certificatesIssued === null ? null : String(certificatesIssued);
      if (maxCertificatesIssued === 0 || certificatesIssued === null) return { ...notEvaluated, found };
      return judged(certificatesIssued <= maxCertificatesIssued, `at most ${maxCertificatesIssued} in 30 days`, found);
    }),
  },
  {
    name: "android_package",
    reason: "package_mismatch",
    effect: "refuse",
    platforms: ["android"],
    judge: onAndroid(({ packages }, { references }) => {
      const expected = references?.android?.packageName ?? null;
      const found = packages.map((each) => each.name).join(", ");
      return judged(expected !== null && packages.some((each) => each.name === expected), expected, found);
    }),
  },
  {
    name: "android_signing_digest",
    reason: "signing_digest_mismatch",
    effect: "refuse",
    platforms: ["android"],
    judge: onAndroid(({ signingDigests }, { references }) => {
      const expected = references?.android?.signingDigests ?? [];
      const passes = signingDigests.length > 0 && signingDigests.every((digest) => expected.includes(digest));
      return judged(passes, expected.join(", "), signingDigests.join(", "));
    }),
  },
  {
    name: "android_release",
    reason: "version_changed",
    effect: "renew",
    platforms: ["android"],
    judge: onAndroid(({ packages }, { references, claims, settings }) => {
      const attested = packages.find((each) => each.name === references?.android?.packageName);
      if (attested === undefined || settings.reenrolOnUpdate !== true) return notEvaluated;
      return judged(claims.build === String(attested.version), String(attested.version), claims.build);
    }),
  },
];
