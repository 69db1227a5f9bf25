import { sha256, toHex } from "@countersign/asn1";
import type { PackageSigner } from "../report.ts";
import type { SdkRange } from "./scheme-blocks.ts";
import { firstSdk } from "./scheme-v3.ts";
import type { ApkSigner } from "./signer.ts";
import type { SchemesVerdict } from "./verify-schemes.ts";

interface Span {
  readonly certificate: Uint8Array;
  readonly minSdk: number;
  readonly maxSdk: number;
}

/**
 * Whose certificate a device of each API level takes for the signer: of the newest scheme that it knows and that has a signer for it. One
 * entry for each certificate and stretch of levels, newest first; without levels where it is the same on all of the range.
 */
export function signersByLevel(
  v1: readonly Uint8Array[] | null,
  verdict: SchemesVerdict,
  range: SdkRange,
): readonly PackageSigner[] {
  const { v32, v31, v3, v2 } = verdict;
  const modern = (signers: readonly ApkSigner[] | null, since: number): readonly Span[] =>
    (signers ?? []).map(({ certificates, minSdk, maxSdk }) => ({
      certificate: certificates[0].bytes,
      minSdk: Math.max(minSdk, since),
      maxSdk,
    }));
  const everywhere = (certificates: readonly Uint8Array[] | null, since: number): readonly Span[] =>
    (certificates ?? []).map((certificate) => ({ certificate, minSdk: since, maxSdk: range.maxSdk }));
  const schemes = [
    modern(v32 === null ? null : [v32], firstSdk.v32),
    modern(v31, firstSdk.v31),
    modern(v3, firstSdk.v3),
    everywhere(v2?.map(({ certificates }) => certificates[0].bytes) ?? null, firstSdk.v2),
    everywhere(v1, 0),
  ];

  const spans: Span[] = [];
  // Every level at which some signer begins, or ends, begins a stretch in which the signers are the same.
  const edges = schemes.flat().flatMap((span) => [span.minSdk, span.maxSdk + 1]);
  const starts = [...new Set([range.minSdk, ...edges])]
    .filter((level) => level >= range.minSdk && level <= range.maxSdk)
    .toSorted((one, other) => one - other);
  for (const [index, start] of starts.entries()) {
    const scheme = schemes.find((candidates) => candidates.some((span) => covers(span, start))) ?? [];
    const maxSdk = (starts[index + 1] ?? range.maxSdk + 1) - 1;
    for (const { certificate } of scheme.filter((span) => covers(span, start)))
      spans.push({ certificate, minSdk: start, maxSdk });
  }
  return joinSpans(spans, range);
}

function covers(span: Span, level: number): boolean {
  return span.minSdk <= level && level <= span.maxSdk;
}

function joinSpans(spans: readonly Span[], range: SdkRange): readonly PackageSigner[] {
  const joined: { certSha256: string; minSdk: number; maxSdk: number }[] = [];
  for (const { certificate, minSdk, maxSdk } of spans) {
    const certSha256 = toHex(sha256(certificate));
    const before = joined.find((span) => span.certSha256 === certSha256 && span.maxSdk === minSdk - 1);
    if (before === undefined) joined.push({ certSha256, minSdk, maxSdk });
    else before.maxSdk = maxSdk;
  }
  return joined
    .toReversed()
    .map((span) =>
      span.minSdk === range.minSdk && span.maxSdk === range.maxSdk ? { certSha256: span.certSha256 } : span,
    );
}
