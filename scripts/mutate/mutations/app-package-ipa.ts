import { type Mutation, mutationsOf } from "../mutation.ts";

const ipa = "packages/app-package/src/ipa";
const plist = "packages/app-package/src/plist";
const test = {
  app: [`${ipa}/inspect-ipa.test.ts`],
  structure: [`${ipa}/code-structure.test.ts`],
  signature: [`${ipa}/code-signature.test.ts`],
  profile: [`${ipa}/provisioning-profile.test.ts`],
  plist: [`${plist}/plist.test.ts`],
} as const;
const inFile = (name: string, tests: readonly string[]) => ({
  table: "package_problem" as const,
  file: `${ipa}/${name}.ts`,
  tests,
});

/** Checks of an IPA, and the bounds of property lists. */
export const ipaMutations: readonly Mutation[] = [
  ...mutationsOf(inFile("app-bundle", test.app), [
    [
      "ipa_malformed",
      "that Payload holds one app",
      "if (root !== null && found !== root)",
      "if (root !== null && found === null)",
    ],
    [
      "ipa_malformed/beside",
      "that Payload holds nothing beside the app",
      "if (found === undefined) return refuse(",
      `if (found === undefined) continue;\n    if (found === "") return refuse(`,
    ],
    [
      "ipa_malformed/info",
      "that no other file could be read for Info.plist",
      "if (otherInfo.test(name.slice(root.length)))",
      "if (otherInfo.test(root))",
    ],
  ]),
  ...mutationsOf(inFile("package-paths", test.app), [
    [
      "ipa_path_ambiguous",
      "that names are told apart as volumes tell them apart",
      `return path.normalize("NFC").toUpperCase().toLowerCase().normalize("NFC");`,
      `return path.normalize("NFC");`,
    ],
    [
      "ipa_path_ambiguous/composition",
      "that names are compared in one form of Unicode",
      `return path.normalize("NFC").toUpperCase().toLowerCase().normalize("NFC");`,
      "return path.toUpperCase().toLowerCase();",
    ],
    [
      "ipa_path_ambiguous/folder",
      "that no file is a folder",
      "(isOtherWhole || !isFolder(before.entry));",
      "isOtherWhole;",
    ],
    [
      "ipa_path_ambiguous/link",
      "that an entry is no link",
      "if (!isTyped(entry)) return",
      `if (!isTyped(entry) && entry.name === "") return`,
    ],
    [
      "ipa_path_ambiguous/content",
      "that a folder has no content",
      "if (isFolder(entry) && entry.uncompressedBytes > 0)",
      "if (isFolder(entry) && entry.uncompressedBytes < 0)",
    ],
    [
      "ipa_path_ambiguous/length",
      "the maximum of a path",
      "const MOST_PATH_LENGTH = 1024;",
      "const MOST_PATH_LENGTH = 65536;",
    ],
  ]),
  ...mutationsOf(inFile("signed-bundle", test.app), [
    [
      "plist_malformed",
      "that Info.plist names the app in the usual form",
      "if (!identifier.test(named) || !fileName.test(executable))",
      "if (!fileName.test(executable))",
    ],
    [
      "plist_malformed/variant",
      "that Info.plist says the same on every device",
      "if (variant !== undefined) return",
      `if (variant === "") return`,
    ],
  ]),
  ...mutationsOf(inFile("code-resources", test.app), [
    [
      "plist_malformed/files2",
      "that CodeResources lists files by SHA-256",
      "  if (!isDictionary(files)) return null;",
      "  if (!isDictionary(files)) return new Map();",
      { only: "no list of the second kind" },
    ],
    [
      "resource_mismatch",
      "that a file is the one that was signed",
      "return named instanceof Uint8Array && bytesEqual(named, sha256);",
      "return named instanceof Uint8Array && sha256.length === named.length;",
    ],
    [
      "resource_mismatch/unsigned",
      "that every file was signed",
      "if (expected === undefined && !unlisted.some((pattern) => pattern.test(path)))",
      "if (expected === undefined && unlisted.length === 0)",
    ],
    [
      "resource_mismatch/missing",
      "that every signed file is there",
      "if (!seen.has(path) && path !== executable && !isOptional)",
      "if (!seen.has(path) && path === executable && !isOptional)",
    ],
  ]),
  ...mutationsOf(inFile("check-nested-code", test.app), [
    [
      "resource_mismatch/nested",
      "that a nested bundle's files are those of its own list",
      "const sealed = resources.value === null ? null : checkResources(files, folder, name, resources.value);",
      `const sealed = resources.value === null ? null : checkResources([], folder, name, resources.value)?.code === "plist_malformed" ? checkResources(files, folder, name, resources.value) : null;`,
    ],
    [
      "code_team_mismatch/nested",
      "that nested code is of the app's team",
      "return signature === null || signature.teamId === teamId",
      "return signature === null || teamId !== null",
    ],
    [
      "code_identity_mismatch/nested",
      "that an extension's identifier is below the app's",
      "info.value.identifier.startsWith(",
      'info.value.identifier.endsWith("") || String(',
    ],
    [
      "profile_mismatch/nested",
      "that an extension's own profile allows it",
      "  problems.push(...judgeProfile(profile.value, checked.signature, trust).map((problem) => inFile(problem, path)));\n",
      "",
    ],
    [
      "ipa_nested_app",
      "that an extension's App ID is told",
      "if (nested.warning !== undefined) warnings.push(nested.warning);",
      "",
    ],
  ]),
  ...mutationsOf(inFile("check-profile", test.app), [
    [
      "profile_missing",
      "that code of a developer has a profile",
      "return signature === null || signature.isAppStore",
      "return signature === null || trust.anchors.length > 0",
    ],
  ]),
  ...mutationsOf(inFile("app-identity", test.app), [
    [
      "code_identity_mismatch",
      "that the App ID is the bundle's",
      "if (named !== bundleIdentifier) return",
      "if (named === undefined) return",
    ],
    [
      "code_identity_mismatch/code",
      "that the code directory names the bundle",
      "if (identifier !== bundleIdentifier) return",
      `if (identifier === "") return`,
    ],
    [
      "code_identity_mismatch/team",
      "that the entitlement of the team is the code's",
      "textAt(entitlements, team) === teamId;",
      "textAt(entitlements, team) !== null;",
    ],
    [
      "app_attest_development",
      "that App Attest's development environment is told",
      `if (value === "production") return [];`,
      `if (value !== null) return [];`,
    ],
    [
      "app_attest_unnamed",
      "that an absent environment is told",
      `: [{ code: "app_attest_unnamed",`,
      `: [].slice(0, 0).concat([]) as never[] && [{ code: "app_attest_development",`,
    ],
  ]),
  ...mutationsOf(inFile("inspect-ipa", test.app), [
    [
      "code_identity_mismatch/program",
      "that the app's executable is a program",
      "const detail = isProgram ? ",
      "const detail = isProgram !== null ? ",
    ],
    [
      "code_signature_format_old",
      "that a signature of an old form is told",
      "  return isOldFormat\n",
      "  return isOldFormat && isOldFormat !== true\n",
    ],
  ]),
  ...mutationsOf(inFile("mach-o", test.structure), [
    ["macho_malformed", "that slices do not overlap", "if (offset < next) return", "if (offset < 0) return"],
    [
      "macho_malformed/processors",
      "that no two slices are for one processor",
      "other.cpuType === slice.cpuType && other.cpuSubtype === slice.cpuSubtype",
      "other.cpuType === -1 && other.cpuSubtype === slice.cpuSubtype",
    ],
    [
      "macho_malformed/signatures",
      "that a slice has one signature",
      "if (signature !== null || !isWithin ||",
      "if (!isWithin ||",
    ],
    [
      "macho_encrypted",
      "that an encrypted slice is told",
      "isEncrypted ||= length < 20 || little32(bytes, at + 16) !== 0;",
      "isEncrypted ||= length < 20;",
    ],
  ]),
  ...mutationsOf(inFile("check-executable", test.structure), [
    [
      "slices_disagree",
      "that slices are signed alike",
      "if (isWhole && !others.every((other) => agree(first, other)))",
      "if (isWhole && others.length > 99)",
    ],
    [
      "slices_disagree/signer",
      "that slices are signed by one certificate",
      ": bytesEqual(left.signer.der, right.signer.der);",
      ": left.signer.der.length > 0;",
    ],
    [
      "code_page_mismatch",
      "the digests of pages",
      "if (page.value !== null) problems.push(",
      "if (page.value === -1) problems.push(",
    ],
  ]),
  ...mutationsOf(inFile("page-checker", test.structure), [
    [
      "code_page_mismatch/last",
      "that the last page is checked, which is shorter",
      "while (done < codeLimit && failed === null)",
      "while (done + pageBytes <= codeLimit && failed === null)",
    ],
  ]),
  ...mutationsOf(inFile("code-signature", test.structure), [
    ["code_unsigned", "that code signed ad hoc is unsigned", "|| directories.some(({ isAdhoc }) => isAdhoc)", ""],
    [
      "code_directory_malformed",
      "that every directory covers all code before the signature",
      "|| directory.codeLimit !== signatureOffset) return null;",
      ") return null;",
    ],
    [
      "code_directory_malformed/digests",
      "that no two directories have one digest",
      "  if (new Set(found.map(({ digestName }) => digestName)).size !== found.length) return null;\n",
      "",
    ],
    [
      "code_directory_malformed/identity",
      "that all directories are of one identity",
      "return found.every((each) => each.identifier === identifier && each.teamId === teamId) ? found : null;",
      "return found.every((each) => each.identifier !== null || identifier === teamId) ? found : null;",
    ],
    [
      "code_digest_weak",
      "that a directory has a digest other than SHA-1",
      'signed?.digestName === "sha1" || isWeak',
      'signed?.digestName === "sha1"',
    ],
    [
      "code_digest_weak/signature",
      "that the signature is over a digest other than SHA-1",
      'signed?.digestName === "sha1" || isWeak',
      "isWeak",
      { tests: test.signature },
    ],
    [
      "code_signature_invalid",
      "that the signature covers the directories",
      "else if (!coversDirectories(signed, directories))",
      "else if (directories.length === 0 && !coversDirectories(signed, directories))",
      { tests: test.signature },
    ],
    [
      "code_signature_untrusted",
      "that the certificate leads to Apple",
      `if (signer?.path === "untrusted") {`,
      `if (signer?.path === "untrusted" && problems.length > 99) {`,
      { tests: test.signature },
    ],
    [
      "code_certificate_expired",
      "that certificates are valid",
      `if (signer?.path === "expired") problems`,
      `if (signer?.path === "expired" && problems.length > 99) problems`,
      { tests: test.signature },
    ],
    [
      "code_team_mismatch",
      "that the team is the certificate's",
      "(teamId === null || signer.teamId !== teamId)",
      "teamId === null",
      { tests: test.signature },
    ],
  ]),
  ...mutationsOf(inFile("code-slots", test.structure), [
    [
      "code_slot_mismatch",
      "that what goes with the code has the signed digest",
      "|| !bytesEqual(slotDigest(directory, bytes), named))",
      ")",
    ],
    [
      "code_slot_mismatch/unnamed",
      "that every blob is named by the directory",
      ".filter((slot) => slot > 0 && slot < blobSlot.alternateDirectories)",
      ".filter((slot) => slot < 0)",
    ],
    [
      "code_slot_mismatch/bundle",
      "that an app's code names its Info.plist and resources",
      "...(namesBundle ? files.keys() : [])",
      "...(namesBundle ? [] : [])",
    ],
  ]),
  ...mutationsOf(inFile("directory-hashes", test.signature), [
    [
      "code_signature_invalid/alternates",
      "that alternates without a list do not count",
      "return directories.length === 1;",
      "return directories.length > 0;",
    ],
    [
      "code_signature_invalid/list",
      "that the signed list names each directory",
      "return hashes.some((item) => item instanceof Uint8Array && bytesEqual(item, expected));",
      "return hashes.some((item) => item instanceof Uint8Array && item.length === expected.length);",
    ],
    [
      "code_signature_invalid/stripped",
      "that no directory of the list was taken away",
      "!Array.isArray(hashes) || hashes.length !== directories.length)",
      "!Array.isArray(hashes))",
      { only: "one taken away from the short list" },
    ],
    [
      "code_signature_invalid/whole",
      "that the list of whole hashes names each directory",
      "return hash !== null && bytesEqual(hash, digest(digestName, raw));",
      "return hash !== null || raw.length === 0;",
      { only: "another directory of the same digest" },
    ],
  ]),
  ...mutationsOf(inFile("signed-data", test.signature), [
    [
      "code_signature_invalid/signers",
      "that there is one signer",
      "|| signerInfos?.length !== 1) return null;",
      "|| signerInfos === null) return null;",
    ],
    [
      "code_signature_invalid/digests",
      "that one digest is signed",
      "if (expected === null || others.length > 0 ||",
      "if (expected === null ||",
    ],
    [
      "code_signature_invalid/attributes",
      "that no attribute stands twice",
      "|| attributes.has(oid)) return null;",
      ") return null;",
    ],
    [
      "code_signature_invalid/type",
      "that the signed content type is the content's",
      "return toOid(type) === oids.data && others.length === 0 ? attributes : null;",
      "return others.length === 0 ? attributes : null;",
    ],
    [
      "code_signature_invalid/certificates",
      "that one certificate is the signer's",
      "if (signer === undefined || signers.length !== 1) return null;",
      "if (signer === undefined) return null;",
    ],
  ]),
  ...mutationsOf(inFile("certificate-path", test.signature), [
    [
      "code_signature_untrusted/authority",
      "that the issuer is an authority",
      "if (!isCertificateAuthority(candidate) || ",
      "if (",
    ],
    [
      "code_signature_untrusted/usage",
      "that the signer's key may sign",
      `if (!mayUseKey(leaf, usage.digitalSignature)) return "untrusted";`,
      "",
    ],
    [
      "code_signature_untrusted/anchor",
      "that the authority is signed by Apple's key",
      "anchors.some(({ spki }) => isSignedByAnchor(candidate, spki)),",
      "anchors.length > 0,",
    ],
    [
      "code_certificate_expired/authority",
      "that an authority is valid",
      "&& intermediates.some((each) => isCurrent(each, nowMs))",
      "",
    ],
  ]),
  ...mutationsOf(inFile("signer-policy", test.signature), [
    [
      "code_signature_untrusted/mark",
      "that a developer's certificate is marked so",
      "const mayInstall = isMarked && ",
      "const mayInstall = ",
    ],
    [
      "code_signature_untrusted/purpose",
      "that the certificate is for code",
      "purposes?.includes(purpose.codeSigning) === true;",
      "purposes !== undefined;",
    ],
    [
      "code_signature_untrusted/developers",
      "that the authority is that of developers",
      "candidate.extensions.has(marker.developerAuthority);",
      "candidate.extensions.size > 0;",
    ],
    [
      "code_signature_untrusted/store",
      "that the App Store's certificate has its name",
      "commonNameOf(signer) === name.appStore && ",
      "",
    ],
    [
      "code_signature_untrusted/store-authority",
      "that the App Store's certificate is of the authority for phones",
      "return commonNameOf(candidate) === name.phoneAuthority;",
      "return commonNameOf(candidate) !== null;",
    ],
    [
      "profile_untrusted/signer",
      "that the signer is the one of profiles",
      `return commonNameOf(signer) === name.profile && path !== "untrusted";`,
      `return path !== "untrusted";`,
      { tests: test.profile },
    ],
    [
      "profile_untrusted/path",
      "that the signer of a profile leads to Apple",
      `return commonNameOf(signer) === name.profile && path !== "untrusted";`,
      "return commonNameOf(signer) === name.profile;",
      { tests: test.profile },
    ],
  ]),
  ...mutationsOf(inFile("entitlements", test.structure), [
    [
      "entitlements_malformed",
      "that entitlements can be read",
      "if ((xmlBlob !== undefined && xml === null) || (derBlob !== undefined && der === null)) {",
      "if (xmlBlob !== undefined && xml === null && der !== null) {",
    ],
    [
      "entitlements_malformed/twice",
      "that no entitlement stands twice",
      "|| members.has(name)) return null;",
      ") return null;",
    ],
    [
      "entitlements_disagree",
      "that both forms say the same",
      "if (der !== null && (xml === null || !isSameEntitlements(xml, der)))",
      "if (der !== null && xml === null)",
    ],
  ]),
  ...mutationsOf(inFile("provisioning-profile", test.profile), [
    [
      "profile_malformed",
      "that a profile is a list of what every profile has",
      "if (teamIds === null || !Array.isArray(certificates) ||",
      "if (!Array.isArray(certificates) ||",
      { only: "no team" },
    ],
    ["profile_untrusted", "the signature of the profile", "|| !isSignedContent(signed, signed.content)) {", ") {"],
    [
      "profile_untrusted/weak",
      "that the profile is signed over another digest than SHA-1",
      `signed.digestName === "sha1" || `,
      "",
    ],
    [
      "profile_expired",
      "that the profile has not ended",
      "if (!(trust.nowMs < profile.expiresAtMs))",
      "if (!(trust.nowMs <= profile.expiresAtMs))",
    ],
    [
      "profile_mismatch",
      "that the profile allows the certificate",
      "if (signer !== null && !profile.certificates.some((der) => bytesEqual(der, signer.der)))",
      "if (signer !== null && profile.certificates.length === 0)",
    ],
    [
      "profile_mismatch/team",
      "that the profile allows the team",
      "if (teamId === null || !profile.teamIds.includes(teamId)) return",
      "if (teamId === null) return",
    ],
    [
      "profile_mismatch/platform",
      "that the profile is for iOS",
      `if (profile.platforms?.includes("iOS") === false) return`,
      `if (profile.platforms?.length === 0) return`,
    ],
    [
      "profile_mismatch/entitlement",
      "that the profile allows each entitlement",
      "(allowed === undefined || !isAllowed(value, allowed))",
      "allowed === undefined",
    ],
  ]),
  ...mutationsOf({ table: "package_problem", file: `${plist}/binary-plist.ts`, tests: test.plist }, [
    [
      "plist_malformed/values",
      "the maximum of values of a binary list",
      "this.budget -= values;",
      "this.budget -= values > 0 ? 0 : values;",
      { only: "up to a number of values" },
    ],
    [
      "plist_malformed/contents",
      "that texts are together no longer than their file",
      "this.contentBytes -= bytes.length;",
      "this.contentBytes -= 0;",
    ],
  ]),
  ...mutationsOf({ table: "package_problem", file: `${plist}/xml-plist.ts`, tests: test.plist }, [
    ["plist_malformed/depth", "the maximum of depth of an XML list", "|| depth > plistLimits.depth ||", "||"],
    [
      "plist_malformed/encoding",
      "that a list that names another encoding is refused",
      `(?:\\s+encoding=["'][uU][tT][fF]-8["'])?`,
      `(?:\\s+encoding=["'][^"']*["'])?`,
    ],
  ]),
];
