/** What keeps the signatures of an APK from holding. */
export const apkProblems = {
  apk_unsigned: "No signature scheme covers the range of API levels.",
  apk_sdk_range: "The range of API levels to judge is empty, or begins below the lowest that the package installs on.",
  apk_manifest_missing: "There is no AndroidManifest.xml that can be read.",
  apk_signing_block: "The APK Signing Block is larger than 16 MiB, or an entry reaches into it.",
  apk_signature_malformed: "A record of a signature scheme is cut off, empty or out of form.",
  apk_too_many_signers: "More than ten signers signed with one scheme.",
  apk_no_signature: "A signer has no signature of an algorithm that the range of API levels supports.",
  apk_signature_invalid: "A signature does not verify.",
  apk_public_key: "A signer's public key cannot be read, or is not the one of its certificate.",
  apk_certificate: "A signer has no certificate, or one that cannot be read.",
  apk_algorithms: "The signed digests are of other algorithms than the signatures.",
  apk_content_digest: "The content does not have the digest that was signed.",
  apk_verity_alignment: "A verity digest is signed, but the APK Signing Block does not begin and end at a page.",
  apk_scheme_stripped: "A signature says that a newer scheme signed too, which is not there.",
  apk_signer_sdk: "A signer's API levels are reversed, are not the signed ones, or leave a hole.",
  apk_rotation: "The rotated signer does not begin at the API level that the original signer states.",
  apk_lineage: "A proof of rotation is broken, does not end in the signer, or contradicts another.",
  apk_uncovered:
    "No scheme that was verified signs for some API level of the range: such devices cannot install the APK.",
  apk_signers_disagree: "One scheme names other signers than another.",
  apk_scheme_too_old: "The manifest asks for a target that Android installs only with a newer signature scheme.",
  apk_hybrid: "A hybrid v3.2 block is not one classical and one post-quantum signer of the same range and past.",
  apk_v4_malformed: "The v4 signature file is out of form, or asks for hashing that no device does.",
  apk_v4_mismatch: "The v4 signature is by another signer, or for other content, than the signature in the APK.",
  apk_v4_tree: "The v4 hash tree or its root is not that of the file.",
  apk_source_stamp:
    "The package names a store that it came from, and that store's stamp does not hold; no phone asks for it.",
} as const satisfies Readonly<Record<string, string>>;

export type ApkProblemCode = keyof typeof apkProblems;
