import { AgentError } from "../errors.ts";
import { type ApproovErrorType, type ApproovStatus, statusOfError } from "./statuses.ts";

/** What handlers written for the other product read. */
export interface ApproovUserInfo {
  readonly type: ApproovErrorType;
  /** Of a rejection. */
  readonly rejectionARC?: string;
  /** Of a rejection, joined by commas; only where the project shows reasons to apps. */
  readonly rejectionReasons?: string;
}

/** What every call of the facade rejects with. `cause` is the agent's own error, where there is one. No member holds a secret. */
export class ApproovError extends Error {
  readonly userInfo: ApproovUserInfo;
  readonly status: ApproovStatus;

  constructor(message: string, status: ApproovStatus, userInfo: ApproovUserInfo, cause?: AgentError) {
    super(message, cause === undefined ? {} : { cause });
    this.name = "ApproovError";
    this.status = status;
    this.userInfo = userInfo;
  }
}

export function generalError(status: ApproovStatus, message: string): ApproovError {
  return new ApproovError(message, status, { type: "general" });
}

function agentErrorOf(error: unknown): AgentError | null {
  if (error instanceof AgentError) return error;
  return error instanceof TypeError && error.cause instanceof AgentError ? error.cause : null;
}

/** An error of the agent, alone or behind that of a `fetch`, as the other product tells it; anything else as it is. */
export function toApproovError(error: unknown): unknown {
  const cause = agentErrorOf(error);
  if (cause === null) return error;
  const { status, type } = statusOfError[cause.code];
  const userInfo: ApproovUserInfo = {
    type,
    ...(type === "rejection" && cause.arc !== null ? { rejectionARC: cause.arc } : {}),
    ...(type === "rejection" && cause.reasons !== undefined ? { rejectionReasons: cause.reasons.join(",") } : {}),
  };
  return new ApproovError(cause.message, status, userInfo, cause);
}

/** As `toApproovError`, for calls whose callers read `userInfo` of whatever they reject with: a mistake of the app has one too. */
export function toRejection(error: unknown): ApproovError {
  const known = toApproovError(error);
  if (known instanceof ApproovError) return known;
  return generalError("INTERNAL_ERROR", known instanceof Error ? known.message : "the call failed");
}
