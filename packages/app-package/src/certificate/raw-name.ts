import { type DerElement, derTag, type NameAttribute, toHex, toOid, toUtf8 } from "@countersign/asn1";
import { berSequenceOf } from "./ber-element.ts";

/** A distinguished name as it stands in a certificate. */
export interface RawName {
  /** Each attribute's dotted type and text, in order. */
  readonly attributes: readonly NameAttribute[];
  /**
   * Two names are the same to Java's `X500Principal`, by which Android looks for a signer's certificate, where these are: texts without
   * regard to case, to white space around and between words, and to which of PrintableString and UTF8String holds them.
   */
  readonly canonical: string;
}

/** Reads a Name (RFC 5280 §4.1.2.4), else null. */
export function parseRawName(element: DerElement | undefined): RawName | null {
  const relatives = berSequenceOf(element);
  if (relatives === null) return null;
  const attributes: NameAttribute[] = [];
  const canonical: string[][] = [];
  for (const relative of relatives) {
    const members = berSequenceOf(relative, derTag.set);
    if (members === null || members.length === 0) return null;
    const forms: string[] = [];
    for (const member of members) {
      const [type, value] = berSequenceOf(member) ?? [];
      const oid = toOid(type);
      if (oid === null || value === undefined) return null;
      const text = toUtf8(value.value) ?? Buffer.from(value.value).toString("latin1");
      attributes.push({ type: oid, value: text });
      forms.push(JSON.stringify([oid, comparable(value, text)]));
    }
    canonical.push(forms.sort());
  }
  return { attributes, canonical: JSON.stringify(canonical) };
}

function comparable(value: DerElement, text: string): string {
  const isText = value.tagNumber === derTag.utf8String || value.tagNumber === derTag.printableString;
  if (value.tagClass !== "universal" || !isText) return `#${toHex(value.raw)}`;
  return text.normalize("NFKD").trim().replaceAll(/\s+/g, " ").toLowerCase();
}
