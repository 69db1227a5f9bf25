import { sha256, toHex } from "@countersign/asn1";
import type { RawCertificate } from "../certificate/raw-certificate.ts";
import type { PackageProblem } from "../problem.ts";
import { quoteName } from "../zip/entry-name.ts";
import type { ZipArchive } from "../zip/zip-archive.ts";
import { createJarRules, type JarRules } from "./jar-rules.ts";
import type { JarOptions, JarSigner, JarVerification } from "./jar-verification.ts";
import { type JarManifest, type ManifestContext, parseJarManifest } from "./manifest-sections.ts";
import { createProblemList, type ProblemList } from "./problem-list.ts";
import { findSignatures, manifestName, type SignaturePair } from "./signature-entries.ts";
import { verifyEntries } from "./verify-entries.ts";
import { verifySignatureBlock } from "./verify-signature-block.ts";
import { type FileContext, verifySignatureFile } from "./verify-signature-file.ts";

const maximumSigners = 10;

/** The manifest, and each signature file; 65,535 entries of 256 bytes. */
const maximumManifestBytes = 16 * 1024 * 1024;
const maximumBlockBytes = 1024 * 1024;

/** A signer on the way to being one of the archive's. */
interface Candidate {
  readonly pair: SignaturePair;
  readonly certificate: RawCertificate | null;
  /** Of its block, or where that holds, of its signature file. */
  readonly errors: ProblemList;
  readonly state: "block-broken" | "file-broken" | "ignored" | "good";
  readonly entryNames: ReadonlySet<string>;
}

/**
 * Verifies the JAR signature of an archive: for an APK its signature scheme v1, as Android judges it on every API level of a range (apksig,
 * `V1SchemeVerifier`); for a bundle as `jarsigner` does. Memory: the manifest and one signature file after the other, at most 16 MiB each,
 * and what they say of at most 65,535 entries; contents are read piece by piece. Nothing thrown but a TypeError for a range that is none,
 * and what the archive's source throws where the file cannot be read.
 */
export async function verifyJarSignature(zip: ZipArchive, options: JarOptions): Promise<JarVerification> {
  if (options.rules === "android") assertRange(options.minSdk, options.maxSdk);
  const rules = createJarRules(options);
  const errors = createProblemList();
  const warnings = createProblemList();
  const refused = (signers: readonly JarSigner[] = [], ignoredSigners: readonly JarSigner[] = []): JarVerification => ({
    ok: false,
    signers,
    ignoredSigners,
    errors: errors.problems,
    warnings: warnings.problems,
  });

  checkNames(zip, errors);
  if (!errors.isEmpty()) return refused();
  const manifest = await readManifest({ zip, rules, errors, warnings });
  if (manifest === null) return refused();
  const pairs = findSignatures(zip, warnings);
  if (pairs.length > maximumSigners) errors.add("jar_signers_too_many", `${pairs.length} signature blocks`);
  if (!errors.isEmpty()) return refused();

  const candidates: Candidate[] = [];
  for (const pair of pairs) candidates.push(await verifySigner(zip, pair, { manifest, rules, warnings }));
  const inState = (state: Candidate["state"]) => candidates.filter((candidate) => candidate.state === state);
  // As Android does, a block that does not hold ends it for the whole archive, not for its signer alone.
  const ignored = inState("ignored");
  for (const broken of [inState("block-broken"), inState("file-broken")])
    if (broken.length > 0) return refused(broken.map(toSigner), ignored.map(toSigner));
  const signers = inState("good");
  if (signers.length === 0) {
    const detail = pairs.length === 0 ? "no signature block has a signature file" : "every signature file is ignored";
    errors.add("jar_signature_missing", detail);
    return refused([], ignored.map(toSigner));
  }

  const archiveSigners = await verifyEntries(zip, manifest, signers, rules, errors);
  if (!errors.isEmpty() || archiveSigners.length === 0) return refused(signers.map(toSigner), ignored.map(toSigner));
  warnOfUnprotected(zip, archiveSigners, rules, warnings);
  const others = signers.filter((signer) => !archiveSigners.includes(signer));
  return {
    ok: true,
    signers: archiveSigners.map(toSigner),
    ignoredSigners: [...ignored, ...others].map(toSigner),
    errors: [],
    warnings: warnings.problems,
  };
}

function assertRange(minSdk: number, maxSdk: number): void {
  if (!Number.isSafeInteger(minSdk) || !Number.isSafeInteger(maxSdk) || minSdk < 0 || maxSdk < minSdk)
    throw new TypeError("minSdk and maxSdk must be whole numbers, minSdk not above maxSdk");
}

/** Which of two entries of one name a device takes is nobody's guess. */
function checkNames({ entries }: ZipArchive, errors: ProblemList): void {
  const names = new Set<string>();
  for (const { name } of entries) {
    if (names.has(name)) errors.add("zip_name_duplicate", quoteName(name));
    names.add(name);
  }
}

async function readManifest(context: ManifestContext): Promise<JarManifest | null> {
  const { zip, errors } = context;
  const entry = zip.find(manifestName);
  if (entry === undefined) {
    errors.add("jar_manifest_missing", manifestName);
    return null;
  }
  const bytes = await zip.read(entry, maximumManifestBytes);
  if (bytes.ok) return parseJarManifest(bytes.value, context);
  errors.addProblem(bytes.problem);
  return null;
}

async function verifySigner(
  zip: ZipArchive,
  pair: SignaturePair,
  context: Omit<FileContext, "errors">,
): Promise<Candidate> {
  const errors = createProblemList();
  const refused = (problem: PackageProblem, certificate: RawCertificate | null = null): Candidate => {
    errors.addProblem(problem);
    return { pair, certificate, errors, state: "block-broken", entryNames: new Set() };
  };
  const block = await zip.read(pair.block, maximumBlockBytes);
  if (!block.ok) return refused(block.problem);
  const file = await zip.read(pair.file, maximumManifestBytes);
  if (!file.ok) return refused(file.problem);
  const verified = verifySignatureBlock(block.value, file.value, context.rules);
  if (!verified.ok) return refused(named(verified.problem, pair.name), verified.certificate);
  const { names, isIgnored } = verifySignatureFile(file.value, { ...context, errors });
  // The archive's own texts: what the file has is not held beyond this.
  const entryNames = new Set(zip.entries.map(({ name }) => name).filter((name) => names.has(name)));
  const state = errors.isEmpty() ? "good" : "file-broken";
  return { pair, certificate: verified.certificate, errors, state: isIgnored ? "ignored" : state, entryNames };
}

function named({ code, detail }: PackageProblem, name: string): PackageProblem {
  return { code, detail: `${quoteName(name)}: ${detail}` };
}

function warnOfUnprotected(
  zip: ZipArchive,
  signers: readonly Candidate[],
  rules: JarRules,
  warnings: ProblemList,
): void {
  const signatures = new Set([manifestName, ...signers.flatMap(({ pair }) => [pair.block.name, pair.file.name])]);
  for (const { name } of zip.entries) {
    const isFile = name.startsWith("META-INF/") && !name.endsWith("/");
    if (isFile && !rules.isCovered(name) && !signatures.has(name))
      warnings.add("jar_entry_unprotected", quoteName(name));
  }
}

function toSigner({ pair, certificate, errors }: Candidate): JarSigner {
  const bytes = certificate?.bytes ?? null;
  return { name: pair.name, certSha256: bytes && toHex(sha256(bytes)), certificate: bytes, errors: errors.problems };
}
