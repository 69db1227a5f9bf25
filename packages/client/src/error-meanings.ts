import type { AgentErrorCode } from "./errors.ts";

/** What each error of the agent means, for the documentation. */
export const agentErrorMeanings: Readonly<Record<AgentErrorCode, string>> = {
  refused: "A signed answer refused this instance. `arc` names the trace; not before `retryAfterSeconds`.",
  service_untrusted: "What came in the service's name did not verify. No state was changed.",
  service_unreachable: "No answer, or none that is one. No state was changed.",
  service_busy: "Problem slow_down, unavailable or internal. No state was changed.",
  statement_rejected:
    "Every repeat met an unsigned problem (challenge, counter, credential, proof). No state was changed.",
  malformed: "Problem malformed: agent and service disagree about the protocol.",
  too_large: "Problem too_large.",
  unsupported_media_type: "Problem unsupported_media_type: something rewrites requests on the way.",
  unsupported_version: "Problem unsupported_version.",
  unknown_project: "Problem unknown_project: the configuration string names another service.",
  not_found: "Problem not_found or method_not_allowed: the address is not that of a service.",
  enrolment_limited: "An enrolment is due, but was driven by an outcome or error too short a time ago: see Enrolments.",
  key_unavailable: "The platform's key store or attestation service said: later.",
  key_unsupported: "The platform has no hardware key or no attestation.",
  url_refused: "The URL mentions a protected host but does not pass the strict rules.",
  request_refused:
    "A value does not fit its place, the request is ambiguous there, or a body that must be held is longer than 64 MiB.",
  redirect_refused:
    "A redirect to plain http, one that carries a secret or needs a body that can be read once, or more than five.",
  channel_refused: "The peer did not prove itself as the manifest demands. Nothing of the request was sent.",
  manifest_stale: "The manifest was not confirmed for longer than it allows.",
  secret_unavailable: "The session holds no value for a secret that belongs there. Nothing was sent.",
  token_unavailable: "The session holds no token for this API. Nothing was sent.",
  values_unavailable:
    "The session brings no keys for app-instance values: the instance is not trusted, or the service gives none.",
  proof_unsupported: "The API demands a proof of possession that this platform's keys cannot make.",
  network_failed: "No answer from the API itself.",
  aborted: "The caller gave up.",
  in_background: "background() wiped everything; foreground() allows sessions again.",
  stopped: "stop() was called, or start() never.",
  storage_failed: "The storage port rejected a read or a write.",
};
