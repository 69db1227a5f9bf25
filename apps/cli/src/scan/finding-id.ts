import { createHash } from "node:crypto";
import { maskValue } from "./mask.ts";

/**
 * The id of a finding: 16 hexadecimal characters, the same for the same value under the same rule in every build and file.
 *
 * Ids are committed in allow files, so an id must not help anybody to find the value. Of a value that cannot be guessed it is a truncated SHA-256 of rule and value.
 * Of one that can (a password), a hash could be tried against a dictionary; its id is made of what the report shows anyway: rule, name and masked excerpt.
 */
export function toFindingId(seen: {
  readonly rule: string;
  readonly value: string;
  readonly name: string | null;
  readonly isUnguessable: boolean;
}): string {
  const parts = seen.isUnguessable
    ? ["value", seen.rule, seen.value]
    : ["shown", seen.rule, seen.name ?? "", maskValue(seen.value)];
  return createHash("sha256")
    .update(JSON.stringify(["countersign/scan/1", ...parts]))
    .digest("hex")
    .slice(0, 16);
}
