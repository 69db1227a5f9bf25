import { describe, expect, test } from "vitest";
import { createBytesSource } from "../source/byte-source.ts";
import { readVector, readVectorJson, vectorsMissing } from "./aosp-vectors.suite.ts";
import type { ApkOptions, ApkVerification } from "./apk-verification.ts";
import { verifyApk } from "./verify-apk.ts";

/** What ApkVerifier of AOSP's apksig said, run on OpenJDK. */
type Oracle = Readonly<Record<string, Readonly<Record<string, OracleVerdict>>>>;

type OracleVerdict =
  | { readonly exception: string }
  | {
      readonly verified: boolean;
      readonly v1: boolean;
      readonly v2: boolean;
      readonly v3: boolean;
      readonly v31: boolean;
      readonly sourceStamp: boolean;
      readonly signerCertSha256: readonly string[];
      readonly lineage: readonly string[];
    };

const settings: Readonly<Record<string, ApkOptions>> = {
  default: {},
  min24: { minSdk: 24 },
  min28: { minSdk: 28 },
  min33: { minSdk: 33 },
  max26: { maxSdk: 26 },
  max23: { maxSdk: 23 },
};

// That version of apksig compares v3.1's digests, but reports a difference for v2 and v3 alone; it then finds the same one in v3.
const silentV31 = "apksig says nothing of a wrong content digest in a v3.1 block, and goes on to the v3 block";

/** Where this verifier says something else than the oracle: which fields differ, and why. Every verdict is the same. */
const disagreements: Readonly<Record<string, { readonly fields: readonly string[]; readonly cause: string }>> =
  Object.fromEntries(
    ["default", "min24", "min28", "min33"].map((setting) => [
      `v31-2elem-lineage-incorrect-digest.apk ${setting}`,
      { fields: ["v31", "lineage"], cause: silentV31 },
    ]),
  );

function toComparable(oracle: OracleVerdict | undefined): Readonly<Record<string, string>> {
  if (oracle === undefined || "exception" in oracle) return { verified: "false" };
  const { verified, v1, v2, v3, v31, sourceStamp, signerCertSha256, lineage } = oracle;
  return toText({ verified, v1, v2, v3, v31, sourceStamp, signers: signerCertSha256, lineage });
}

function toOwn(verification: ApkVerification): Readonly<Record<string, string>> {
  const { verified, schemes, signerCertSha256, lineage, sourceStampSha256 } = verification;
  const { v1, v2, v3, v31 } = schemes;
  const sourceStamp = sourceStampSha256 !== null;
  const certificates = lineage.map(({ certSha256 }) => certSha256);
  return toText({ verified, v1, v2, v3, v31, sourceStamp, signers: signerCertSha256, lineage: certificates });
}

function toText(values: Readonly<Record<string, boolean | readonly string[]>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, String(value)]));
}

describe.skipIf(vectorsMissing).each([
  { folder: "apksig", file: "expected-oracle.json", count: 369 },
  { folder: "apps", file: "expected-apk-oracle.json", count: 1 },
])("AOSP's ApkVerifier, run over the APKs of $folder at six ranges of API levels", ({ folder, file, count }) => {
  test("says what this verifier says: verdict, schemes, signers, lineage and source stamp, but for what is listed with its cause", async () => {
    const oracle = readVectorJson<Oracle>(folder, file);
    expect(Object.keys(oracle)).toHaveLength(count);
    const found: Record<string, readonly string[]> = {};
    for (const [name, verdicts] of Object.entries(oracle)) {
      const bytes = readVector(folder, name);
      for (const [setting, options] of Object.entries(settings)) {
        const expected = toComparable(verdicts[setting]);
        const own = toOwn(await verifyApk(createBytesSource(bytes), options));
        const fields = Object.keys(expected).filter((field) => expected[field] !== own[field]);
        if (fields.length > 0) found[`${name} ${setting}`] = fields;
      }
    }
    const listed = Object.entries(disagreements).filter(([key]) => (key.split(" ")[0] as string) in oracle);
    expect(found).toEqual(Object.fromEntries(listed.map(([key, { fields }]) => [key, fields])));
  });
});
