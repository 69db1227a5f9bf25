import { problems } from "@countersign/protocol";

/**
 * Every way the admin API says no: code, HTTP status and title. What it shares with the device API comes from the one table of problems; the
 * OpenAPI document, the RFC 9457 bodies and docs/admin-api.md come from this one.
 */
export const adminErrors = {
  invalid_input: { status: problems.invalid_input.status, title: problems.invalid_input.title },
  unauthorized: { status: problems.unauthorized.status, title: problems.unauthorized.title },
  bootstrap_refused: { status: 401, title: "The bootstrap token is unknown, spent or expired" },
  not_found: { status: problems.not_found.status, title: problems.not_found.title },
  conflict: { status: problems.conflict.status, title: problems.conflict.title },
  in_use: { status: 409, title: "Something else still refers to it" },
  limit_reached: { status: 409, title: "The project holds as many as it may" },
  development_only: { status: 409, title: "Only a development project may have this" },
  anchor_refused: { status: 409, title: "This certificate can never be a trust anchor" },
  exposed_value: { status: 409, title: "Devices know the value and keep it" },
  last_administrator: { status: 409, title: "The last administrator cannot be removed" },
  recovery_key_absent: { status: 409, title: "The recovery root's private key is not in the data folder" },
  too_large: { status: problems.too_large.status, title: problems.too_large.title },
  unsupported_media_type: {
    status: problems.unsupported_media_type.status,
    title: problems.unsupported_media_type.title,
  },
  slow_down: { status: problems.slow_down.status, title: problems.slow_down.title },
  internal: { status: problems.internal.status, title: problems.internal.title },
  unavailable: { status: problems.unavailable.status, title: problems.unavailable.title },
} as const satisfies Record<string, { status: number; title: string }>;

export type AdminErrorCode = keyof typeof adminErrors;

/** One member of the input that was refused; `path` is a JSON pointer, `message` never holds the value. */
export interface InputFault {
  readonly path: string;
  readonly message: string;
}

/** A refusal of the admin API. `message` is public, holds no value that was sent and says what to do. */
export class AdminError extends Error {
  readonly code: AdminErrorCode;
  readonly faults: readonly InputFault[];
  readonly retryAfterSeconds: number | null;

  constructor(
    code: AdminErrorCode,
    message: string,
    more: { readonly faults?: readonly InputFault[]; readonly retryAfterSeconds?: number } = {},
  ) {
    super(message);
    this.name = "AdminError";
    this.code = code;
    this.faults = more.faults ?? [];
    this.retryAfterSeconds = more.retryAfterSeconds ?? null;
  }
}

/** The refusal of one member of the input. */
export function invalidInput(path: string, message: string): AdminError {
  return new AdminError("invalid_input", message, { faults: [{ path, message }] });
}
