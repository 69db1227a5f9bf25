/** What an error means, and whether trying again can help: `later` after `retryAfterSeconds` or on the next use, `never` without a change. */
export interface AgentErrorText {
  /** Safe to show: names no secret, no address and nothing of the device. */
  readonly message: string;
  readonly meaning: string;
  readonly retry: "later" | "never";
}

const text = (message: string, retry: AgentErrorText["retry"], meaning: string): AgentErrorText => ({
  message,
  meaning,
  retry,
});

/** The closed table of what a call of the agent can fail with. */
export const agentErrors = {
  refused: text(
    "This app could not be verified.",
    "later",
    "A signed answer refused this instance. `arc` names the trace; not before `retryAfterSeconds`.",
  ),
  service_untrusted: text(
    "The service could not be verified.",
    "later",
    "What came in the service's name did not verify. No state was changed.",
  ),
  service_unreachable: text(
    "The service cannot be reached.",
    "later",
    "No answer, or none that is one. No state was changed.",
  ),
  service_busy: text(
    "The service is busy.",
    "later",
    "Problem slow_down, unavailable or internal. No state was changed.",
  ),
  statement_rejected: text(
    "The service did not accept the request.",
    "later",
    "Every repeat met an unsigned problem (challenge, counter, credential, proof). No state was changed.",
  ),
  malformed: text(
    "The service did not understand the request.",
    "never",
    "Problem malformed: agent and service disagree about the protocol.",
  ),
  too_large: text("The request is too large.", "never", "Problem too_large."),
  unsupported_media_type: text(
    "The service did not understand the request.",
    "never",
    "Problem unsupported_media_type: something rewrites requests on the way.",
  ),
  unsupported_version: text("This app is too old for the service.", "never", "Problem unsupported_version."),
  unknown_project: text(
    "The service does not know this app.",
    "never",
    "Problem unknown_project: the configuration string names another service.",
  ),
  not_found: text(
    "The service did not understand the request.",
    "never",
    "Problem not_found or method_not_allowed: the address is not that of a service.",
  ),
  enrolment_limited: text(
    "This app cannot be verified right now.",
    "later",
    "An enrolment is due, but was driven by an outcome or error too short a time ago: see Enrolments.",
  ),
  key_unavailable: text(
    "This device's key cannot be used right now.",
    "later",
    "The platform's key store or attestation service said: later.",
  ),
  key_unsupported: text(
    "This device cannot be verified.",
    "never",
    "The platform has no hardware key or no attestation.",
  ),
  url_refused: text(
    "This address cannot be used.",
    "never",
    "The URL mentions a protected host but does not pass the strict rules.",
  ),
  request_refused: text(
    "This request cannot be sent.",
    "never",
    "A value does not fit its place, the request is ambiguous there, or a body that must be held is longer than 64 MiB.",
  ),
  redirect_refused: text(
    "The server redirected to an address that cannot be used.",
    "never",
    "A redirect to plain http, one that carries a secret or needs a body that can be read once, or more than five.",
  ),
  channel_refused: text(
    "The connection is not private.",
    "later",
    "The peer did not prove itself as the manifest demands. Nothing of the request was sent.",
  ),
  manifest_stale: text(
    "The service must be reached first.",
    "later",
    "The manifest was not confirmed for longer than it allows.",
  ),
  secret_unavailable: text(
    "A value this request needs is not available.",
    "later",
    "The session holds no value for a secret that belongs there. Nothing was sent.",
  ),
  token_unavailable: text(
    "A token this request needs is not available.",
    "later",
    "The session holds no token for this API. Nothing was sent.",
  ),
  values_unavailable: text(
    "What this app keeps here cannot be read right now.",
    "later",
    "The session brings no keys for app-instance values: the instance is not trusted, or the service gives none.",
  ),
  proof_unsupported: text(
    "This request cannot be sent.",
    "never",
    "The API demands a proof of possession that this platform's keys cannot make.",
  ),
  network_failed: text("The server cannot be reached.", "later", "No answer from the API itself."),
  aborted: text("The request was cancelled.", "never", "The caller gave up."),
  in_background: text(
    "The app is in the background.",
    "later",
    "background() wiped everything; foreground() allows sessions again.",
  ),
  stopped: text("The agent is stopped.", "never", "stop() was called, or start() never."),
  storage_failed: text("This app's storage cannot be used.", "later", "The storage port rejected a read or a write."),
} as const satisfies Record<string, AgentErrorText>;

export type AgentErrorCode = keyof typeof agentErrors;

export interface AgentErrorDetails {
  readonly arc?: string | null;
  readonly reasons?: readonly string[];
  readonly action?: "update" | null;
  readonly retryAfterSeconds?: number;
}

/**
 * The one error the agent throws. `message` is the table's text and safe to show to a user, beside `arc`; no member ever holds a secret,
 * a filled URL or a header.
 */
export class AgentError extends Error {
  readonly code: AgentErrorCode;
  /** The attestation response code to tell support; null where no signed answer is behind the error. */
  readonly arc: string | null;
  /** Present only where the project shows reasons to apps. */
  readonly reasons?: readonly string[];
  /** Of a refusal, what the user can do: `update` the app. Null where nothing was said. */
  readonly action: "update" | null;
  readonly retryAfterSeconds?: number;

  constructor(code: AgentErrorCode, details: AgentErrorDetails = {}) {
    super(agentErrors[code].message);
    this.name = "AgentError";
    this.code = code;
    this.arc = details.arc ?? null;
    this.action = details.action ?? null;
    if (details.reasons !== undefined) this.reasons = details.reasons;
    if (details.retryAfterSeconds !== undefined) this.retryAfterSeconds = details.retryAfterSeconds;
  }

  /** Whether trying again can help. */
  get retry(): "later" | "never" {
    return agentErrors[this.code].retry;
  }
}
