import type { FastifyInstance, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { AdminError } from "../../../domain/admin/admin-error.ts";
import type { AdminUseCases } from "../../../domain/admin/admin-use-cases.ts";
import { problemResponses } from "../admin-problem.ts";
import { BootstrapAnswer, BootstrapInput } from "../schemas/service-schemas.ts";

/** The one operation without an administrator token: the bootstrap token buys the first. Failures share the budget of failed logins. */
export function mountBootstrap(
  app: FastifyInstance,
  useCases: AdminUseCases,
  networkOf: (request: FastifyRequest) => string,
): void {
  app.withTypeProvider<ZodTypeProvider>().route({
    method: "POST",
    url: "/admin/v1/bootstrap",
    bodyLimit: 2048,
    schema: {
      operationId: "redeemBootstrap",
      tags: ["service"],
      summary: "Spend the bootstrap token for one named administrator token",
      body: BootstrapInput,
      response: {
        201: BootstrapAnswer,
        ...problemResponses([
          "invalid_input",
          "bootstrap_refused",
          "too_large",
          "unsupported_media_type",
          "slow_down",
          "internal",
          "unavailable",
        ]),
      },
    },
    handler: async (request, reply) => {
      try {
        return await reply.code(201).send(await useCases.redeemBootstrap(request.body));
      } catch (error) {
        if (error instanceof AdminError && error.code === "bootstrap_refused")
          await useCases.countFailure(networkOf(request));
        throw error;
      }
    },
  });
}
