import type { RecordStore } from "../../domain/ports/index.ts";

/** The record of one test, open. */
export interface OpenRecord {
  /** Another one after `reopen`. */
  readonly store: RecordStore;
  /** Puts these projects into it, each with a seed and the key `kid-1`. */
  withProjects(...ids: string[]): Promise<void>;
  /** Closes it, and opens the same one again. */
  reopen(): Promise<void>;
}
