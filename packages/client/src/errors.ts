/** What to show, and whether trying again can help: `later` after `retryAfterSeconds` or on the next use, `never` without a change. */
export interface AgentErrorText {
  /** Safe to show: names no secret, no address and nothing of the device. */
  readonly message: string;
  readonly retry: "later" | "never";
}

const text = (message: string, retry: AgentErrorText["retry"]): AgentErrorText => ({ message, retry });

/** The closed table of what a call of the agent can fail with. What each means stands apart, in error-meanings.ts: no app needs it. */
export const agentErrors = {
  refused: text("This app could not be verified.", "later"),
  service_untrusted: text("The service could not be verified.", "later"),
  service_unreachable: text("The service cannot be reached.", "later"),
  service_busy: text("The service is busy.", "later"),
  statement_rejected: text("The service did not accept the request.", "later"),
  malformed: text("The service did not understand the request.", "never"),
  too_large: text("The request is too large.", "never"),
  unsupported_media_type: text("The service did not understand the request.", "never"),
  unsupported_version: text("This app is too old for the service.", "never"),
  unknown_project: text("The service does not know this app.", "never"),
  not_found: text("The service did not understand the request.", "never"),
  enrolment_limited: text("This app cannot be verified right now.", "later"),
  key_unavailable: text("This device's key cannot be used right now.", "later"),
  key_unsupported: text("This device cannot be verified.", "never"),
  url_refused: text("This address cannot be used.", "never"),
  request_refused: text("This request cannot be sent.", "never"),
  redirect_refused: text("The server redirected to an address that cannot be used.", "never"),
  channel_refused: text("The connection is not private.", "later"),
  manifest_stale: text("The service must be reached first.", "later"),
  secret_unavailable: text("A value this request needs is not available.", "later"),
  token_unavailable: text("A token this request needs is not available.", "later"),
  values_unavailable: text("What this app keeps here cannot be read right now.", "later"),
  proof_unsupported: text("This request cannot be sent.", "never"),
  network_failed: text("The server cannot be reached.", "later"),
  aborted: text("The request was cancelled.", "never"),
  in_background: text("The app is in the background.", "later"),
  stopped: text("The agent is stopped.", "never"),
  storage_failed: text("This app's storage cannot be used.", "later"),
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
