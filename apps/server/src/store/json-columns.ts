/** JSON text for a column; null stays null. */
export function toJson(value: object): string;
export function toJson(value: object | null): string | null;
export function toJson(value: object | null): string | null {
  return value === null ? null : JSON.stringify(value);
}

/** What `toJson` wrote. The record is our own: its form is the migrations' matter and is not checked again here. */
export function fromJson<Value>(text: string): Value {
  return JSON.parse(text) as Value;
}

export function fromNullableJson<Value>(text: string | null): Value | null {
  return text === null ? null : fromJson<Value>(text);
}
