import type { Severity } from "../finding.ts";
import type { Vendor } from "./vendors.ts";

/** A key whose form alone tells what it is. One row, one form. */
export interface KeyRule {
  readonly id: string;
  /** What it is, for people. */
  readonly kind: string;
  readonly severity: Severity;
  /** One of these texts stands in every match: a passage without any is not searched. */
  readonly anchors: readonly string[];
  /** Global; group 1 is the value where there is one. Every quantifier is bounded. */
  readonly pattern: RegExp;
  /** Whose it is, where the vendor's API has a place to propose. */
  readonly vendor?: Vendor;
  /** `remove`: gives so much that it belongs in no app, and should be brokered at most. */
  readonly remove?: true;
  /** Least entropy, bits per character; default 3. */
  readonly entropy?: number;
  /** In place of the severity's general advice. */
  readonly advice?: string;
}

/** Neither a letter nor a digit before: the key is a word of its own. */
const edge = "(?<![A-Za-z0-9_-])";

/** A pattern of a key that begins and ends as a word. */
export function key(pattern: TemplateStringsArray, ...parts: readonly string[]): RegExp {
  return new RegExp(`${edge}(${String.raw(pattern, ...parts)})(?![A-Za-z0-9_-])`, "g");
}
