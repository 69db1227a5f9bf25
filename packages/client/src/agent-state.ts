import type { AgentErrorCode } from "./errors.ts";

/** What one statement bought. Holds no value of a secret. */
export interface SessionSummary {
  readonly outcome: "session" | "refused";
  readonly verdict: "trusted" | "restricted" | "refused";
  readonly arc: string;
  /** Only where the project shows reasons to apps. */
  readonly reasons?: readonly string[];
  /** Of a refusal, what the user can do: `update` the app; null where nothing was said. */
  readonly action?: "update" | null;
  /** Of a refusal: no statement is sent before. */
  readonly retryAfterSeconds?: number;
  readonly secrets: readonly SecretSummary[];
}

export interface SecretSummary {
  readonly name: string;
  readonly version: number;
  readonly mode: "delivered" | "brokered";
}

/**
 * - `new`: not started. - `idle`: no session, none being asked for. - `working`: no session, a statement is on its way.
 * - `session`: a session is open. - `refused`: a signed answer refused this instance. - `background`: wiped until `foreground()`.
 * - `stopped`: for good.
 */
export type AgentPhase = "new" | "idle" | "working" | "session" | "refused" | "background" | "stopped";

/** What the agent knows of itself. No secret, token, credential or key is in it. */
export interface AgentState {
  readonly phase: AgentPhase;
  readonly verdict: "trusted" | "restricted" | "refused" | null;
  /** Of the last signed answer that carried one. */
  readonly arc: string | null;
  /** b64u of 16 bytes; null before the first key is made. */
  readonly instance: string | null;
  readonly enrolled: boolean;
  /** Whether the last statement's enrolment is still unanswered: its key and evidence are kept. */
  readonly enrolmentPending: boolean;
  readonly keys: { readonly version: number; readonly recovery: boolean } | null;
  readonly manifest: { readonly epoch: number; readonly version: number; readonly stale: boolean } | null;
  readonly session: {
    readonly expiresInSeconds: number;
    readonly secrets: readonly SecretSummary[];
    readonly tokens: readonly string[];
  } | null;
  readonly watching: boolean;
  /** Why the last statement was made. */
  readonly reason: string | null;
  readonly lastError: AgentErrorCode | null;
  readonly placeholdersUnfilled: number;
}
