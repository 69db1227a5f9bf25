import type { Ruled } from "./rule.ts";
import { refused, ruled } from "./rule.ts";

/** The name of a detector of the agent, as statements have it. */
export function parseDetectorName(text: string): Ruled<string> {
  return /^[a-z0-9_.-]{1,48}$/.test(text)
    ? ruled(text)
    : refused("A detector's name has 1 to 48 characters out of a-z, 0-9, `_`, `.` and `-`.");
}
