import type { Statement } from "@countersign/protocol";
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
}
