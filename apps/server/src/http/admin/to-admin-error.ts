import type { FastifyError } from "fastify";
import { AdminError, type InputFault } from "../../domain/admin/admin-error.ts";

const tooLarge = () => new AdminError("too_large", "The body is larger than this operation takes.");
const wrongType = () => new AdminError("unsupported_media_type", "Send the body as application/json.");

/** What a caller is told of anything thrown in a route: an `AdminError` as it is, the framework's refusals by their code, all else `internal`. */
export function toAdminError(error: unknown): AdminError {
  if (error instanceof AdminError) return error;
  const { code, statusCode, validation, validationContext } = error as Partial<FastifyError>;
  if (validation !== undefined) return toInvalidInput(validation, validationContext);
  if (code === "FST_ERR_CTP_BODY_TOO_LARGE") return tooLarge();
  if (code === "FST_ERR_CTP_INVALID_MEDIA_TYPE") return wrongType();
  if (code === "ledger_full" || code === "database_unreachable" || statusCode === 503) {
    return new AdminError("unavailable", "The service cannot answer now. Try again in a moment.", {
      retryAfterSeconds: 5,
    });
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new AdminError("invalid_input", "The request cannot be read. Look at its method, path and headers.");
  }
  return new AdminError("internal", "The service failed. Look at its log; the state can be read before trying again.");
}

type Validation = NonNullable<FastifyError["validation"]>;

function toInvalidInput(validation: Validation, context: string | undefined): AdminError {
  const faults = validation.slice(0, 16).map(toFault);
  const first = faults[0];
  const where = first === undefined || first.path === "" ? (context ?? "input") : first.path;
  return new AdminError("invalid_input", `${where}: ${first?.message ?? "not of the documented form"}`, { faults });
}

function toFault({ instancePath, keyword, message }: Validation[number]): InputFault {
  const path = instancePath === "/" ? "" : instancePath;
  // The names of unknown members are the caller's text: a value put in the wrong spot would be repeated.
  if (keyword === "unrecognized_keys") return { path, message: "has a member that is not known here" };
  return { path, message: message ?? "not of the documented form" };
}
