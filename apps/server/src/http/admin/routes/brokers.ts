import type { AdminUseCases } from "../../../domain/admin/admin-use-cases.ts";
import type { Mount } from "../operation.ts";
import { BrokerCreated, BrokerInput, BrokersAnswer, BrokerUseInput } from "../schemas/broker-schemas.ts";
import { BrokerParams, Nothing, ProjectParams } from "../schemas/identifiers.ts";

const all = { url: "/admin/v1/projects/:project/brokers", tag: "brokers", params: ProjectParams } as const;

/** Credentials of brokers that stand alone. */
export function mountBrokers(mount: Mount, useCases: AdminUseCases): void {
  mount({
    ...all,
    method: "GET",
    id: "listBrokers",
    summary: "The project's brokers that stand alone, never a credential itself",
    status: 200,
    answer: BrokersAnswer,
    problems: ["not_found"],
    run: async ({ params }) => ({ brokers: await useCases.listBrokers(params.project) }),
  });
  mount({
    ...all,
    method: "POST",
    id: "addBroker",
    summary: "Make the credential of a broker that stands alone",
    body: BrokerInput,
    status: 201,
    answer: BrokerCreated,
    problems: ["not_found", "conflict", "limit_reached"],
    run: ({ actor, params, body }) => useCases.addBroker(actor, params.project, body),
  });
  mount({
    ...all,
    url: "/admin/v1/projects/:project/broker-in-use",
    method: "PUT",
    id: "useBroker",
    summary: "Send agents' brokered requests to a broker that stands alone, or to the service",
    body: BrokerUseInput,
    status: 200,
    answer: BrokersAnswer,
    problems: ["not_found", "conflict"],
    run: async ({ actor, params, body }) => ({ brokers: await useCases.useBroker(actor, params.project, body.name) }),
  });
  mount({
    method: "DELETE",
    url: "/admin/v1/projects/:project/brokers/:broker",
    tag: "brokers",
    params: BrokerParams,
    id: "removeBroker",
    summary: "Take the credential of a broker out of use",
    status: 204,
    answer: Nothing,
    problems: ["not_found"],
    run: async ({ actor, params }) => {
      await useCases.removeBroker(actor, params.project, params.broker);
      return null;
    },
  });
}
