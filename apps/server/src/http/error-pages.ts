import { problems, reasons, verifyReasons } from "@countersign/protocol";
import { problemSchema } from "@countersign/protocol/schemas";
import type { FastifyPluginAsync } from "fastify";
import { z } from "zod";
import { adminErrors } from "../domain/admin/admin-error.ts";
import { jsonResponse } from "./openapi.ts";
import { sendProblem } from "./problem.ts";

interface Refusal {
  readonly status: number;
  readonly title: string;
}

/**
 * `GET /errors/{code}`: what the `type` of a problem (RFC 9457) leads to, and the page of a reason. Plain text from the closed tables, the
 * same for everybody.
 */
export const errorPages: FastifyPluginAsync = async (app) => {
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => (value) => String(value));
  app.get(
    "/errors/:code",
    {
      schema: {
        operationId: "explainCode",
        tags: ["errors"],
        summary: "What a code of a problem or a reason means, and what to do.",
        params: z.object({ code: z.string() }),
        response: {
          200: jsonResponse("Title, meaning, what to do", z.string(), "text/plain"),
          404: jsonResponse("No such code", problemSchema, "application/problem+json"),
        },
      },
    },
    async (request, reply) => {
      const { code } = request.params as { readonly code: string };
      const page = pageOf(code);
      if (page === null) return sendProblem(reply, "not_found");
      return reply
        .code(200)
        .header("cache-control", "public, max-age=3600")
        .type("text/plain; charset=utf-8")
        .send(page);
    },
  );
};

/** The page of a code; null where no table has it. */
export function pageOf(code: string): string | null {
  const parts = [aboutProblem(code), aboutRefusal(code), aboutReason(code), aboutVerification(code)].filter(
    (part) => part !== null,
  );
  return parts.length === 0 ? null : `${[code, ...parts].join("\n\n")}\n`;
}

function aboutProblem(code: string): string | null {
  if (!has(problems, code)) return null;
  const { title, status, agent } = problems[code];
  return `${title}.\nProblem, HTTP status ${status}. What an agent does: ${agent}`;
}

/** What the admin API alone says; what it shares with the device API stands in the table of problems. */
function aboutRefusal(code: string): string | null {
  if (!has(adminErrors, code) || has(problems, code)) return null;
  const { title, status }: Refusal = adminErrors[code];
  return `${title}.\nProblem of the admin API, HTTP status ${status}. What to do stands in its \`detail\`.`;
}

function aboutReason(code: string): string | null {
  if (!has(reasons, code)) return null;
  const { title, meaning, action } = reasons[code];
  return `${title}.\nReason. ${meaning}\nWhat to do: ${action}`;
}

function aboutVerification(code: string): string | null {
  if (!has(verifyReasons, code)) return null;
  const { title, mend } = verifyReasons[code];
  return `${title}.\nWhy a verifier refused a token. What to do: ${mend}`;
}

function has<Table extends object>(table: Table, code: PropertyKey): code is keyof Table {
  return Object.hasOwn(table, code);
}
