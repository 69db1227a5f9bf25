/** `secret`: whoever has the app has it; `suspicious`: may be one, somebody must look; `public-by-design`: made to be in apps, if its vendor restricts it. */
export const severities = ["secret", "suspicious", "public-by-design"] as const;
export type Severity = (typeof severities)[number];

/**
 * `replace`: a new value at the vendor, which only the service holds; `restrict`: leave it, and restrict it at the vendor; `remove`: belongs in no app in any
 * form; `rebuild`: build again with the other text; `inspect`: find out what it is.
 */
export type Action = "replace" | "restrict" | "remove" | "rebuild" | "inspect";

export interface Advice {
  readonly action: Action;
  readonly text: string;
  /** What to type, in order; the value is asked for, never an argument. */
  readonly commands: readonly string[];
}

/** Where in a file: line and column of a text (from 1), or a byte of anything else (from 0). */
export type Position =
  | { readonly line: number; readonly column: number; readonly offset: null }
  | { readonly line: null; readonly column: null; readonly offset: number };

/** What a rule saw at one place. `value` stays inside: reports carry `maskValue` of it. */
export interface Sighting {
  readonly rule: string;
  /** What it is, for people: `Stripe secret key`. */
  readonly kind: string;
  readonly severity: Severity;
  readonly value: string;
  /** The name it stood under, where there was one. */
  readonly name: string | null;
  /** Whether nobody can find the value by trying: what its id may be made of depends on it. */
  readonly isUnguessable: boolean;
  /** What is told of the value beside the mask, such as a JWT's algorithm and end. */
  readonly details: string | null;
  readonly advice: Advice;
  readonly at: Position;
}

/** Something harmless that is only counted. */
export type Harmless = "placeholder" | "configuration";

/** Texts of a file, for rules to look at. */
export interface Passage {
  readonly text: string;
  /**
   * `written`: source, configuration, a script; `pool`: one string of a compiled table per line, neighbours in the table being neighbours in the program;
   * `sorted`: the same, from a table whose order says nothing; `raw`: runs of printable characters out of bytes.
   */
  readonly form: "written" | "pool" | "sorted" | "raw";
  /** Where the character at `index` of `text` stands in the file. */
  readonly positionOf: (index: number) => Position;
}

/** A value that a format itself ties to a name: a static field, a resource, a member of a property list. */
export interface NamedValue {
  readonly name: string;
  readonly value: string;
  readonly at: Position;
}

export type Piece =
  | { readonly type: "passage"; readonly passage: Passage }
  | { readonly type: "named"; readonly named: NamedValue };
