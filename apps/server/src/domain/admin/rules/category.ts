import type { Ruled } from "./rule.ts";
import { refused, ruled } from "./rule.ts";

/** A validation category of iOS 27 that an app on a device can have. */
export function parseCategory(category: number): Ruled<number> {
  return [1, 2, 3, 4, 5, 6, 10].includes(category)
    ? ruled(category)
    : refused("A category is 1, 2, 3, 4, 5, 6 or 10; 4 is the App Store, 2 TestFlight, 5 enterprise or ad hoc.");
}
