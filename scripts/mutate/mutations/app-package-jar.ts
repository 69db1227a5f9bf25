import { type Mutation, mutationsOf } from "../mutation.ts";

const jar = "packages/app-package/src/jar";
const certificate = "packages/app-package/src/certificate";
const group = {
  table: "package_problem",
  tests: ["verify-jar-signature", "verify-signature-file", "verify-signature-block"].map(
    (name) => `${jar}/${name}.test.ts`,
  ),
} as const;
const inJar = (name: string) => ({ ...group, file: `${jar}/${name}.ts` });

export const jarMutations: readonly Mutation[] = [
  ...mutationsOf(inJar("verify-jar-signature"), [
    [
      "zip_name_duplicate/jar",
      "that two entries of one name are no archive",
      `    if (names.has(name)) errors.add("zip_name_duplicate", quoteName(name));\n`,
      "",
    ],
    [
      "jar_manifest_missing",
      "that a manifest that is missing is said",
      `errors.add("jar_manifest_missing", manifestName);`,
      "",
    ],
    [
      "jar_signature_missing",
      "that there is a signature that is not ignored",
      `    errors.add("jar_signature_missing", detail);\n`,
      "",
    ],
    [
      "jar_signers_too_many",
      "the maximum of ten signers",
      "if (pairs.length > maximumSigners)",
      "if (pairs.length > 2 * maximumSigners)",
    ],
    [
      "jar_block_malformed/one-of-several",
      "that a block that does not hold ends it beside good ones",
      `[inState("block-broken"), inState("file-broken")]`,
      `[inState("file-broken")]`,
    ],
    [
      "jar_entry_unprotected",
      "that entries below META-INF are told that anyone may change",
      `      warnings.add("jar_entry_unprotected", quoteName(name));`,
      "      continue;",
    ],
  ]),
  ...mutationsOf(inJar("signature-entries"), [
    [
      "jar_signature_file_missing",
      "that a block without a file is said",
      `    if (file === undefined) warnings.add("jar_signature_file_missing", quoteName(block.name));\n    else `,
      "    if (file !== undefined) ",
    ],
  ]),
  ...mutationsOf(inJar("manifest-sections"), [
    [
      "jar_section_unnamed/manifest",
      "that a section of the manifest has a name",
      "if (name === null) errors.add(",
      "if (name === null) warnings.add(",
    ],
    [
      "jar_section_duplicate/manifest",
      "that each entry has one section of the manifest",
      "else if (sections.has(name)) errors.add(",
      "else if (sections.has(name)) warnings.add(",
    ],
    [
      "jar_section_malformed/manifest",
      "that jarsigner reads the manifest",
      "if (rules.wantsWellFormed && !isWellFormed)",
      "if (rules.wantsWellFormed && start < 0)",
    ],
    [
      "jar_too_large/manifest",
      "the maximum of sections of the manifest",
      "if (sections.size === maximumSections)",
      "if (sections.size === 2 * maximumSections)",
    ],
    [
      "jar_entry_missing",
      "that the entries that the manifest names are there",
      "const missing = rules.allowsMissingEntries ? warnings : errors;",
      "const missing = warnings;",
    ],
    [
      "jar_entry_missing/folder",
      "that the manifest names no folder",
      `if (name.endsWith("/") || zip.find(name) === undefined)`,
      "if (zip.find(name) === undefined)",
    ],
  ]),
  ...mutationsOf(inJar("verify-signature-file"), [
    [
      "jar_signature_file_malformed",
      "that a signature file without its version is ignored",
      "if (!rules.isSignatureFile(main)) {",
      "if (!rules.isSignatureFile(main) && main.attributes.size === 0) {",
    ],
    [
      "jar_scheme_stripped",
      "that a newer scheme that the signature file names is there",
      "if (numbers.has(scheme) && !found.includes(scheme))",
      "if (numbers.has(scheme) && found.includes(-scheme))",
    ],
    [
      "jar_stripping_unprotected",
      "that a signature file that names no newer scheme is told",
      "if (found.length > 0) warnings.add(",
      "if (found.length > 9) warnings.add(",
    ],
    [
      "jar_manifest_digest/whole",
      "the digest of the whole manifest",
      "return digests.length > 0 && wrong === undefined;",
      "return digests.length > 0;",
    ],
    [
      "jar_manifest_digest/base64",
      "that a digest of the manifest that is no base64 is refused",
      "if (wrong?.digest === null) errors.add(",
      "if (wrong?.digest === null) warnings.add(",
    ],
    [
      "jar_manifest_digest/main",
      "the digest of the main section",
      "if (!bySigntool) checkMainSection(main, context);",
      "",
    ],
    [
      "jar_manifest_digest/section",
      "the digest of a section",
      "    if (!isDigestOf(digest, isLong ? bytes.subarray(0, -1) : bytes))",
      "    if (digest.hash === bytes.toString())",
    ],
    [
      "jar_digest_missing/signature-file",
      "that a section of a signature file has a digest",
      "if (digests.length === 0) errors.add(",
      "if (digests.length > 9) errors.add(",
    ],
    [
      "jar_digest_missing/section",
      "that a signature file whose sections the manifest lacks is ignored",
      "      isIgnored = true;\n",
      "",
    ],
    [
      "jar_section_unnamed/signature-file",
      "that a section of a signature file has a name",
      "if (name === null || names.has(name)) {",
      "if (name === null) continue;\n    if (names.has(name)) {",
    ],
    [
      "jar_section_duplicate/signature-file",
      "that each entry has one section of a signature file",
      "if (name === null || names.has(name)) {",
      "if (name === null) {",
    ],
    [
      "jar_section_malformed/signature-file",
      "that jarsigner reads the signature file",
      "if (rules.wantsWellFormed && !isWellFormed)",
      "if (rules.wantsWellFormed && start < 0)",
    ],
    [
      "jar_digest_missing/weak",
      "that weak digests of the manifest make a signature file worthless to jarsigner",
      "if (rules.hasOnlyWeakDigests(main, suffix))",
      "if (rules.hasOnlyWeakDigests(main, suffix) && main.start > 0)",
    ],
    [
      "jar_too_large/sections",
      "the maximum of sections",
      "if (names.size === maximumSections) {",
      "if (names.size === 2 * maximumSections) {",
    ],
  ]),
  ...mutationsOf(inJar("verify-signature-block"), [
    [
      "jar_block_malformed",
      "that a block that cannot be read is refused",
      "ok: false, certificate: null, problem: { code:",
      `ok: false, certificate: null, problem: { code: "jar_signature_invalid", detail } };\n    return { ok: false, certificate: null, problem: { code:`,
    ],
    [
      "jar_too_large/signatures",
      "the maximum of signatures in a block",
      "if (signerInfos.length > rules.maximumSignerInfos)",
      "if (signerInfos.length > 9 * rules.maximumSignerInfos)",
    ],
    [
      "jar_algorithm_unsupported",
      "that every API level of the range takes the algorithm",
      "if (algorithm === null || !rules.isSupported(algorithm))",
      "if (algorithm === null)",
    ],
    [
      "jar_algorithm_unsupported/key",
      "that jarsigner holds short keys for weak",
      "if (weakness !== null) return",
      `if (weakness === "") return`,
    ],
    [
      "jar_certificate_missing",
      "that the certificate is the signer's by issuer and serial number",
      "({ issuer, serial }) => issuer === signer?.issuer && serial === signer.serial",
      "() => signer !== undefined",
    ],
    [
      "jar_certificate_unfit",
      "that the certificate may sign",
      "if (unfit !== null) return",
      `if (unfit === "") return`,
    ],
    [
      "jar_signed_attributes",
      "that signed attributes are refused where Android does not compare them",
      "if (!rules.takesSignedAttributes)",
      "if (rules.takesSignedAttributes === null)",
    ],
    [
      "jar_signed_attributes/content-type",
      "that signed attributes have a content type",
      "if (type === null) return refuse(",
      "if (type === null && attributes.size === 0) return refuse(",
    ],
    [
      "jar_signed_attributes/one-value",
      "that the signed attributes that count have one value",
      "return values.length === 1 ? values[0] : undefined;",
      "return values[0];",
    ],
    [
      "jar_signature_invalid",
      "the signature",
      "return verify(algorithm.signed, bytes, key, signature);",
      "return verify(algorithm.signed, bytes, key, signature) || true;",
    ],
    [
      "jar_signature_invalid/attributes",
      "that signed attributes have the signature file's digest",
      "value: bytesEqual(digest, createHash(algorithm.digest).update(file).digest())",
      "value: digest.length > 0",
    ],
    [
      "jar_signature_invalid/content-type",
      "that the signed content type is the block's",
      "if (type !== signed.contentType) return",
      `if (type === "") return`,
    ],
    [
      "jar_signature_invalid/form",
      "that a signature without the form of one ends it for the block",
      "if (!isWholeSignature(signature, key))",
      "if (signature.length === 0 && !isWholeSignature(signature, key))",
    ],
  ]),
  ...mutationsOf(inJar("signing-key"), [
    [
      "jar_certificate_unfit/critical",
      "that critical extensions are known",
      "if (critical && !knownExtensions.has(oid))",
      "if (critical && knownExtensions.size === 0)",
    ],
    [
      "jar_certificate_unfit/usage",
      "that the key may sign",
      "if (bits === null || ((bits[1] ?? 0) & signingBits) === 0)",
      "if (bits === null)",
    ],
    [
      "jar_certificate_unfit/type",
      "that the key is of the signature's type",
      "return key?.asymmetricKeyType === type ? key : null;",
      "return key;",
    ],
  ]),
  ...mutationsOf(inJar("signed-data"), [
    [
      "jar_block_malformed/certificate",
      "that every certificate of a block can be read",
      "if (certificate === null) return null;",
      "if (certificate === null) continue;",
    ],
    [
      "jar_signed_attributes/twice",
      "that no signed attribute stands twice",
      "if (oid === null || list === null || attributes.has(oid)) return null;",
      "if (oid === null || list === null) return null;",
    ],
  ]),
  ...mutationsOf(inJar("verify-entries"), [
    [
      "jar_entry_unsigned",
      "that every entry is in the manifest and signed",
      '      errors.add("jar_entry_unsigned",',
      '      if (name === "") errors.add("jar_entry_unsigned",',
    ],
    [
      "jar_entry_signers_differ",
      "that all entries have the same signers",
      '      errors.add("jar_entry_signers_differ",',
      '      if (name === "") errors.add("jar_entry_signers_differ",',
    ],
    [
      "jar_digest_missing",
      "that every entry has a digest",
      "if (expected.length === 0) {",
      "if (expected.length > 9) {",
    ],
    [
      "jar_entry_digest",
      "that every entry has the content that was signed",
      "if (!digest?.equals(actual.digest()))",
      "if (digest === null)",
    ],
    [
      "jar_entries_none",
      "that an entry is signed",
      `if (first === null) errors.add("jar_entries_none", "no entry is signed");`,
      "",
    ],
  ]),
  ...mutationsOf({ ...inJar("signature-algorithms"), tests: [`${jar}/signature-algorithms.test.ts`] }, [
    [
      "jar_algorithm_unsupported/range",
      "that an algorithm is taken on each level of the range",
      "if (from <= next && next <= to) next = to + 1;",
      "if (from <= minSdk || next <= to) next = to + 1;",
    ],
    [
      "jar_algorithm_unsupported/weak",
      "that jarsigner holds MD5 and SHA-1 for weak",
      `return digest === signed && digest !== "md5" && digest !== "sha1";`,
      "return digest === signed;",
    ],
  ]),
  ...mutationsOf({ ...inJar("digest-attributes"), tests: [`${jar}/digest-attributes.test.ts`] }, [
    [
      "jar_digest_missing/old",
      "that devices before 4.3 find a digest of their own",
      "if (old === null) return [];\n    digests.push(old);",
      "if (old !== null) digests.push(old);",
    ],
  ]),
  ...mutationsOf(
    {
      ...group,
      file: `${certificate}/raw-certificate.ts`,
      tests: [`${certificate}/raw-certificate.test.ts`],
    },
    [
      [
        "jar_block_malformed/trailing",
        "that nothing follows a certificate",
        "outer?.raw.length !== bytes.length || ",
        "",
      ],
      [
        "jar_block_malformed/fields",
        "that a certificate has the fields of its version, and no others",
        "!areOptionalFields(optional, version) || ",
        "",
      ],
      ["jar_block_malformed/validity", "that a certificate's validity is two times", " || !isValidity(validity)", ""],
      [
        "jar_block_malformed/algorithms",
        "that a certificate names one signature algorithm",
        "!areSameAlgorithm(innerAlgorithm, algorithm) || ",
        "",
      ],
      [
        "jar_block_malformed/extensions",
        "that a certificate has each extension once",
        "    if (seen.has(oid)) return null;\n",
        "",
      ],
    ],
  ),
];
