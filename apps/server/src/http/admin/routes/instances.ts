import type { AdminUseCases } from "../../../domain/admin/admin-use-cases.ts";
import type { Mount } from "../operation.ts";
import { ArcParams, InstanceParams, Nothing } from "../schemas/identifiers.ts";
import {
  BanAnswer,
  BanInput,
  EarAnswer,
  EarQuery,
  InstanceAnswer,
  TraceAnswer,
  UnbanQuery,
} from "../schemas/instance-schemas.ts";

const tag = "instances";
const ban = { url: "/admin/v1/projects/:project/instances/:instance/ban", tag, params: InstanceParams } as const;

/** Instances, their bans, and what stands behind an ARC. */
export function mountInstances(mount: Mount, useCases: AdminUseCases): void {
  mount({
    method: "GET",
    url: "/admin/v1/projects/:project/arcs/:arc",
    id: "resolveArc",
    tag,
    summary: "What stands behind an ARC; each look-up is audited",
    params: ArcParams,
    status: 200,
    answer: TraceAnswer,
    problems: ["not_found"],
    run: ({ actor, params }) => useCases.resolveArc(actor, params.project, params.arc),
  });
  mount({
    method: "GET",
    url: "/admin/v1/projects/:project/arcs/:arc/ear",
    id: "renderEar",
    tag,
    summary: "The verdict behind an ARC as an EAR (draft-ietf-rats-ear); each look-up is audited",
    params: ArcParams,
    query: EarQuery,
    status: 200,
    answer: EarAnswer,
    problems: ["not_found"],
    run: ({ actor, params, query }) => useCases.renderEar(actor, params.project, params.arc, query.nonce),
  });
  mount({
    method: "GET",
    url: "/admin/v1/projects/:project/instances/:instance",
    id: "showInstance",
    tag,
    summary: "The record of an instance and the bans that hold it",
    params: InstanceParams,
    status: 200,
    answer: InstanceAnswer,
    problems: ["not_found"],
    run: ({ params }) => useCases.showInstance(params.project, params.instance),
  });
  mount({
    ...ban,
    method: "PUT",
    id: "banInstance",
    summary: "Ban an instance or its subject",
    body: BanInput,
    status: 200,
    answer: BanAnswer,
    problems: ["not_found"],
    run: ({ actor, params, body }) => useCases.banInstance(actor, params.project, params.instance, body),
  });
  mount({
    ...ban,
    method: "DELETE",
    id: "unbanInstance",
    summary: "Lift every ban and quarantine of an instance and its subject",
    query: UnbanQuery,
    status: 204,
    answer: Nothing,
    problems: ["not_found"],
    run: async ({ actor, params, query }) => {
      await useCases.unbanInstance(actor, params.project, params.instance, query.by ?? null);
      return null;
    },
  });
}
