import type { Awaitable } from "./crypto/port.ts";

/** Goes on with a value at once where it is at hand: a promise of its own for every step costs more than a MAC. */
export function andThen<T, U>(value: Awaitable<T>, step: (value: T) => Awaitable<U>): Awaitable<U> {
  return value instanceof Promise ? value.then(step) : step(value);
}
