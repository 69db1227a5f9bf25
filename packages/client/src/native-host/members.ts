/** Members of what the native code handed over. Each throws a TypeError that names the member, and nothing of its value. */

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;

export function textOf(value: unknown, name: string): string {
  const member = memberOf(value, name);
  if (typeof member !== "string") throw new TypeError(`${name} is text`);
  return member;
}

export function textOrNull(value: unknown, name: string): string | null {
  return memberOf(value, name) === undefined || memberOf(value, name) === null ? null : textOf(value, name);
}

export function truthOf(value: unknown, name: string, otherwise: boolean): boolean {
  const member = memberOf(value, name);
  if (member !== undefined && typeof member !== "boolean") throw new TypeError(`${name} is true or false`);
  return member ?? otherwise;
}

export function wholeOf(value: unknown, name: string): number {
  const member = memberOf(value, name);
  if (!Number.isSafeInteger(member)) throw new TypeError(`${name} is a whole number`);
  return member as number;
}

/** Pairs of texts, as headers are written. */
export function pairsOf(value: unknown, name: string): readonly (readonly [string, string])[] {
  const member = memberOf(value, name) ?? [];
  const isPair = (pair: unknown): pair is readonly [string, string] =>
    Array.isArray(pair) && pair.length === 2 && pair.every((each) => typeof each === "string");
  if (!Array.isArray(member) || !member.every(isPair)) throw new TypeError(`${name} is a list of pairs of text`);
  return member;
}

export function objectOf(value: unknown, name: string): Readonly<Record<string, unknown>> {
  const member = memberOf(value, name);
  if (typeof member !== "object" || member === null) throw new TypeError(`${name} is an object`);
  return member as Readonly<Record<string, unknown>>;
}
