/** What a problem code means: its HTTP status, a title that is equal for every app and device, and what the agent does on it. */
export interface ProblemText {
  readonly status: number;
  readonly title: string;
  readonly agent: string;
}

const text = (status: number, title: string, agent: string): ProblemText => ({ status, title, agent });

const stop = "Typed error, no retry, no state change.";
const fresh = "New statement with the problem's fresh open challenge, at once.";
const backOff = "Back off: 1 s doubled to 300 s, full jitter, at least retryAfterSeconds.";
const operator = "Not sent to agents.";

/**
 * The closed table of problems. A problem is unsigned, hence never believed for more than a bounded retry; it speaks of the protocol
 * only, never of the app or the device.
 */
export const problems = {
  malformed: text(400, "The request is not of the documented form", stop),
  too_large: text(413, "The request is too large", stop),
  unsupported_media_type: text(415, "The content type is not application/json", stop),
  unsupported_version: text(400, "The protocol version is not supported", stop),
  unknown_project: text(404, "The project is not known here", stop),
  challenge_invalid: text(409, "The challenge was not made for this", fresh),
  challenge_expired: text(409, "The challenge has expired", fresh),
  challenge_spent: text(409, "The challenge was used before", fresh),
  evidence_challenge_reused: text(409, "The evidence challenge belongs to another key", fresh),
  counter_stale: text(409, "The assertion counter did not rise", "New assertion, at once."),
  credential_invalid: text(409, "The credential cannot be used", "The same without credential."),
  proof_invalid: text(409, "The proof does not verify", "Once more; then enrol beside the old key."),
  slow_down: text(429, "Too many requests", backOff),
  unavailable: text(503, "The service cannot answer now", backOff),
  internal: text(500, "The service failed", backOff),
  not_found: text(404, "There is no such thing here", stop),
  method_not_allowed: text(405, "The method is not allowed here", stop),
  pass_invalid: text(
    401,
    "The pass cannot be used",
    "Refresh the session once, then the request with a new signature.",
  ),
  signature_invalid: text(
    401,
    "The request signature does not verify",
    "Refresh the session once, then the request with a new signature.",
  ),
  request_replayed: text(409, "The request was seen before", "The request with a new signature."),
  pass_withdrawn: text(403, "The pass was withdrawn", "Refresh the session."),
  link_invalid: text(403, "The link cannot be used", "Not sent to agents: whoever loads a picture has no session."),
  target_refused: text(400, "The target is not allowed", stop),
  place_refused: text(403, "No brokered secret has its place in this request", stop),
  upstream_refused: text(502, "The upstream did not prove itself or cannot be brokered", stop),
  upstream_unavailable: text(502, "The upstream could not be reached", backOff),
  upstream_timeout: text(504, "The upstream did not answer in time", backOff),
  unauthorized: text(401, "A valid administrator token is needed", operator),
  verifier_unauthorized: text(401, "A valid verifier credential is needed", operator),
  broker_unauthorized: text(401, "A valid credential of a broker is needed", operator),
  invalid_input: text(400, "The input is not valid", operator),
  conflict: text(409, "The state does not allow this", operator),
} as const satisfies Record<string, ProblemText>;

/** One code of the closed table. */
export type ProblemCode = keyof typeof problems;

/** RFC 9457 body, `application/problem+json`. `type` is the path of the code's page. */
export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ProblemCode;
  /** A fresh open challenge, where the code asks for a new statement. */
  readonly challenge?: string;
  readonly retryAfterSeconds?: number;
  /** With `unsupported_version`: the versions spoken here. */
  readonly supported?: readonly number[];
  /** For operators only: what is wrong with the input. */
  readonly detail?: string;
}

/** True where `value` is a code of the table. */
export function isProblemCode(value: string): value is ProblemCode {
  return Object.hasOwn(problems, value);
}

/** The body of a problem. `unsupported_version` names the supported versions by itself. */
export function toProblem(
  code: ProblemCode,
  extra: Pick<ProblemBody, "challenge" | "retryAfterSeconds" | "supported" | "detail"> = {},
): ProblemBody {
  const { status, title } = problems[code];
  const supported = code === "unsupported_version" ? { supported: [1] } : {};
  return { type: `/errors/${code}`, title, status, code, ...supported, ...extra };
}
