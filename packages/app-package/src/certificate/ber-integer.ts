import { type DerElement, derTag, isUniversal, toHex } from "@countersign/asn1";

/** Longer serial numbers than this are in no certificate; RFC 5280 §4.1.2.2 stops at 20. */
const maximumBytes = 1024;

/** An INTEGER that may have redundant leading bytes, and may be negative; else null. */
export function toBerInteger(element: DerElement | undefined): bigint | null {
  if (!element || element.constructed || !isUniversal(element, derTag.integer)) return null;
  const { length } = element.value;
  if (length > maximumBytes) return null;
  return length === 0 ? 0n : BigInt.asIntN(8 * length, BigInt(`0x${toHex(element.value)}`));
}
