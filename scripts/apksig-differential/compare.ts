import { verifyApk } from "../../packages/app-package/src/apk/verify-apk.ts";
import { createBytesSource } from "../../packages/app-package/src/source/byte-source.ts";
import type { Apksig, ApksigVerdict } from "./apksig.ts";
import { makeCase, type NamedCase } from "./cases.ts";

/**
 * Why this verifier may refuse what Debian's apksig, which is Android 12's, takes: by the first problem that it tells. Everything else is one
 * that nobody has judged.
 */
export const stricter: Readonly<Record<string, string>> = {
  zip_malformed: "an archive of several disks",
  zip_end_ambiguous: "an end record that libziparchive does not find, or not alone",
  zip_zip64: "a ZIP64 locator or numbers that mean one",
  zip_bomb: "entries that share bytes, or state more than they hold",
  zip_entry_damaged: "content that goes on after its DEFLATE stream, or has two lengths",
  zip_name_duplicate: "two entries of one name in a JAR signature",
  jar_signers_too_many: "more than ten JAR signers, which later versions refuse too",
  jar_too_large: "a bound on what is read of a JAR signature",
  jar_block_malformed: "BER that calls a sequence primitive, or bytes after a certificate",
  apk_certificate: "bytes after a certificate",
  apk_too_many_signers: "more than ten v3 signers",
  apk_signer_sdk: "a fault of the v3 block as a whole, which Android 12's apksig forgets",
  apk_lineage: "a fault of the v3 block as a whole, or two proofs of rotation",
  apk_signature_malformed: "a fault of the v3 block as a whole, which Android 12's apksig forgets",
  apk_scheme_stripped: "an attribute of scheme v3.1 or v3.2",
  apk_signature_invalid: "a v4 signature, whose faults Android 12's apksig forgets",
  apk_no_signature: "a v4 signature, whose faults Android 12's apksig forgets",
  apk_public_key: "a v4 signature, whose faults Android 12's apksig forgets",
  apk_v4_malformed: "a v4 signature, whose faults Android 12's apksig forgets",
  apk_v4_mismatch: "a v4 signature, whose faults Android 12's apksig forgets",
  apk_v4_tree: "a v4 signature, whose faults Android 12's apksig forgets",
  manifest_malformed: "a manifest that the phone's parser refuses, and apksig's does not",
  manifest_ambiguous: "a manifest that the phone's parser reads otherwise than apksig's",
  manifest_package: "a manifest that the phone's parser refuses, and apksig's does not",
  manifest_value_type: "a manifest that the phone's parser refuses, and apksig's does not",
  manifest_value_reference: "a manifest whose values depend on the device",
  manifest_codename: "a manifest that the phone's parser refuses, and apksig's does not",
};

export interface Disagreement {
  readonly kind: "taken" | "signers" | "schemes" | "lineage" | "refused";
  readonly cause: string;
  readonly case: NamedCase;
}

export interface Comparison {
  readonly cases: number;
  readonly bothVerified: number;
  readonly disagreements: readonly Disagreement[];
}

/** Judges one package, and says where that is another verdict than AOSP's; null where it is not. */
export async function compareCase(named: NamedCase, apksig: ApksigVerdict): Promise<Disagreement | null> {
  const { bytes, minSdk, maxSdk, v4 } = named;
  const own = await verifyApk(createBytesSource(bytes), {
    ...(minSdk !== null && { minSdk }),
    ...(maxSdk !== null && { maxSdk }),
    ...(v4.length > 0 && { v4: createBytesSource(v4) }),
  });
  const found = (kind: Disagreement["kind"], cause: string): Disagreement => ({ kind, cause, case: named });
  // apksig's reader of source stamps throws where it should refuse; no phone reads them.
  const isStamp = apksig.errors[0] === "IllegalArgumentException: Negative length" && own.sourceStampSha256 === null;
  if (own.verified && isStamp && own.warnings.some(({ code }) => code === "apk_source_stamp")) return null;
  if (own.verified && !apksig.verified) return found("taken", apksig.errors.join(" "));
  if (!own.verified) return apksig.verified ? found("refused", own.errors[0]?.code ?? "") : null;
  const text = (values: readonly string[]): string => [...new Set(values)].toSorted().join(" ");
  // Of several signers for other API levels apksig names the last of the block, and this verifier the one for the newest devices.
  const isOneOf =
    apksig.v3Signers.length > 1 && own.signerCertSha256.every((digest) => apksig.v3Signers.includes(digest));
  if (!isOneOf && text(own.signerCertSha256) !== text(apksig.signers))
    return found("signers", `of ${apksig.v3Signers.length} in v3`);
  const flags = ({ v1, v2, v3, v4 }: Pick<ApksigVerdict, "v1" | "v2" | "v3" | "v4">) => `${v1} ${v2} ${v3} ${v4}`;
  if (flags(own.schemes) !== flags(apksig)) return found("schemes", `${flags(own.schemes)}, apksig ${flags(apksig)}`);
  const lineage = own.lineage.map(({ certSha256 }) => certSha256).join(" ");
  return lineage === apksig.lineage.join(" ")
    ? null
    : found("lineage", `${own.lineage.length}, apksig ${apksig.lineage.length}`);
}

/** Compares `count` cases from the number `from` on. */
export async function compareRange(apksig: Apksig, seed: string, from: number, count: number): Promise<Comparison> {
  const cases = Array.from({ length: count }, (_, at) => makeCase(seed, from + at));
  const verdicts = await apksig.judge(cases);
  const disagreements: Disagreement[] = [];
  let bothVerified = 0;
  for (const [at, named] of cases.entries()) {
    const verdict = verdicts[at];
    if (verdict === undefined) throw new Error("apksig left out a case");
    const found = await compareCase(named, verdict);
    if (found !== null) disagreements.push(found);
    if (verdict.verified && found?.kind !== "refused") bothVerified += 1;
  }
  return { cases: count, bothVerified, disagreements };
}
