import { objectIdentifier, printableText, sequence, setOf, utf8Text } from "../encoding/der-writer.ts";

const attributes = {
  CN: "2.5.4.3",
  serialNumber: "2.5.4.5",
  C: "2.5.4.6",
  ST: "2.5.4.8",
  O: "2.5.4.10",
  OU: "2.5.4.11",
  title: "2.5.4.12",
} as const;

export type NameAttribute = readonly [keyof typeof attributes, string, "utf8" | "printable"];

/** A distinguished name in DER. Order and string types are the caller's: vendors differ, and shape is what is imitated. */
export function distinguishedName(...parts: readonly NameAttribute[]): Uint8Array {
  return sequence(
    ...parts.map(([attribute, value, type]) =>
      setOf(
        sequence(objectIdentifier(attributes[attribute]), type === "utf8" ? utf8Text(value) : printableText(value)),
      ),
    ),
  );
}
