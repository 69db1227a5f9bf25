import type { Configuration } from "@countersign/protocol";
import type { AgentHooks } from "../hooks.ts";
import type { AgentLog } from "../log/agent-log.ts";
import type { AbortHandle, AgentPorts, Randomness } from "../ports.ts";
import type { Prover } from "../proofs/prover.ts";
import type { TakenToken } from "../session/keeper.ts";
import type { Session } from "../session/session.ts";
import type { Signals } from "../signals/signals.ts";
import type { Needs } from "../statement/asks.ts";
import type { TrustStore } from "../trust/trust-store.ts";

/** What sending a request needs of the agent. */
export interface FetchDeps {
  readonly configuration: Configuration;
  readonly ports: Pick<AgentPorts, "channel" | "service" | "randomness" | "sockets">;
  /** For the masks of values in memory, and nothing else. */
  readonly masks: Randomness;
  readonly trust: TrustStore;
  readonly signals: Signals;
  readonly prover: Prover;
  /** URLs that go out as the app made them, unless a placeholder stands in the request or a place of it is filled. */
  readonly exclude: readonly RegExp[];
  readonly hooks: AgentHooks;
  readonly log: AgentLog;
  demand(needs: Needs): Promise<Session>;
  /** As `demand`, with a token of this API that no other call gets. */
  take(needs: Needs, api: string, abort: AbortHandle): Promise<TakenToken>;
  /** The platform has lost the key that this session is bound to. */
  replaceKey(session: Session): Promise<void>;
  /** Rises whenever everything held was wiped. */
  wipes(): number;
  refresh(reason: string): Promise<unknown>;
  /** A placeholder went out, or stood, where no place allows a secret. */
  unfilled(secrets: readonly string[], host: string | null): void;
}
