import {
  type DerElement,
  derChildren,
  derSequence,
  derTag,
  isUniversal,
  parseDer,
  toBoolean,
  toInteger,
  toUtf8,
} from "@countersign/asn1";
import { parsePlist } from "../plist/parse-plist.ts";
import { isDictionary, type PlistDictionary, type PlistValue, toJson } from "../plist/plist-value.ts";
import type { PackageProblem } from "../problem.ts";
import { blobContents, blobSlot } from "./super-blob.ts";

const blobMagic = { xml: 0xfade7171, der: 0xfade7172 };
const MOST_BYTES = 1024 * 1024;
const MOST_DEPTH = 32;

/** Entitlements, as far as they could be read, and what is wrong with them. */
export interface ReadEntitlements {
  /** Null where there are none, or the two forms of them differ. */
  readonly value: PlistDictionary | null;
  readonly problem: PackageProblem | null;
}

/** The entitlements of a signature: as XML, as DER, or as both, which must then say the same. */
export function readEntitlements(blobs: ReadonlyMap<number, Uint8Array>): ReadEntitlements {
  const xmlBlob = blobs.get(blobSlot.entitlements);
  const derBlob = blobs.get(blobSlot.entitlementsDer);
  const xmlBytes = blobContents(xmlBlob, blobMagic.xml);
  const derBytes = blobContents(derBlob, blobMagic.der);
  const xml = xmlBytes === null || xmlBytes.length > MOST_BYTES ? null : parseXmlEntitlements(xmlBytes);
  const der = derBytes === null || derBytes.length > MOST_BYTES ? null : parseDerEntitlements(derBytes);
  if ((xmlBlob !== undefined && xml === null) || (derBlob !== undefined && der === null)) {
    return refuse("entitlements_malformed", "the signature's entitlements cannot be read");
  }
  if (der !== null && (xml === null || !isSameEntitlements(xml, der))) {
    return refuse("entitlements_disagree", "XML and DER differ");
  }
  return { value: xml, problem: null };
}

function refuse(code: PackageProblem["code"], detail: string): ReadEntitlements {
  return { value: null, problem: { code, detail } };
}

/** Entitlements as XML; null where they are no dictionary. */
function parseXmlEntitlements(bytes: Uint8Array): PlistDictionary | null {
  const value = parsePlist(bytes) ?? undefined;
  return isDictionary(value) ? value : null;
}

/**
 * Entitlements as DER, which devices obey from iOS 15 on: `[APPLICATION 16] { INTEGER 1, [CONTEXT 16] { SEQUENCE { UTF8String, value }… } }`. Null where
 * the bytes are anything else, or a key stands twice.
 */
export function parseDerEntitlements(bytes: Uint8Array): PlistDictionary | null {
  const outer = parseDer(bytes);
  if (outer?.tagClass !== "application" || outer.tagNumber !== 16) return null;
  const [version, dictionary, ...more] = derChildren(outer) ?? [];
  if (toInteger(version) !== 1n || dictionary === undefined || more.length > 0) return null;
  const value = toValue(dictionary, 0) ?? undefined;
  return isDictionary(value) ? value : null;
}

/** True where both say the same, keys in any order. */
export function isSameEntitlements(left: PlistDictionary, right: PlistDictionary): boolean {
  return canonical(left) === canonical(right);
}

function canonical(value: PlistValue): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (isDictionary(value)) {
    const members = [...value].toSorted(([left], [right]) => (left < right ? -1 : 1));
    return `{${members.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(",")}}`;
  }
  return `${typeof value}:${JSON.stringify(toJson(value))}`;
}

function toValue(element: DerElement, depth: number): PlistValue | null {
  if (depth > MOST_DEPTH) return null;
  if (element.tagClass === "context" && element.tagNumber === 16) return toDictionary(element, depth);
  if (isUniversal(element, derTag.boolean)) return toBoolean(element);
  if (isUniversal(element, derTag.utf8String)) return toUtf8(element.value);
  if (isUniversal(element, derTag.octetString)) return new Uint8Array(element.value);
  if (isUniversal(element, derTag.integer)) {
    const value = toInteger(element);
    return value === null ? null : Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }
  const items = derSequence(element)?.map((item) => toValue(item, depth + 1));
  return items?.every((item) => item !== null) ? items : null;
}

function toDictionary(element: DerElement, depth: number): PlistDictionary | null {
  const members = new Map<string, PlistValue>();
  for (const member of derChildren(element) ?? [null]) {
    const [key, item, ...more] = (member === null ? null : derSequence(member)) ?? [];
    if (key === undefined || item === undefined || more.length > 0 || !isUniversal(key, derTag.utf8String)) return null;
    const name = toUtf8(key.value);
    const value = toValue(item, depth + 1);
    if (name === null || value === null || members.has(name)) return null;
    members.set(name, value);
  }
  return members;
}
