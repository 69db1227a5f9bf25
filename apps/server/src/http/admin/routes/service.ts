import type { AdminUseCases } from "../../../domain/admin/admin-use-cases.ts";
import type { Mount } from "../operation.ts";
import { AdministratorParams, Nothing } from "../schemas/identifiers.ts";
import { AuditAnswer, AuditQuery } from "../schemas/project-schemas.ts";
import { AdministratorsAnswer, StatusAnswer } from "../schemas/service-schemas.ts";

/** What concerns the service as a whole. */
export function mountService(mount: Mount, useCases: AdminUseCases): void {
  mount({
    method: "GET",
    url: "/admin/v1/status",
    id: "showStatus",
    tag: "service",
    summary: "Version, the administrator who asks, projects and warnings",
    status: 200,
    answer: StatusAnswer,
    run: ({ actor }) => useCases.showStatus(actor),
  });
  mount({
    method: "GET",
    url: "/admin/v1/administrators",
    id: "listAdministrators",
    tag: "service",
    summary: "Everybody who holds an administrator token, oldest first",
    status: 200,
    answer: AdministratorsAnswer,
    run: async () => ({ administrators: await useCases.listAdministrators() }),
  });
  mount({
    method: "DELETE",
    url: "/admin/v1/administrators/:administrator",
    id: "removeAdministrator",
    tag: "service",
    summary: "Take an administrator's token out of use; the last one stays",
    params: AdministratorParams,
    status: 204,
    answer: Nothing,
    problems: ["not_found", "last_administrator"],
    run: async ({ actor, params }) => {
      await useCases.removeAdministrator(actor, params.administrator);
      return null;
    },
  });
  mount({
    method: "GET",
    url: "/admin/v1/audit",
    id: "listServiceAudit",
    tag: "service",
    summary: "Audit records that belong to no project, newest first",
    query: AuditQuery,
    status: 200,
    answer: AuditAnswer,
    run: async ({ query }) => ({ records: await useCases.listAudit(null, query.limit) }),
  });
}
