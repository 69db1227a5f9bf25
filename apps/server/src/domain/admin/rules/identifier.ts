import { isId } from "@countersign/protocol";
import type { Ruled } from "./rule.ts";
import { refused, ruled } from "./rule.ts";

/** The id of an app, of a protected API or of a secret: `[a-z0-9-]{1,48}`. */
export function parseIdentifier(text: string): Ruled<string> {
  return isId(text)
    ? ruled(text)
    : refused("An id has 1 to 48 characters out of a-z, 0-9 and `-`, for example `nasa-key`.");
}
