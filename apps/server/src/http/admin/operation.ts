import type { FastifyInstance, FastifyRequest } from "fastify";
import type { z } from "zod";
import type { Actor } from "../../domain/admin/admin-context.ts";
import type { AdminErrorCode } from "../../domain/admin/admin-error.ts";
import { problemResponses } from "./admin-problem.ts";
import type { Immutable } from "./immutable.ts";

/** What the use case behind an operation is called with: all of it validated. */
export interface Call<Params, Query, Body> {
  readonly actor: Actor;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
}

/** One operation of the admin API: its place, its schemas and its use case. The OpenAPI document is made of nothing else. */
export interface Operation<
  Params extends z.ZodType,
  Query extends z.ZodType,
  Body extends z.ZodType,
  Answer extends z.ZodType,
> {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: string;
  /** The operation's name in OpenAPI. */
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  /** Default 16 KiB. */
  readonly bodyLimit?: number;
  readonly status: 200 | 201 | 204;
  readonly answer: Answer;
  /** Refusals beyond those that any operation may end with. */
  readonly problems?: readonly AdminErrorCode[];
  readonly run: (call: Call<z.output<Params>, z.output<Query>, z.output<Body>>) => Promise<Immutable<z.output<Answer>>>;
}

/** Who made a request, known once its token was checked. */
export type ActorOf = (request: FastifyRequest) => Actor;

const anyOperation = ["invalid_input", "unauthorized", "slow_down", "internal", "unavailable"] as const;
const withBody = ["too_large", "unsupported_media_type"] as const;

/** Makes the function that mounts operations on `app`. Values that reach `run` were parsed by the operation's own schemas. */
export function createMount(app: FastifyInstance, actorOf: ActorOf) {
  return function mount<
    Params extends z.ZodType,
    Query extends z.ZodType,
    Body extends z.ZodType,
    Answer extends z.ZodType,
  >(operation: Operation<Params, Query, Body, Answer>): void {
    const { method, url, id, tag, summary, params, query, body, status, answer, run } = operation;
    const problems = [...anyOperation, ...(body === undefined ? [] : withBody), ...(operation.problems ?? [])];
    app.route({
      method,
      url,
      bodyLimit: operation.bodyLimit ?? 16 * 1024,
      schema: {
        operationId: id,
        tags: [tag],
        summary,
        security: [{ administrator: [] }],
        ...(params && { params }),
        ...(query && { querystring: query }),
        ...(body && { body }),
        response: { [status]: answer, ...problemResponses(problems) },
      },
      handler: async (request, reply) => {
        const call = { actor: actorOf(request), params: request.params, query: request.query, body: request.body };
        // Sound: the validator compiler replaced each member by the output of the operation's schema.
        const result = await run(call as Call<z.output<Params>, z.output<Query>, z.output<Body>>);
        return reply.code(status).send(result);
      },
    });
  };
}

export type Mount = ReturnType<typeof createMount>;
