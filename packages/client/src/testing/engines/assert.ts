/** A named promise of the agent; it rejects where it is not kept. */
export type Cases = Readonly<Record<string, () => Promise<void> | void>>;

function show(value: unknown): string {
  const text = JSON.stringify(value, (_name, each: unknown) =>
    each instanceof Uint8Array ? Array.from(each) : each === undefined ? "(undefined)" : each,
  );
  return text ?? "(undefined)";
}

/** Equal as JSON texts, so members in the same order; bytes count as their numbers, undefined as itself. */
export function equal(actual: unknown, expected: unknown, what = ""): void {
  const [one, other] = [show(actual), show(expected)];
  if (one !== other) throw new Error(`${what === "" ? "" : `${what}: `}${one} is not ${other}`);
}

export function holds(isTrue: boolean, what: string): void {
  if (!isTrue) throw new Error(`not so: ${what}`);
}

export function codeOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => "no error",
    (error: unknown) => (error as { code?: unknown }).code ?? String(error),
  );
}

/** Settles with what the promise rejects with, by its code. */
export async function failsWith(promise: Promise<unknown>, code: string): Promise<void> {
  equal(await codeOf(promise), code);
}
