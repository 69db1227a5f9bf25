import { type Mutation, mutationsOf } from "../mutation.ts";

const rules = "packages/policy/src/rules";
const group = { table: "reason", tests: ["packages/policy/src/policy.test.ts"] } as const;

const standing = mutationsOf({ ...group, file: `${rules}/standing.ts` }, [
  ["app_unknown", "rule app_registered", "judged(input.references !== null,", "judged(true,"],
  ["platform_unregistered", "rule platform_registered", "judged(references[platform] !== null,", "judged(true,"],
  ["banned", "rule not_banned", "judged(!bans.banned,", "judged(true,"],
  ["quarantined", "rule not_quarantined", "judged(!bans.quarantined,", "judged(true,"],
]);

const evidence = mutationsOf({ ...group, file: `${rules}/evidence.ts` }, [
  [
    "evidence_missing",
    "rule evidence_verified: that there is evidence, and that it was verified",
    `evidence.state === "verified" && facts?.platform === platform`,
    "facts === null || facts.platform === platform",
  ],
  [
    "evidence_missing/platform",
    "that the evidence is of the platform that is claimed",
    `evidence.state === "verified" && facts?.platform === platform`,
    `evidence.state === "verified"`,
  ],
  ["evidence_too_old", "rule evidence_age", "nowMs - evidenceAtMs <= settings.evidenceMaxAgeDays * dayMs,", "true,"],
  [
    "facts_missing/certificates-issued",
    "that facts of an older release lack a number that is demanded",
    "attested.certificatesIssued === undefined;",
    "false;",
  ],
  ["facts_missing", "rule facts_complete", "judged(factsVersion >= FACTS_VERSION,", "judged(true,"],
]);

const apple = mutationsOf({ ...group, file: `${rules}/apple.ts` }, [
  ["app_id_mismatch/policy", "rule apple_app_id", "judged(appIds.includes(facts.appId),", "judged(true,"],
  [
    "environment_mismatch/policy",
    "rule apple_environment",
    `judged(facts.environment === "production",`,
    "judged(true,",
  ],
  [
    "environment_mismatch/distribution",
    "rule apple_distribution",
    "judged(distributed.has(validationCategory),",
    "judged(true,",
  ],
  [
    "instance_key_vouched_by_app",
    "rule apple_instance_key: that hardware storage of the instance key is not proven",
    `({ result: "not_evaluated", expected: "hardware", found: "vouched for by the app" })`,
    `({ result: "pass", expected: "hardware", found: "vouched for by the app" })`,
    { tests: [`${rules}/apple.reasons.test.ts`] },
  ],
]);

const android = mutationsOf({ ...group, file: `${rules}/android.ts` }, [
  [
    "security_level_software/policy",
    "rule android_key_in_hardware",
    `judged(securityLevel === "tee" || securityLevel === "strongbox",`,
    "judged(true,",
  ],
  ["bootloader_unlocked/policy", "rule android_locked", "judged(deviceLocked === true,", "judged(true,"],
  [
    "boot_state_unverified/policy",
    "rule android_boot: the boot state",
    `judged(verifiedBootState === "verified",`,
    "judged(true,",
  ],
  [
    "boot_state_unverified/custom-system",
    "rule android_custom_system: that a custom operating system is a finding",
    `judged(verifiedBootState !== "self_signed",`,
    "judged(true,",
  ],
  ["strongbox_missing", "rule android_strongbox", `judged(securityLevel === "strongbox",`, "judged(true,"],
  [
    "patch_level_too_old",
    "rule android_patch_level",
    "judged(months !== null && months <= maxPatchAgeMonths,",
    "judged(true,",
  ],
  [
    "certificates_issued_too_many",
    "rule android_certificates_issued",
    "judged(certificatesIssued <= maxCertificatesIssued,",
    "judged(true,",
  ],
  ["boot_key_unknown/policy", "rule android_boot: the boot key", "judged(allowed,", "judged(true,"],
  [
    "package_mismatch/policy",
    "rule android_package",
    "judged(expected !== null && packages.some((each) => each.name === expected),",
    "judged(true,",
  ],
  ["signing_digest_mismatch/policy", "rule android_signing_digest", "judged(passes,", "judged(true,"],
  ["version_changed", "rule android_release", "judged(claims.build === String(attested.version),", "judged(true,"],
]);

const releases = mutationsOf(
  { ...group, tests: ["packages/policy/src/rules/releases.test.ts"], file: `${rules}/releases.ts` },
  [
    [
      "version_withdrawn",
      "rule release_not_withdrawn",
      `if (release.status === "withdrawn") return "withdrawn";`,
      `if (release.status === "withdrawn") return "current";`,
    ],
    [
      "version_expired",
      "rule release_not_expired",
      `release.expiresAtMs !== null && nowMs >= release.expiresAtMs ? "expired"`,
      `release.expiresAtMs !== null && nowMs >= release.expiresAtMs ? "current"`,
    ],
    [
      "version_unregistered",
      "rule release_registered",
      `releases?.mode === "listed" ? "unregistered"`,
      `releases?.mode === "listed" ? "current"`,
    ],
    ["version_unregistered/unnamed", "that a claim alone is not enough", "const fails = unnamed ||", "const fails ="],
    [
      "version_withdrawn/claimed",
      "that a claimed version can refuse",
      "[attested ?? claimed, claimed].some",
      "[attested ?? claimed].some",
    ],
    ["version_changed/release", "rule release_of_running_build", `judged(!isOvertaken(input),`, `judged(true,`],
    ["version_changed/enrolment", "that fresh evidence is not put off", `input.use === "session" &&`, ""],
  ],
);

const web = mutationsOf({ ...group, file: `${rules}/web.ts` }, [
  [
    "origin_unregistered",
    "rule web_origin",
    "judged(facts.origin !== null && origins.includes(facts.origin),",
    "judged(true,",
  ],
  ["web_untrusted", "rule web_evidence", "judged(false,", "judged(true,"],
]);

const without = (signal: string): readonly [string, string] => [
  `  ${signal}: ["signal_${signal}"`,
  `  _: ["signal_${signal}"`,
];

const signals = mutationsOf({ ...group, file: `${rules}/signals.ts` }, [
  ["detector_missing", "rule detectors_ran", `judged(\n        missing.length === 0,`, `judged(\n        true,`],
  ["signal_hook", "the signal hook", ...without("hook")],
  ["signal_repackaged", "the signal repackaged", ...without("repackaged")],
  ["signal_debugger", "the signal debugger", ...without("debugger")],
  ["signal_root", "the signal root", ...without("root")],
  ["signal_emulator", "the signal emulator", ...without("emulator")],
  ["signal_mitm", "the signal mitm", ...without("mitm")],
  ["signal_service_channel", "the signal service_channel", ...without("service_channel")],
  ["signal_cloner", "the signal cloner", ...without("cloner")],
  ["signal_automation", "the signal automation", ...without("automation")],
  ["signal_accessibility", "the signal accessibility", ...without("accessibility")],
  ["signal_screen_capture", "the signal screen_capture", ...without("screen_capture")],
  ["signal_user_ca", "the signal user_ca", ...without("user_ca")],
  ["signal_proxy", "the signal proxy", ...without("proxy")],
  ["signal_developer_mode", "the signal developer_mode", ...without("developer_mode")],
  ["signal_unknown", "rule signal_unknown", "judged(unknown.length === 0,", "judged(true,"],
]);

/** Every rule of the default policy, and every signal it knows. */
export const policyMutations: readonly Mutation[] = [
  ...standing,
  ...evidence,
  ...apple,
  ...android,
  ...releases,
  ...web,
  ...signals,
];
