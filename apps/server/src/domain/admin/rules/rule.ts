import { invalidInput } from "../admin-error.ts";

/** A checked value in its one canonical form, or a public sentence that says what it must be; the sentence never repeats the input. */
export type Ruled<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string };

export const ruled = <T>(value: T): Ruled<T> => ({ ok: true, value });

export const refused = (message: string): { readonly ok: false; readonly message: string } => ({ ok: false, message });

/** The value, or `invalid_input` for the member at `path` (a JSON pointer). */
export function accept<T>(path: string, result: Ruled<T>): T {
  if (!result.ok) throw invalidInput(path, result.message);
  return result.value;
}

/** Every item accepted and no two equal. */
export function acceptEach<I, T>(path: string, items: readonly I[], parse: (item: I) => Ruled<T>): readonly T[] {
  const values = items.map((item, index) => accept(`${path}/${index}`, parse(item)));
  const seen = new Set(values.map((value) => JSON.stringify(value)));
  if (seen.size !== values.length) throw invalidInput(path, "The list names the same thing twice; leave one out.");
  return values;
}
