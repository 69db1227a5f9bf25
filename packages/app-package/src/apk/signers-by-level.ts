import { sha256, toHex } from "@countersign/asn1";
import type { PackageSigner } from "../report.ts";
import type { V3Signer } from "./scheme.ts";
import type { SdkRange } from "./scheme-blocks.ts";
import { firstSdk } from "./scheme-v3.ts";
import type { SchemesVerdict } from "./verify-schemes.ts";

interface Span extends SdkRange {
  readonly certificate: Uint8Array;
  /** A level at which devices under development alone take this signer, and released ones the next older scheme's. */
  readonly development: number | null;
}

/**
 * Whose certificate a device of each API level takes for the signer: of the newest scheme that it knows and that has a signer for it. One
 * entry for each certificate and stretch of levels, newest first; without levels where it is the same on all of the range. And the levels
 * of the range for which nothing signs.
 */
export function signersByLevel(
  v1: readonly Uint8Array[] | null,
  { v32, v31, v3, v2 }: SchemesVerdict,
  range: SdkRange,
): { readonly signers: readonly PackageSigner[]; readonly uncovered: readonly SdkRange[] } {
  const modern = (signers: readonly V3Signer[] | null, since: number): readonly Span[] =>
    (signers ?? []).map(({ certificates, minSdk, maxSdk, devRelease }) => ({
      certificate: certificates[0].bytes,
      minSdk: Math.max(minSdk, since),
      maxSdk,
      development: devRelease && since > firstSdk.v3 ? minSdk : null,
    }));
  const everywhere = (certificates: readonly Uint8Array[] | null, since: number): readonly Span[] =>
    (certificates ?? []).map((certificate) => ({
      certificate,
      minSdk: since,
      maxSdk: range.maxSdk,
      development: null,
    }));
  const schemes = [
    modern(v32 === null ? null : [v32], firstSdk.v32),
    modern(v31, firstSdk.v31),
    modern(v3, firstSdk.v3),
    everywhere(v2?.map(({ certificates }) => certificates[0].bytes) ?? null, firstSdk.v2),
    everywhere(v1, 0),
  ];

  const spans: Span[] = [];
  const uncovered: SdkRange[] = [];
  for (const stretch of toStretches(schemes.flat(), range)) {
    const found = signersAt(schemes, stretch.minSdk);
    spans.push(...found.map((span) => ({ ...span, ...stretch })));
    if (found.length === 0) uncovered.push(stretch);
  }
  return { signers: joinSpans(spans, range), uncovered };
}

/** Every level at which some signer begins or ends begins a stretch in which the signers are the same. */
function toStretches(spans: readonly Span[], range: SdkRange): readonly SdkRange[] {
  const edges = spans.flatMap(({ minSdk, maxSdk, development }) => [
    minSdk,
    maxSdk + 1,
    ...(development === null ? [] : [development + 1]),
  ]);
  const starts = [...new Set([range.minSdk, ...edges])]
    .filter((level) => level >= range.minSdk && level <= range.maxSdk)
    .toSorted((one, other) => one - other);
  return starts.map((minSdk, index) => ({ minSdk, maxSdk: (starts[index + 1] ?? range.maxSdk + 1) - 1 }));
}

function signersAt(schemes: readonly (readonly Span[])[], level: number): readonly Span[] {
  const found: Span[] = [];
  for (const scheme of schemes) {
    const covering = scheme.filter((span) => covers(span, level));
    found.push(...covering);
    if (covering.some(({ development }) => development !== level)) break;
  }
  return found;
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
