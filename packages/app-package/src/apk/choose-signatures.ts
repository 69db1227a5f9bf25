import { digestStrength, type SignatureAlgorithm } from "./signature-algorithm.ts";

export interface SignatureRecord {
  readonly algorithm: SignatureAlgorithm;
  readonly signature: Uint8Array;
}

/**
 * Which of a signer's signatures devices of `minSdk` to `maxSdk` verify: of those that came with one API level the one over the strongest
 * content digest, the first where several are (apksig, `getSignaturesToVerify`). Empty where the lowest level has none.
 */
export function chooseSignatures(
  records: readonly SignatureRecord[],
  minSdk: number,
  maxSdk: number,
): readonly SignatureRecord[] {
  const best = new Map<number, SignatureRecord>();
  for (const record of records) {
    const { minSdk: since, content } = record.algorithm;
    if (since > maxSdk) continue;
    const other = best.get(since);
    if (other === undefined || digestStrength[content] > digestStrength[other.algorithm.content])
      best.set(since, record);
  }
  return best.size === 0 || minSdk < Math.min(...best.keys()) ? [] : [...best.values()];
}
