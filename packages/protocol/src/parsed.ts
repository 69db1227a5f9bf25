import type { ProblemCode } from "./problems.ts";

/** What a parser gives: the typed value, or a problem code with a detail for logs. `detail` names members of the format, never input. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: ProblemCode; readonly detail: string };

/** A value that was read whole. */
export function parsed<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

/** A refusal with its code. */
export function invalid(
  code: ProblemCode,
  detail: string,
): { readonly ok: false; readonly code: ProblemCode; readonly detail: string } {
  return { ok: false, code, detail };
}
