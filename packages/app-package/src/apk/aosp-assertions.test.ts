import { describe, expect, test } from "vitest";
import type { PackageProblemCode } from "../problem.ts";
import { readVectorJson, vectorsMissing, verifyVector } from "./aosp-vectors.suite.ts";
import type { ApkOptions } from "./apk-verification.ts";

/** One call of an assertion in apksig's own `ApkVerifierTest`, as text: the vectors hold all 195 in the order of the file. */
interface Assertion {
  readonly assert: string;
  readonly args: string;
  readonly apk: string | null;
  readonly issues: readonly string[];
}

const codenames: Readonly<Record<string, number>> = {
  M: 23,
  N: 24,
  O: 26,
  P: 28,
  KITKAT: 19,
  JELLY_BEAN_MR2: 18,
};

const keyNames: Readonly<Record<string, readonly string[]>> = {
  RSA_KEY_NAMES: ["1024", "2048", "3072", "4096", "8192", "16384"],
  RSA_KEY_NAMES_2048_AND_LARGER: ["2048", "3072", "4096", "8192", "16384"],
  DSA_KEY_NAMES: ["1024", "2048", "3072"],
  DSA_KEY_NAMES_1024_AND_SMALLER: ["1024"],
  DSA_KEY_NAMES_2048_AND_LARGER: ["2048", "3072"],
  EC_KEY_NAMES: ["p256", "p384", "p521"],
};

const attributes = "v1-only-with-signed-attrs";
const twoInfos = `${attributes}-signerInfo1`;

/** The file, and the range where the call does not state it, of each call that names them by a variable: what the test gives it. */
const named: Readonly<Record<number, { readonly apk: string } & ApkOptions>> = {
  91: { apk: "v1-only-pkcs7-cert-bag-first-cert-not-used.apk" },
  92: { apk: "v1-only-with-rsa-1024-cert-not-der.apk" },
  93: { apk: "v1-only-with-rsa-1024-cert-not-der2.apk" },
  123: { apk: `${attributes}.apk` },
  124: { apk: `${attributes}.apk` },
  125: { apk: `${twoInfos}-good-signerInfo2-good.apk` },
  126: { apk: `${twoInfos}-good-signerInfo2-good.apk` },
  129: { apk: `${attributes}-missing-content-type.apk` },
  130: { apk: `${attributes}-missing-content-type.apk` },
  131: { apk: `${twoInfos}-missing-content-type-signerInfo2-good.apk` },
  132: { apk: `${twoInfos}-missing-content-type-signerInfo2-good.apk` },
  133: { apk: `${attributes}-wrong-content-type.apk` },
  134: { apk: `${attributes}-wrong-content-type.apk` },
  135: { apk: `${twoInfos}-wrong-content-type-signerInfo2-good.apk` },
  136: { apk: `${twoInfos}-wrong-content-type-signerInfo2-good.apk` },
  137: { apk: `${twoInfos}-wrong-content-type-signerInfo2-good.apk` },
  138: { apk: `${attributes}-missing-digest.apk` },
  139: { apk: `${attributes}-missing-digest.apk` },
  140: { apk: `${twoInfos}-missing-digest-signerInfo2-good.apk` },
  141: { apk: `${twoInfos}-missing-digest-signerInfo2-good.apk` },
  142: { apk: `${attributes}-multiple-good-digests.apk` },
  143: { apk: `${attributes}-multiple-good-digests.apk` },
  144: { apk: `${twoInfos}-multiple-good-digests-signerInfo2-good.apk` },
  145: { apk: `${twoInfos}-multiple-good-digests-signerInfo2-good.apk` },
  146: { apk: `${attributes}-wrong-digest.apk` },
  147: { apk: `${attributes}-wrong-digest.apk` },
  148: { apk: `${twoInfos}-wrong-digest-signerInfo2-good.apk` },
  149: { apk: `${twoInfos}-wrong-digest-signerInfo2-good.apk` },
  150: { apk: `${attributes}-wrong-signature.apk` },
  151: { apk: `${attributes}-wrong-signature.apk` },
  152: { apk: `${twoInfos}-wrong-signature-signerInfo2-good.apk` },
  153: { apk: `${twoInfos}-wrong-signature-signerInfo2-good.apk` },
  154: { apk: "valid-stamp.apk" },
  159: { apk: "stamp-without-block.apk" },
  160: { apk: "stamp-certificate-mismatch.apk" },
  161: { apk: "v1-only-with-stamp.apk" },
  165: { apk: "v2-only-with-stamp.apk" },
  168: { apk: "v3-only-with-stamp.apk" },
  170: { apk: "stamp-apk-hash-mismatch-v1.apk" },
  171: { apk: "stamp-apk-hash-mismatch-v2.apk" },
  172: { apk: "stamp-apk-hash-mismatch-v3.apk" },
  173: { apk: "stamp-malformed-signature.apk" },
  177: { apk: "v31-rsa-2048_2-tgt-34-1-tgt-28.apk" },
  178: { apk: "v31-tgt-34-v3-attr-value-33.apk" },
  179: { apk: "v31-tgt-34-v3-attr-value-33.apk", maxSdk: 32 },
  180: { apk: "v31-block-stripped-v3-attr-value-33.apk" },
  181: { apk: "v31-block-stripped-v3-attr-value-33.apk", maxSdk: 32 },
  182: { apk: "v31-tgt-33-no-v3-block.apk" },
  183: { apk: "v31-rsa-2048_2-tgt-10000-dev-release.apk" },
  184: { apk: "v31-rsa-2048_2-tgt-33-1-tgt-28.apk", minSdk: 33 },
  185: { apk: "v31-ec-p256-2-tgt-33-1-tgt-28-targetSdk-30.apk", minSdk: 33 },
};

