import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { requireAll, vectorsFolder } from "../../../../testing/vectors.ts";
import { createBytesSource } from "../source/byte-source.ts";
import { scanZip } from "../zip/open-zip.ts";
import type { JarOptions, JarVerification } from "./jar-verification.ts";
import { verifyJarSignature } from "./verify-jar-signature.ts";

const vectors = vectorsFolder();
const skipped = vectors === null && !requireAll;
const folder = vectors ?? "";

interface OracleVerdict {
  readonly v1?: boolean;
  readonly errors: readonly string[];
  readonly v1Signers: readonly {
    readonly name: string;
    readonly cert: string | null;
    readonly errors: readonly string[];
  }[];
}
type Oracle = Readonly<
  Record<string, Readonly<Record<string, unknown>> & { readonly manifest?: { readonly minSdk?: unknown } }>
>;

/** Settings of the oracle: first API level, or the package's own, and last. */
const newest = 0x7fffffff;
const settings = {
  default: [null, newest],
  min24: [24, newest],
  min28: [28, newest],
  min33: [33, newest],
  max26: [null, 26],
  max23: [null, 23],
} as const;

/** apksig's issues and this reader's codes for the same. */
const codes: Readonly<Record<string, string>> = {
  JAR_SIG_NO_MANIFEST: "jar_manifest_missing",
  JAR_SIG_NO_SIGNATURES: "jar_signature_missing",
  JAR_SIG_MAX_SIGNATURES_EXCEEDED: "jar_signers_too_many",
  JAR_SIG_UNNNAMED_MANIFEST_SECTION: "jar_section_unnamed",
  JAR_SIG_MISSING_ZIP_ENTRY_REFERENCED_IN_MANIFEST: "jar_entry_missing",
  JAR_SIG_ZIP_ENTRY_DIGEST_DID_NOT_VERIFY: "jar_entry_digest",
  JAR_SIG_UNSUPPORTED_SIG_ALG: "jar_algorithm_unsupported",
  JAR_SIG_DID_NOT_VERIFY: "jar_signature_invalid",
  JAR_SIG_VERIFY_EXCEPTION: "jar_signed_attributes",
  JAR_SIG_PARSE_EXCEPTION: "jar_signed_attributes",
  JAR_SIG_MANIFEST_SECTION_DIGEST_DID_NOT_VERIFY: "jar_manifest_digest",
  JAR_SIG_MISSING_APK_SIG_REFERENCED: "jar_scheme_stripped",
};

/** Numbers of the schemes whose blocks stand before the central directory, in the order in which Android asks for them. */
function schemesOf(apk: Buffer): readonly number[] {
  const directory = apk.readUInt32LE(apk.lastIndexOf(Buffer.from("PK\x05\x06")) + 16);
  if (directory < 32 || apk.toString("latin1", directory - 16, directory) !== "APK Sig Block 42") return [];
  const ids = new Set<number>();
  const start = directory - Number(apk.readBigUInt64LE(directory - 24));
  for (let at = start; at >= 0 && at < directory - 24; at += 8 + Number(apk.readBigUInt64LE(at)))
    ids.add(apk.readUInt32LE(at + 8));
  return [
    ...(ids.has(0x1b93ad61) ? [31] : []),
    ...(ids.has(0xf05368c0) ? [3] : []),
    ...(ids.has(0x7109871a) ? [2] : []),
  ];
}

const firstLevels: Readonly<Record<number, number>> = { 2: 24, 3: 28, 31: 33 };

async function verify(bytes: Uint8Array, options: JarOptions): Promise<JarVerification | string> {
  const zip = await scanZip(createBytesSource(bytes));
  return zip.ok ? await verifyJarSignature(zip.value.archive, options) : zip.problem.code;
}

const codesOf = ({ errors, signers }: JarVerification) =>
  [...new Set([...errors, ...signers.flatMap((signer) => signer.errors)].map(({ code }) => code))].sort();

