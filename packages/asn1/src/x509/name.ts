import { type DerElement, derChildren, derSequence, derTag } from "../der/element.ts";
import { toOid, toUtf8 } from "../der/value.ts";

/** One attribute of a distinguished name: dotted type and its text. */
export interface NameAttribute {
  readonly type: string;
  readonly value: string;
}

/** Attribute types (X.520) that tell attestation certificates apart. */
export const nameType = {
  commonName: "2.5.4.3",
  serialNumber: "2.5.4.5",
  organization: "2.5.4.10",
  title: "2.5.4.12",
} as const;

const shortNames: Readonly<Record<string, string>> = {
  "2.5.4.3": "CN",
  "2.5.4.5": "serialNumber",
  "2.5.4.6": "C",
  "2.5.4.7": "L",
  "2.5.4.8": "ST",
  "2.5.4.10": "O",
  "2.5.4.11": "OU",
  "2.5.4.12": "title",
};

/** Reads a distinguished name (RFC 5280 §4.1.2.4), else null. */
export function parseName(element: DerElement): readonly NameAttribute[] | null {
  const attributes: NameAttribute[] = [];
  const relatives = derSequence(element);
  if (relatives === null) return null;
  for (const relative of relatives) {
    const members = derSequence(relative, derTag.set);
    if (members === null || members.length === 0) return null;
    for (const member of members) {
      const pair = derSequence(member);
      const type = toOid(pair?.[0]);
      const value = pair?.[1];
      if (pair?.length !== 2 || type === null || value === undefined || derChildren(value) !== null) return null;
      attributes.push({ type, value: toUtf8(value.value) ?? Buffer.from(value.value).toString("latin1") });
    }
  }
  return attributes;
}

/** True where the name has this attribute with exactly this text. */
export function nameHas(name: readonly NameAttribute[], type: string, value: string): boolean {
  return name.some((attribute) => attribute.type === type && attribute.value === value);
}

/** A name in one line, for people. */
export function nameText(name: readonly NameAttribute[]): string {
  return name.map(({ type, value }) => `${shortNames[type] ?? type}=${value}`).join(", ");
}