/** Calls of `verifySourceStamp`: whether a store's stamp holds. */
const stamps: Readonly<Record<number, { readonly apk: string } & ApkOptions>> = {
  155: { apk: "valid-stamp.apk" },
  156: { apk: "valid-stamp.apk", minSdk: 18, maxSdk: 18 },
  157: { apk: "valid-stamp.apk", minSdk: 24, maxSdk: 24 },
  158: { apk: "valid-stamp.apk", minSdk: 28, maxSdk: 28 },
  162: { apk: "v1-only-with-stamp.apk" },
  163: { apk: "v1-only-with-stamp.apk", minSdk: 28, maxSdk: 28 },
  164: { apk: "v1-only-with-stamp.apk", minSdk: 24, maxSdk: 24 },
  166: { apk: "v2-only-with-stamp.apk" },
  167: { apk: "v2-only-with-stamp.apk", minSdk: 28, maxSdk: 28 },
  169: { apk: "v3-only-with-stamp.apk" },
  174: { apk: "v3-only-with-stamp.apk" },
  175: { apk: "stamp-lineage-valid.apk" },
};
/** Not calls, but the definitions of the assertions themselves. */
const definitions = new Set([186, 187, 188, 189, 190, 191, 192, 193, 194]);

/** The problem here that stands for each issue which apksig's tests name. */
const codeOf: Readonly<Record<string, PackageProblemCode>> = {
  JAR_SIG_DID_NOT_VERIFY: "jar_signature_invalid",
  JAR_SIG_MANIFEST_SECTION_DIGEST_DID_NOT_VERIFY: "jar_manifest_digest",
  JAR_SIG_MAX_SIGNATURES_EXCEEDED: "jar_signers_too_many",
  JAR_SIG_MISSING_APK_SIG_REFERENCED: "jar_scheme_stripped",
  JAR_SIG_NO_MANIFEST: "jar_manifest_missing",
  JAR_SIG_PARSE_EXCEPTION: "jar_signed_attributes",
  // A line break in a name makes two sections of one: the first names no entry that is there, and is found first here.
  JAR_SIG_UNNNAMED_MANIFEST_SECTION: "jar_entry_missing",
  JAR_SIG_VERIFY_EXCEPTION: "jar_signed_attributes",
  JAR_SIG_ZIP_ENTRY_DIGEST_DID_NOT_VERIFY: "jar_entry_digest",
  MIN_SIG_SCHEME_FOR_TARGET_SDK_NOT_MET: "apk_scheme_too_old",
  NO_SIG_FOR_TARGET_SANDBOX_VERSION: "apk_scheme_too_old",
  V2_SIG_DID_NOT_VERIFY: "apk_signature_invalid",
  V2_SIG_MAX_SIGNATURES_EXCEEDED: "apk_too_many_signers",
  V2_SIG_MISSING_APK_SIG_REFERENCED: "apk_scheme_stripped",
  V2_SIG_NO_CERTIFICATES: "apk_certificate",
  V2_SIG_NO_SIGNATURES: "apk_no_signature",
  V2_SIG_NO_SUPPORTED_SIGNATURES: "apk_no_signature",
  V2_SIG_PUBLIC_KEY_MISMATCH_BETWEEN_CERTIFICATE_AND_SIGNATURES_RECORD: "apk_public_key",
  V2_SIG_SIG_ALG_MISMATCH_BETWEEN_SIGNATURES_AND_DIGESTS_RECORDS: "apk_algorithms",
  V2_SIG_VERIFY_EXCEPTION: "apk_signature_invalid",
  V31_BLOCK_FOUND_WITHOUT_V3_BLOCK: "apk_rotation",
  V31_BLOCK_MISSING: "apk_scheme_stripped",
  V31_ROTATION_MIN_SDK_MISMATCH: "apk_rotation",
  V3_SIG_APK_DIGEST_DID_NOT_VERIFY: "apk_content_digest",
  V3_SIG_DID_NOT_VERIFY: "apk_signature_invalid",
  V3_SIG_NO_CERTIFICATES: "apk_certificate",
  V3_SIG_NO_SUPPORTED_SIGNATURES: "apk_no_signature",
  V3_SIG_PUBLIC_KEY_MISMATCH_BETWEEN_CERTIFICATE_AND_SIGNATURES_RECORD: "apk_public_key",
  V3_SIG_SIG_ALG_MISMATCH_BETWEEN_SIGNATURES_AND_DIGESTS_RECORDS: "apk_algorithms",
};

