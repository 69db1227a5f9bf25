import { concatBytes } from "./bytes.ts";
import { tag } from "./tag.ts";
import { toUtf8 } from "./utf8.ts";

/** What is hashed of a value that is looked for: its SHA-256 is the digest by which a planted value is known, and all that is ever kept of it. */
export function decoyValueInput(value: string): Uint8Array {
  return concatBytes(tag("decoy-value"), toUtf8(value));
}
