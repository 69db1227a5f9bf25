import type { Reason, Statement } from "@countersign/protocol";
import type { ProjectContext } from "../project/project-context.ts";
import type { KnownInstance } from "./known-instance.ts";

/** What a session is granted for. */
export interface Grant {
  readonly context: ProjectContext;
  readonly statement: Statement;
  readonly known: KnownInstance;
  readonly subject: Uint8Array;
  readonly verdict: "trusted" | "restricted";
  readonly arc: string;
  /** Whether it is a decoy: made in the same way, worth nothing. */
  readonly decoy: boolean;
  /** Whether its credential is a decoy's too. An instance whose evidence counted has a genuine one all the same: each verdict is made anew. */
  readonly decoyCredential: boolean;
  /** Findings that failed and did not refuse, each once. */
  readonly notes: readonly Reason[];
  /** The caller's address, for `ip` of profile `approov` alone: never stored, never logged. */
  readonly address: string | null;
}
