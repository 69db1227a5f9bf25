import { z } from "zod";
import { type AdminError, type AdminErrorCode, adminErrors } from "../../domain/admin/admin-error.ts";

const codes = Object.keys(adminErrors) as [AdminErrorCode, ...AdminErrorCode[]];

/** RFC 9457 body of every refusal of the admin API. */
export const AdminProblem = z
  .object({
    type: z.string().describe("Path of the page that explains the code."),
    title: z.string(),
    status: z.int(),
    code: z.enum(codes),
    detail: z.string().describe("What to do, in one or two sentences. Never holds a value that was sent."),
    faults: z
      .array(z.object({ path: z.string().describe("JSON pointer into the input."), message: z.string() }))
      .optional(),
    retryAfterSeconds: z.int().optional(),
  })
  .meta({ id: "AdminProblem" });

/** The body of a refusal: everything public comes from the error and the one table. */
export function toAdminProblem(error: AdminError): z.input<typeof AdminProblem> {
  const { status, title } = adminErrors[error.code];
  return {
    type: `/errors/${error.code}`,
    title,
    status,
    code: error.code,
    detail: error.message,
    ...(error.faults.length === 0 ? {} : { faults: [...error.faults] }),
    ...(error.retryAfterSeconds === null ? {} : { retryAfterSeconds: error.retryAfterSeconds }),
  };
}

/** The OpenAPI responses of an operation that may end with any of `codes`. */
export function problemResponses(codes: readonly AdminErrorCode[]): Record<number, unknown> {
  const byStatus = Object.groupBy(codes, (code) => adminErrors[code].status);
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, same = []]) => {
      const description = same.map((code) => `\`${code}\`: ${adminErrors[code].title}`).join("; ");
      return [status, { description, content: { "application/problem+json": { schema: AdminProblem } } }];
    }),
  );
}
