import { bytesEqual, type DerElement, derTag, isUniversal, toOid } from "@countersign/asn1";
import { berExplicit, berSequenceOf, isContext, toDerLengths } from "./ber-element.ts";
import { toBerInteger } from "./ber-integer.ts";

const times = new Map<number, RegExp>([
  // As Java reads them: seconds may be missing, and an offset may stand for the Z.
  [derTag.utcTime, /^\d\d(\d\d)(\d\d)(\d\d)(\d\d)(?:\d\d)?(?:Z|[+-]\d{4})$/],
  [derTag.generalizedTime, /^\d{4}(\d\d)(\d\d)(\d\d)(\d\d)(?:\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d{4})$/],
]);

/** The version of a certificate, 0 for one without it: v1 to v3 are 0 to 2; null for every other. */
export function certificateVersion(first: DerElement | undefined): number | null {
  if (!isContext(first, 0)) return 0;
  const version = toBerInteger(berExplicit(first, 0) ?? undefined);
  return version !== null && version >= 0n && version <= 2n ? Number(version) : null;
}

/** True where both name one algorithm with the same parameters. */
export function areSameAlgorithm(left: DerElement | undefined, right: DerElement | undefined): boolean {
  if (toOid(berSequenceOf(left)?.[0]) === null || !left || !right) return false;
  const [leftDer, rightDer] = [toDerLengths(left), toDerLengths(right)];
  return leftDer !== null && rightDer !== null && bytesEqual(leftDer, rightDer);
}

/** True where the element is two times, whenever they are. */
export function isValidity(element: DerElement | undefined): boolean {
  const dates = berSequenceOf(element);
  return dates?.length === 2 && dates.every(isTime);
}

function isTime(element: DerElement): boolean {
  const pattern = element.tagClass === "universal" && !element.constructed ? times.get(element.tagNumber) : undefined;
  const read = pattern?.exec(Buffer.from(element.value).toString("latin1"));
  const [month = 0, day = 0, hour = 0, minute = 0] = (read ?? []).slice(1).map(Number);
  return month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour < 24 && minute < 60;
}

/** True where the fields after the key are those that this version has: unique identifiers, extensions, each once and in order. */
export function areOptionalFields(fields: readonly DerElement[], version: number): boolean {
  let previous = 0;
  for (const field of fields) {
    const number = field.tagClass === "context" ? field.tagNumber : 0;
    if (number <= previous || number > 3 || version < (number === 3 ? 2 : 1)) return false;
    previous = number;
  }
  return true;
}

/** True of a BIT STRING in one piece. */
export function isBitString(element: DerElement | undefined): boolean {
  if (!element || element.constructed || !isUniversal(element, derTag.bitString)) return false;
  return element.value.length > 0 && (element.value[0] ?? 8) < 8;
}
