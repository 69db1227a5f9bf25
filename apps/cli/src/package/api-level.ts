import { InvalidArgumentError } from "commander";

/** Option parser: an Android API level. */
export function apiLevel(text: string): number {
  if (!/^[1-9][0-9]{0,4}$/.test(text)) throw new InvalidArgumentError("Give an API level, such as 24.");
  return Number(text);
}
