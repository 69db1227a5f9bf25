import { inspectPackage, type PackageReport } from "../../../packages/app-package/src/index.ts";
import { createCountedSource } from "../../../packages/app-package/src/zip/zip-writer.suite.ts";
import { loadSeeds } from "../corpus.ts";
import { type FuzzTarget, guarantee } from "../target.ts";

const nowMs = Date.UTC(2026, 0, 1);
// Of a file this small, what is read again and again are its ends and its local headers.
const readsPerByte = 24;
const freeBytes = 256 * 1024;

/** Inspects one file and holds what it read of it against its length, and what it says against what any report must be. */
async function inspect(input: Uint8Array): Promise<PackageReport> {
  const source = createCountedSource(input);
  const report = await inspectPackage(source, { nowMs });
  const { bytes } = source.work;
  guarantee(bytes <= readsPerByte * input.length + freeBytes, `${bytes} bytes read of ${input.length}`);
  guarantee(report.verified === (report.errors.length === 0), "verified with an error, or refused without one");
  const said = [...report.errors, ...report.ambiguities, ...report.warnings];
  guarantee(
    said.every(({ detail }) => detail.length <= 1000 && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(detail)),
    "a detail that is not fit to print",
  );
  JSON.stringify(report);
  return report;
}

/** Who a verified package is by. */
function identityOf({ id, versionCode, signers, lineage }: PackageReport): string {
  return JSON.stringify([
    id,
    versionCode,
    signers.map(({ certSha256 }) => certSha256),
    lineage.map(({ certSha256 }) => certSha256),
  ]);
}

/** Who a seed is by: of a rotated one also the newer signer alone. Android takes it without its v2 block, for devices since 28. */
function identitiesOf(report: PackageReport): readonly string[] {
  const [newest] = report.lineage.length > 0 ? report.signers : [];
  return [report, ...(newest ? [{ ...report, signers: [newest] }] : [])].map(identityOf);
}

function packageTarget(name: "apk" | "aab", words: readonly Uint8Array[]): FuzzTarget {
  const seeds = loadSeeds(name);
  let known: Promise<ReadonlySet<string>> | null = null;
  const identities = async (): Promise<ReadonlySet<string>> => {
    const reports = [];
    for (const seed of seeds) reports.push(await inspect(seed));
    return new Set(reports.flatMap(identitiesOf));
  };
  return {
    name,
    shape: "bytes",
    isVerifier: true,
    seeds,
    words,
    async read(input) {
      known ??= identities();
      const report = await inspect(input);
      // What is changed may be refused, or be the same build; never another one.
      if (report.verified)
        guarantee((await known).has(identityOf(report)), "a verified package of an identity that nobody signed");
      return report.format === name;
    },
  };
}

const hexWords = (...all: readonly string[]): readonly Uint8Array[] =>
  all.map((word) => new Uint8Array(Buffer.from(word, "hex")));
const zipWords = hexWords(
  "504b0304",
  "504b0102",
  "504b0506",
  "504b0606",
  "504b0708",
  "0000",
  "0800",
  "ffff",
  "ffffffff",
);
const textWords = ["META-INF/", "Name: ", "\r\n", "SHA-256-Digest: ", "X-Android-APK-Signed: 2"].map((text) =>
  Buffer.from(text),
);

/** Whole packages. */
export const appPackageTargets: readonly FuzzTarget[] = [
  packageTarget("apk", [
    ...zipWords,
    ...textWords,
    Buffer.from("APK Sig Block 42"),
    ...hexWords("1a870971", "c06853f0", "61ad931b", "77657242", "0df0efbe", "8c6fa03b", "01030000", "01020000"),
  ]),
  packageTarget("aab", [...zipWords, ...textWords]),
];
