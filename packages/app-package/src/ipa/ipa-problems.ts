/** What keeps an IPA from being what a device would run, or should be known of it. */
export const ipaProblems = {
  ipa_malformed:
    "There is not exactly one app under Payload, or a file that every app has is missing, or another could be taken for it.",
  ipa_path_ambiguous:
    "Two paths of the archive are one on some volume, a file stands where a folder does, or a path is a link, or none a phone takes.",
  plist_malformed: "A property list cannot be read, or lacks what every app's has.",
  macho_malformed: "A Mach-O file's structure is broken.",
  macho_encrypted: "The executable is encrypted: a copy from the App Store, whose pages cannot be checked.",
  code_unsigned: "Code has no signature, or one without a certificate (ad hoc).",
  code_directory_malformed: "A code directory's structure is broken, or it does not cover all of its file.",
  code_page_mismatch: "A page of code does not have the digest that was signed.",
  code_slot_mismatch: "Info.plist, resources, requirements or entitlements do not have the digest that was signed.",
  code_digest_weak: "The code is signed with SHA-1 alone, which no current device takes.",
  code_signature_invalid: "The signature does not cover the code directories.",
  code_signature_untrusted: "The signing certificate does not lead to Apple, or is none for iOS code.",
  code_certificate_expired: "A certificate of the signature is not valid now.",
  code_team_mismatch:
    "The team in the code directory is not the certificate's, or not the same in all of the app's code.",
  code_identity_mismatch: "The code's identifier, the bundle identifier and the App ID are not of one app.",
  slices_disagree:
    "The slices of an executable are signed by different certificates, or with different identities or entitlements.",
  entitlements_malformed: "Entitlements cannot be read.",
  entitlements_disagree: "The entitlements as XML are not those as DER, which devices obey.",
  profile_malformed: "The provisioning profile is no signed property list, or lacks what every profile has.",
  profile_missing: "There is no provisioning profile, and the app is not signed by the App Store.",
  profile_untrusted: "The provisioning profile is not signed by Apple's signer of profiles, or with SHA-1.",
  profile_expired: "The provisioning profile has ended.",
  profile_mismatch: "The profile does not allow this certificate, team, App ID or entitlement.",
  resource_mismatch: "A file is not the one that was signed, was not signed at all, or is missing.",
  ipa_nested_app: "The app holds an extension or another app, which has an App ID of its own.",
  code_signature_format_old: "The signature is of a form that phones from iOS 15 on do not take.",
  app_attest_development:
    "The entitlement names App Attest's development environment; the App Store overrides it, other installs keep it.",
  app_attest_unnamed:
    "No entitlement names an App Attest environment: installs that are not from the App Store use the development one.",
} as const satisfies Readonly<Record<string, string>>;

export type IpaProblemCode = keyof typeof ipaProblems;
