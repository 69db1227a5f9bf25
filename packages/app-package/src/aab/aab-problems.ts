/** What keeps an Android App Bundle from being taken, and what its reader is to be asked. */
export const aabProblems = {
  play_signing_unknown: "A bundle is signed with the upload key; the key that Play signs with must be given.",
  aab_config_missing: "There is no BundleConfig.pb: this is no Android App Bundle.",
  aab_base_missing: "There is no module base.",
  aab_module_manifest_missing: "A module has no manifest/AndroidManifest.xml.",
  aab_manifest_malformed: "A module's manifest is not the protobuf message that aapt2 writes.",
  aab_modules_disagree: "A module says otherwise than the base module.",
} as const satisfies Readonly<Record<string, string>>;

export type AabProblemCode = keyof typeof aabProblems;
