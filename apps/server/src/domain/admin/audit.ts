import type { AuditRecord } from "../ports/index.ts";
import type { AdminContext } from "./admin-context.ts";
import { projectOf } from "./admin-context.ts";

/** An audit record with the name of who acted; a job of the service has no administrator's name. */
export interface AuditView extends AuditRecord {
  readonly actorName: string | null;
}

/** What was changed and looked up, newest first: of one project, or (null) of the service as a whole. */
export async function listAudit(
  context: AdminContext,
  projectId: string | null,
  limit: number,
): Promise<readonly AuditView[]> {
  const project = projectId === null ? null : (await projectOf(context, projectId)).id;
  const records = await context.store.audit.list(project, limit);
  const names = new Map((await context.store.administrators.list()).map(({ id, name }) => [id, name]));
  return records.map((record) => ({ ...record, actorName: names.get(record.actor) ?? null }));
}
