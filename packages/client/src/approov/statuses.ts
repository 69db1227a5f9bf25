import type { AgentErrorCode } from "../errors.ts";

/** What the other product's service layers call the outcome of a fetch, on Android and iOS, up to 3.8. */
export type ApproovStatus =
  | "SUCCESS"
  | "NO_NETWORK"
  | "POOR_NETWORK"
  | "MITM_DETECTED"
  | "UNTRUSTED_NETWORK"
  | "NO_APPROOV_SERVICE"
  | "BAD_URL"
  | "UNKNOWN_URL"
  | "UNPROTECTED_URL"
  | "NO_NETWORK_PERMISSION"
  | "MISSING_LIB_DEPENDENCY"
  | "INTERNAL_ERROR"
  | "REJECTED"
  | "DISABLED"
  | "UNKNOWN_KEY"
  | "NOT_INITIALIZED"
  | "BAD_KEY"
  | "BAD_PAYLOAD";

/** `network`: offer the user to try again. `rejection`: a signed answer refused this instance; there is an ARC. `general`: all else. */
export type ApproovErrorType = "general" | "network" | "rejection";

export interface StatusRow {
  readonly status: ApproovStatus;
  readonly type: ApproovErrorType;
}

const row = (status: ApproovStatus, type: ApproovErrorType): StatusRow => ({ status, type });

/** The status of every error of the agent. */
export const statusOfError: Readonly<Record<AgentErrorCode, StatusRow>> = {
  refused: row("REJECTED", "rejection"),
  service_untrusted: row("MITM_DETECTED", "network"),
  service_unreachable: row("NO_NETWORK", "network"),
  service_busy: row("NO_APPROOV_SERVICE", "network"),
  statement_rejected: row("INTERNAL_ERROR", "general"),
  malformed: row("INTERNAL_ERROR", "general"),
  too_large: row("INTERNAL_ERROR", "general"),
  unsupported_media_type: row("INTERNAL_ERROR", "general"),
  unsupported_version: row("INTERNAL_ERROR", "general"),
  unknown_project: row("INTERNAL_ERROR", "general"),
  not_found: row("INTERNAL_ERROR", "general"),
  enrolment_limited: row("INTERNAL_ERROR", "general"),
  in_background: row("INTERNAL_ERROR", "general"),
  key_unavailable: row("NO_APPROOV_SERVICE", "network"),
  key_unsupported: row("INTERNAL_ERROR", "general"),
  url_refused: row("BAD_URL", "general"),
  request_refused: row("BAD_URL", "general"),
  redirect_refused: row("BAD_URL", "general"),
  channel_refused: row("MITM_DETECTED", "network"),
  manifest_stale: row("NO_APPROOV_SERVICE", "network"),
  secret_unavailable: row("UNKNOWN_KEY", "general"),
  token_unavailable: row("DISABLED", "general"),
  values_unavailable: row("DISABLED", "general"),
  proof_unsupported: row("DISABLED", "general"),
  network_failed: row("NO_NETWORK", "network"),
  aborted: row("INTERNAL_ERROR", "general"),
  stopped: row("NOT_INITIALIZED", "general"),
  storage_failed: row("INTERNAL_ERROR", "general"),
};

/** What else comes to an app as a status, and when. */
export const statusOfOutcome = {
  SUCCESS: "a call that resolves",
  UNKNOWN_URL: "fetchToken of a URL whose host is not registered",
  UNPROTECTED_URL: "fetchToken of a URL whose API takes no token",
  BAD_KEY: "fetchSecureString of a name that no secret can have",
  BAD_PAYLOAD: "fetchCustomJWT of a text that is no JSON object within the bounds",
} as const satisfies Partial<Record<ApproovStatus, string>>;

/** What never comes here, and why: code that handles it may stay. */
export const statusNeverSeen = {
  POOR_NETWORK: "a slow answer and none are the same: NO_NETWORK",
  UNTRUSTED_NETWORK: "said as MITM_DETECTED, as the layers before 3.8 do",
  NO_NETWORK_PERMISSION: "an app without the permission reaches nothing: NO_NETWORK",
  MISSING_LIB_DEPENDENCY: "the agent brings what it needs",
} as const satisfies Partial<Record<ApproovStatus, string>>;
