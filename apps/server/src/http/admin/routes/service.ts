import type { AdminUseCases } from "../../../domain/admin/admin-use-cases.ts";
import type { Mount } from "../operation.ts";
import { AuditAnswer, AuditQuery } from "../schemas/project-schemas.ts";
import { StatusAnswer } from "../schemas/service-schemas.ts";

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
