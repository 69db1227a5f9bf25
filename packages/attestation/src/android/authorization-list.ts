import { type DerElement, derExplicit, derSequence } from "../der/element.ts";
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
 * Reads an AuthorizationList of any version, else null. Unknown tags, tags out of order and strange patch levels are taken as
 * they come; a tag that stands twice, or holds another type than the schema's, has no one meaning and is refused.
 */
export function parseAuthorizationList(element: DerElement | undefined): AuthorizationList | null {
  const entries = derSequence(element);
  if (entries === null) return null;
  const values: Record<string, unknown> = {};
  const otherTags = new Map<number, Uint8Array>();
  const tags: number[] = [];
  for (const entry of entries) {
    const inner = derExplicit(entry);
    if (inner === null || tags.includes(entry.tagNumber)) return null;
    tags.push(entry.tagNumber);
    const field = fieldsByTag.get(entry.tagNumber);
    const value = field ? fieldReaders[field.kind](inner) : inner.raw;
    if (value === undefined) return null;
    if (field) values[field.name] = value;
    else otherTags.set(entry.tagNumber, inner.raw);
  }
  const areTagsOrdered = tags.every((tag, index) => index === 0 || tag > (tags[index - 1] ?? 0));
  // The table pairs every name with the reader of its kind, which the compiler cannot follow through the loop.
  return { ...(values as AuthorizationValues), areTagsOrdered, otherTags };
}
