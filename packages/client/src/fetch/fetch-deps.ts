import type { Configuration } from "@countersign/protocol";
import type { AgentPorts } from "../ports.ts";
import type { Session } from "../session/session.ts";
import type { Signals } from "../signals/signals.ts";
import type { Needs } from "../statement/asks.ts";
import type { TrustStore } from "../trust/trust-store.ts";

/** What sending a request needs of the agent. */
export interface FetchDeps {
  readonly configuration: Configuration;
  readonly ports: Pick<AgentPorts, "channel" | "service" | "randomness">;
  readonly trust: TrustStore;
  readonly signals: Signals;
  demand(needs: Needs): Promise<Session>;
  refresh(reason: string): Promise<unknown>;
  /** A placeholder went out, or stood, where no place allows a secret. */
  unfilled(secrets: readonly string[], host: string | null): void;
}
