import type { FastifyRequest } from "fastify";

/** The token of `Authorization: Bearer` (RFC 6750 §2.1); null where there is none or the header is of another form. */
export function bearerOf(request: FastifyRequest): string | null {
  return /^Bearer ([A-Za-z0-9._~+/-]{1,256}=*)$/i.exec(request.headers.authorization ?? "")?.[1] ?? null;
}
