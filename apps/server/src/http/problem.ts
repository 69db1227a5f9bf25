import { type ProblemBody, type ProblemCode, toProblem } from "@countersign/protocol";
import type { FastifyReply } from "fastify";

/** Sends a problem of the closed table (RFC 9457). Its text is the table's alone. */
export function sendProblem(
  reply: FastifyReply,
  code: ProblemCode,
  extra: Pick<ProblemBody, "challenge" | "retryAfterSeconds"> = {},
): FastifyReply {
  const body = toProblem(code, extra);
  if (extra.retryAfterSeconds !== undefined) reply.header("retry-after", String(extra.retryAfterSeconds));
  return reply
    .code(body.status)
    .header("cache-control", "no-store")
    .type("application/problem+json")
    .serializer((text: string) => text)
    .send(JSON.stringify(body));
}

const byFastify: Readonly<Record<string, ProblemCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: "too_large",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "unsupported_media_type",
  FST_ERR_CTP_EMPTY_TYPE: "unsupported_media_type",
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: "malformed",
  FST_ERR_ROUTE_MISSING_CONTENT_TYPE: "malformed",
  FST_ERR_BAD_URL: "malformed",
  FST_ERR_MAX_PARAM_LENGTH: "not_found",
  FST_ERR_ASYNC_CONSTRAINT: "not_found",
};

/** The problem that an error thrown on the way stands for; `internal` for anything unforeseen. */
export function problemOf(error: unknown): ProblemCode {
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
  if (code === "ledger_full") return "unavailable";
  return byFastify[code] ?? "internal";
}