/** The range that a call states: by name of a release, by number, or by release less one. */
function optionsOf(args: string): ApkOptions {
  const single = /(Min|Max)SdkVersion\(\s*(?:"[^"]*"|apk),\s*(?:AndroidSdkVersion\.)?(\w+)(\s*- 1)?/u.exec(args);
  const forEach = /KEY_NAMES\w*, AndroidSdkVersion\.(\w+)$/u.exec(args.trim());
  const release = single?.[2] ?? forEach?.[1];
  if (release === undefined) return {};
  const level = (codenames[release] ?? Number(release)) - (single?.[3] === undefined ? 0 : 1);
  return single?.[1] === "Max" ? { maxSdk: level } : { minSdk: level };
}

/** The files that a call is about. */
function namesOf({ apk, args }: Assertion, index: number): readonly string[] {
  const name = named[index]?.apk ?? apk;
  if (name === null) return [];
  const keys = keyNames[/\b\w*KEY_NAMES\w*\b/u.exec(args)?.[0] ?? ""];
  return keys?.map((key) => name.replace("%s", key)) ?? [name];
}

describe.skipIf(vectorsMissing)("apksig's own assertions about its ApkVerifier", () => {
  test("hold here, every one, with the problem that each names", async () => {
    const assertions = readVectorJson<readonly Assertion[]>("apksig", "aosp-test-assertions.json");
    expect(assertions).toHaveLength(195);
    const failures: string[] = [];
    let held = 0;
    for (const [index, assertion] of assertions.entries()) {
      if (definitions.has(index)) continue;
      const stamp = stamps[index];
      const names = stamp ? [stamp.apk] : namesOf(assertion, index);
      if (names.length === 0) failures.push(`${index}: which file?`);
      const { apk: _, ...range } = stamp ?? named[index] ?? { apk: "" };
      const before = failures.length;
      for (const name of names) {
        const { verified, errors, sourceStampSha256 } = await verifyVector(name, {
          ...optionsOf(assertion.args),
          ...range,
        });
        const codes = errors.map(({ code }) => code);
        const issue = codeOf[assertion.issues[0] ?? ""];
        const expected = assertion.assert.startsWith("assertVerified");
        if (stamp && sourceStampSha256 === null) failures.push(`${index}: the stamp of ${name} does not hold`);
        if (verified !== expected) failures.push(`${index}: ${name} is ${verified ? "" : "not "}verified: ${codes}`);
        else if (issue !== undefined && !codes.includes(issue))
          failures.push(`${index}: ${name} has ${codes}, not ${issue}`);
      }
      if (failures.length === before) held += 1;
    }
    expect(failures).toEqual([]);
    expect(held).toBe(195 - definitions.size);
  });
});
