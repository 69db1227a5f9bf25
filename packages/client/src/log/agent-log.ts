import type { AgentErrorCode } from "../errors.ts";
import type { HookResult } from "../hooks.ts";

/** From the fewest entries to the most; each level holds those before it. */
export const logLevels = ["off", "error", "warn", "info", "debug"] as const;
export type LogLevel = (typeof logLevels)[number];

/** What a log is told. The list is closed, and no entry holds a secret, a token, a header or a filled URL. */
export type LogEntry =
  | { readonly level: "error"; readonly event: "error"; readonly code: AgentErrorCode; readonly arc: string | null }
  | {
      readonly level: "warn";
      readonly event: "refused";
      readonly arc: string;
      readonly action: "update" | null;
      readonly retryAfterSeconds: number;
    }
  | { readonly level: "warn"; readonly event: "wiped"; readonly signals: readonly string[] }
  | {
      readonly level: "warn";
      readonly event: "placeholder_unfilled";
      readonly secret: string;
      readonly host: string | null;
    }
  /** `beforeRequest` said `bypass` of a request that has to be protected. */
  | { readonly level: "warn"; readonly event: "bypass_refused"; readonly api: string | null }
  /** The platform did not take what the manifest says of channels: connections that the agent does not carry are held to what it took before. */
  | { readonly level: "warn"; readonly event: "channels_not_held"; readonly code: "unsupported" | "unavailable" }
  | {
      readonly level: "info";
      readonly event: "session";
      readonly verdict: string;
      readonly arc: string;
      readonly secrets: readonly string[];
    }
  | { readonly level: "info"; readonly event: "background" | "foreground" | "stopped" }
  | { readonly level: "debug"; readonly event: "phase"; readonly phase: string; readonly reason: string | null }
  | {
      readonly level: "debug";
      readonly event: "request";
      readonly method: string;
      readonly api: string | null;
      readonly status: number | null;
      readonly error: HookResult["error"];
      readonly bypassed: boolean;
    };

export interface LogOptions {
  readonly level: LogLevel;
  readonly sink: (entry: LogEntry) => void;
}

/** Tells a sink what its level asks for. A sink that throws does not reach the agent. */
export class AgentLog {
  readonly #level: number;
  readonly #sink: (entry: LogEntry) => void;

  constructor(options: LogOptions | undefined) {
    const { level, sink } = options ?? { level: "off" as const, sink: () => {} };
    if (!logLevels.includes(level) || typeof sink !== "function") {
      throw new TypeError(`log has a level of ${logLevels.join(", ")} and a sink`);
    }
    this.#level = logLevels.indexOf(level);
    this.#sink = sink;
  }

  /** Whether entries of this level are told. */
  tells(level: LogLevel): boolean {
    return logLevels.indexOf(level) <= this.#level;
  }

  tell(entry: LogEntry): void {
    if (!this.tells(entry.level)) return;
    try {
      this.#sink(entry);
    } catch {
      // The app's mistake; the agent's state must not hang on it.
    }
  }
}
