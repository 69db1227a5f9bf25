import { InvalidArgumentError } from "commander";

/** Option parser: a whole number without sign. */
export function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError("Give a whole number.");
  return Number(text);
}
