import type { OutboundRequest, Recipe } from "../ports/index.ts";

/** What a recipe is followed with. */
export interface Minting {
  /** The secret's own value. */
  readonly root: string;
  /** By what the vendor knows whom the value is for. */
  readonly pseudonym: string;
  readonly nowMs: number;
  readonly random: (length: number) => Uint8Array;
}

/** What an answer holds. `lifetimeMs` null: it does not say. */
export interface Granted {
  readonly value: string;
  readonly lifetimeMs: number | null;
}

/** One kind of recipe. Both halves give null for what they cannot make or read, and never throw on it. */
export interface RecipeKind<R extends Recipe> {
  ask(recipe: R, minting: Minting): Promise<OutboundRequest | null> | OutboundRequest | null;
  read(recipe: R, answer: Uint8Array, nowMs: number): Granted | null;
}

/** The longest answer that is read. */
export const longestAnswer = 64 * 1024;
const longestLifetimeMs = 366 * 86_400_000;

/** Milliseconds, where there are some and not too many. */
export function toLifetimeMs(ms: unknown): number | null {
  return typeof ms === "number" && Number.isSafeInteger(ms) && ms > 0 && ms <= longestLifetimeMs ? ms : null;
}

/** How long it is until an instant of RFC 3339. */
export function untilInstant(text: unknown, nowMs: number): number | null {
  const form = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;
  return typeof text === "string" && form.test(text) ? toLifetimeMs(Math.floor(Date.parse(text) - nowMs)) : null;
}