/** Every package and setting for which apksig went as far as the JAR signature, and nothing but that decided. */
function* cases(oracle: Oracle) {
  for (const [name, verdicts] of Object.entries(oracle)) {
    const apk = readFileSync(join(folder, "apksig", name));
    for (const [setting, [first, maxSdk]] of Object.entries(settings)) {
      const verdict = verdicts[setting] as OracleVerdict | undefined;
      const own = verdicts.manifest?.minSdk;
      const minSdk = first ?? (typeof own === "number" ? own : 1);
      if (verdict?.v1 === undefined || verdict.errors.some((error) => !error.startsWith("JAR_SIG"))) continue;
      const foundSchemes = schemesOf(apk).filter((scheme) => maxSdk >= (firstLevels[scheme] ?? 0));
      const decided =
        verdict.v1 || verdict.errors.length > 0 || verdict.v1Signers.some((signer) => signer.errors.length > 0);
      if (decided && (minSdk < 24 || foundSchemes.length === 0))
        yield { name, setting, verdict, apk, options: { rules: "android", minSdk, maxSdk, foundSchemes } as const };
    }
  }
}

describe.skipIf(skipped)("apksig's packages (vectors)", () => {
  const oracle = (): Oracle => JSON.parse(readFileSync(join(folder, "apksig", "expected-oracle.json"), "utf8"));

  test("have the JAR verdict, the signers and the faults that apksig finds, at each of its settings", async () => {
    const differences: unknown[] = [];
    let count = 0;
    for (const { name, setting, verdict, apk, options } of cases(oracle())) {
      const verified = await verify(apk, options);
      count += 1;
      if (typeof verified === "string") {
        if (verdict.v1) differences.push([name, setting, verified]);
        continue;
      }
      const certificates = (list: readonly (string | null)[]) => list.map(String).toSorted().join();
      const found = certificates(verified.signers.map(({ certSha256 }) => certSha256));
      const faults = [
        ...new Set(
          [...verdict.errors, ...verdict.v1Signers.flatMap(({ errors }) => errors)].map((issue) => codes[issue]),
        ),
      ];
      const isSame = verdict.v1
        ? verified.ok && found === certificates(verdict.v1Signers.map(({ cert }) => cert))
        : !verified.ok && codesOf(verified).join() === faults.toSorted().join();
      if (!isSame) differences.push([name, setting, verdict.errors, faults, codesOf(verified), found]);
    }
    // An entry of a method that no phone unpacks: apksig 0.9 took it for stored.
    const known = Object.keys(settings).map((setting) => ["weird-compression-method.apk", setting]);
    expect(
      differences.filter(
        (row) => !known.some(([name, setting]) => Array.isArray(row) && row[0] === name && row[1] === setting),
      ),
    ).toEqual([]);
    expect(count).toBeGreaterThan(1000);
  });
});

describe.skipIf(skipped)("Android App Bundles (vectors)", () => {
  const bundle = (name: string) => readFileSync(join(folder, "apps", "bundletool", "bundle", name));

  test("name their upload certificate, and are refused as jarsigner refuses them", async () => {
    const altered = await verify(bundle("install-time-permanent-modules.aab"), { rules: "jarsigner" });
    const weak = await verify(bundle("watch-face-from-tool.aab"), { rules: "jarsigner" });
    if (typeof altered === "string" || typeof weak === "string") throw new Error("no archive");
    expect([altered.ok, codesOf(altered), altered.signers[0]?.certSha256]).toEqual([
      false,
      ["jar_entry_digest"],
      "a7cb2fa6f33baf2856665d6fed2c504a9612d099be813e4aa62905c320c7b784",
    ]);
    expect([weak.ok, codesOf(weak), weak.signers[0]?.certSha256]).toEqual([
      false,
      ["jar_algorithm_unsupported"],
      "6c47ee257dc22da5ef54cf5a90a1258c248e448d4857bf0e7e2775423521f137",
    ]);
  });
});
