import type { AdminUseCases } from "../../../domain/admin/admin-use-cases.ts";
import type { Mount } from "../operation.ts";
import { ApiParams, ProjectParams } from "../schemas/identifiers.ts";
import {
  ConsumedAnswer,
  ConsumeInput,
  ExampleInput,
  InspectInput,
  LongLivedInput,
  MintedAnswer,
  TokenAnswer,
} from "../schemas/token-schemas.ts";

const ofApi = "/admin/v1/projects/:project/apis/:api/tokens";
const bodyLimit = 64 * 1024;

/** Tokens to try backends with, and what the service says of one. A token that is sent is neither kept nor given back. */
export function mountTokens(mount: Mount, useCases: AdminUseCases): void {
  mount({
    method: "POST",
    url: "/admin/v1/projects/:project/tokens/inspect",
    tag: "tokens",
    params: ProjectParams,
    id: "inspectToken",
    summary: "Judge a token check by check; nothing is spent",
    body: InspectInput,
    bodyLimit,
    status: 200,
    answer: TokenAnswer,
    problems: ["not_found"],
    run: ({ params, body }) => useCases.inspectToken(params.project, body),
  });
  mount({
    method: "POST",
    url: `${ofApi}/example`,
    tag: "tokens",
    params: ApiParams,
    id: "mintExample",
    summary: "Mint a token for an hour, to try a backend with",
    body: ExampleInput,
    bodyLimit,
    status: 200,
    answer: MintedAnswer,
    problems: ["not_found", "conflict"],
    run: ({ actor, params, body }) => useCases.mintExample(actor, params.project, params.api, body),
  });
  mount({
    method: "POST",
    url: `${ofApi}/long-lived`,
    tag: "tokens",
    params: ApiParams,
    id: "mintLongLived",
    summary: "Mint a token for a caller without an agent",
    body: LongLivedInput,
    status: 200,
    answer: MintedAnswer,
    problems: ["not_found", "conflict"],
    run: ({ actor, params, body }) => useCases.mintLongLived(actor, params.project, params.api, body),
  });
  mount({
    method: "POST",
    url: `${ofApi}/consume`,
    tag: "tokens",
    params: ApiParams,
    id: "consumeAsOperator",
    summary: "Consume a token as a backend would",
    body: ConsumeInput,
    bodyLimit,
    status: 200,
    answer: ConsumedAnswer,
    problems: ["not_found"],
    run: async ({ actor, params, body }) => {
      const consumed = await useCases.consumeToken(actor, params.project, params.api, body.token);
      return consumed.ok ? { ...consumed, reason: null } : { ...consumed, alreadyConsumed: null, claims: null };
    },
  });
}
