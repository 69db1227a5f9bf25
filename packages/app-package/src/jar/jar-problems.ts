/** What keeps a JAR signature (APK Signature Scheme v1, or a bundle's) from holding, and what its reader should know. */
export const jarProblems = {
  jar_manifest_missing: "There is no META-INF/MANIFEST.MF.",
  jar_signature_missing: "There is no signature block beside a signature file that counts.",
  jar_signature_file_missing: "A signature block has no signature file of the same name, and is ignored.",
  jar_signers_too_many: "There are more than ten signers.",
  jar_too_large: "A part of the signature exceeds what is read: its stated maximum of sections or signatures.",
  jar_section_unnamed: "A section of the manifest or of a signature file does not begin with its name.",
  jar_section_malformed:
    "A section has an attribute that is not a name, a colon, a space and a value, or has one twice: no JDK reads it.",
  jar_section_duplicate: "Two sections of the manifest, or of one signature file, have the same name.",
  jar_entry_missing: "The manifest names an entry that is not there.",
  jar_block_malformed: "A signature block is not PKCS #7 SignedData with signers and readable certificates.",
  jar_algorithm_unsupported:
    "The algorithms of a signature are not taken on every API level of the range, or not by jarsigner.",
  jar_certificate_missing: "A signature block lacks the certificate that its signer names.",
  jar_certificate_unfit: "A signer's certificate has a key that cannot be used, or extensions that forbid its use.",
  jar_signed_attributes:
    "A signature's attributes are incomplete, contradict the block, or are unsafe on an API level of the range.",
  jar_signature_invalid: "A signature does not hold over the signature file.",
  jar_signature_file_malformed: "A signature file lacks its version.",
  jar_scheme_stripped: "A signature file names a newer signature scheme that the package no longer has.",
  jar_manifest_digest: "A digest of the manifest, or of a section of it, is not the one that was signed.",
  jar_digest_missing: "A section has no digest of an algorithm that counts.",
  jar_entry_unsigned: "An entry is not in the manifest, or no signer signed it.",
  jar_entry_signers_differ: "Not all entries were signed by the same signers.",
  jar_entry_digest: "An entry's content is not what was signed.",
  jar_entries_none: "No entry is signed.",
  jar_entry_unprotected: "Android lets anyone add or change this entry below META-INF.",
  jar_stripping_unprotected:
    "Newer schemes are used, and the signature file does not say so: they could be taken away.",
} as const satisfies Readonly<Record<string, string>>;

export type JarProblemCode = keyof typeof jarProblems;
