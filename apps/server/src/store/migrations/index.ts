import { first } from "./0001-first.ts";
import type { Migration } from "./migration.ts";

/** Every step, in order. One list for all databases. */
export const migrations: readonly Migration[] = [first];
