import type { CustomClaims } from "@countersign/protocol";
import type { AgentState, SessionSummary } from "./agent-state.ts";
import type { Coverage } from "./coverage.ts";
import type { AgentEventName, AgentEvents } from "./events.ts";
import type { AgentResponse } from "./fetch/agent-response.ts";
import type { AgentRequestInit } from "./fetch/app-request.ts";
import type { AgentHooks } from "./hooks.ts";
import type { LogOptions } from "./log/agent-log.ts";
import type { AgentPorts } from "./ports.ts";
import type { SecretHandle } from "./secret-handle.ts";

export interface AgentOptions {
  /** How long a call waits for a back-off to end before it fails; 0 to 300. Default 10. */
  readonly patienceSeconds?: number;
  /** How long one request to the service may take. Default 20. */
  readonly serviceTimeoutSeconds?: number;
  /** Whether to hold the event stream that tells of changes at once. Default true. */
  readonly watch?: boolean;
  /** Default: nothing is told. */
  readonly log?: LogOptions;
  readonly hooks?: AgentHooks;
  /** URLs that go out as the app made them; never a request in which a placeholder stands or a place is filled always. */
  readonly exclude?: readonly RegExp[];
  /**
   * `csd_…`: what simulators and CI enrol with instead of a platform's evidence, in a development project. A TypeError with `cs1~`. Never in
   * what is shipped: whoever reads it there enrols what they like.
   */
  readonly developmentKey?: string;
}

export interface AgentConfig {
  /** `cs1~…` or `csd1~…` */
  readonly configuration: string;
  readonly ports: AgentPorts;
  readonly options?: AgentOptions;
}

/** The agent of one app in one process. Every rejection is an `AgentError`, or a TypeError where the caller made a mistake. */
export interface Agent {
  /** Loads what is stored and verifies it again; no network. Every other call waits for it by itself. */
  start(): Promise<void>;
  /** Sends a request: fills declared places, adds tokens, holds the channel to the manifest, follows redirects itself. */
  fetch(url: string, init?: AgentRequestInit): Promise<AgentResponse>;
  /** Tells listeners of `coverage`. */
  reportCoverage(coverage: Coverage): void;
  /** Opens a session where none is open, with what this process used before; a later call then finds it. */
  prefetch(): Promise<void>;
  /** Whether this instance passes now. A refusal is a value; an open session or a standing refusal is told without a statement. */
  precheck(): Promise<SessionSummary>;
  /**
   * A handle that stands for a secret wherever its placeholder may; the value is put in when a request is sent. Rejects with
   * `secret_unavailable` where the service grants this instance no such secret.
   */
  getSecret(name: string): Promise<SecretHandle>;
  /** b64u of 16 bytes that name this installation's key; enrols where there is none yet. */
  instance(): Promise<string>;
  /** A token for one protected API, to be sent by other means. */
  getToken(api: string): Promise<string>;
  /**
   * A token for one protected API that carries `claims`, as they are, in its member `custom`: at most 1 KiB of JSON, 4 levels deep. Only for
   * APIs that take custom claims; else `token_unavailable`.
   */
  getCustomToken(api: string, claims: CustomClaims): Promise<string>;
  /** Makes one statement now. A refusal is a value; while one stands, it is given again without a statement. */
  refresh(reason?: string): Promise<SessionSummary>;
  state(): AgentState;
  /** Calls back on each event; the returned function ends it. */
  on<Name extends AgentEventName>(event: Name, listener: (event: AgentEvents[Name]) => void): () => void;
  /** Wipes session, secrets, tokens and keys now. Until `foreground()`, calls that need a session fail with `in_background`. */
  background(): void;
  /** Allows sessions again. Sends nothing by itself. */
  foreground(): void;
  /** Wipes session and secrets and ends everything in flight, for good. Keys and stored state stay. */
  stop(): void;
}
