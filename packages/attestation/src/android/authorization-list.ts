import { type DerElement, derExplicit, derSequence } from "@countersign/asn1";
import { type AuthorizationValues, authorizationFields, fieldReaders } from "./authorization-fields.ts";

/** One of the two lists of a key description: what software, or what hardware, enforces. */
export interface AuthorizationList extends AuthorizationValues {
  /** Real devices exist whose tags are out of order. */
  readonly areTagsOrdered: boolean;
  /** Tags that are not named here, with the DER they hold. */
  readonly otherTags: ReadonlyMap<number, Uint8Array>;
}

const fieldsByTag = new Map<number, (typeof authorizationFields)[number]>(
  authorizationFields.map((field) => [field.tag, field]),
);

/**
 * Reads an AuthorizationList of any version, else says what is wrong with it. Unknown tags, tags out of order and strange patch levels
 * are taken as they come; a tag that stands twice, or holds another type than the schema's, has no one meaning and is refused.
 */
export function readAuthorizationList(element: DerElement | undefined): AuthorizationList | string {
  const entries = derSequence(element);
  if (entries === null) return "no SEQUENCE of whole elements";
  const values: Record<string, unknown> = {};
  const otherTags = new Map<number, Uint8Array>();
  const tags = new Set<number>();
  let areTagsOrdered = true;
  let previous = -1;
  for (const entry of entries) {
    const tag = entry.tagNumber;
    const inner = derExplicit(entry);
    if (inner === null) return `an entry that is no EXPLICIT context tag around one element, of number ${tag}`;
    if (tags.has(tag)) return `tag ${tag} twice`;
    tags.add(tag);
    areTagsOrdered &&= tag > previous;
    previous = tag;
    const field = fieldsByTag.get(tag);
    const value = field ? fieldReaders[field.kind](inner) : inner.raw;
    if (value === undefined) return `tag ${tag} (${field?.name}) of another type`;
    if (field) values[field.name] = value;
    else otherTags.set(tag, inner.raw);
  }
  // The table pairs every name with the reader of its kind, which the compiler cannot follow through the loop.
  return { ...(values as AuthorizationValues), areTagsOrdered, otherTags };
}
