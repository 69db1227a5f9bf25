import type { Actor, AdminContext } from "./admin-context.ts";
import { audited } from "./admin-context.ts";
import { AdminError } from "./admin-error.ts";

/** An administrator as others see one: nothing of the token. */
export interface AdministratorView {
  readonly id: string;
  readonly name: string;
  readonly createdAtMs: number;
}

/** Oldest first. */
export async function listAdministrators({ store }: AdminContext): Promise<readonly AdministratorView[]> {
  return (await store.administrators.list()).map(({ id, name, createdAtMs }) => ({ id, name, createdAtMs }));
}

/**
 * Takes an administrator's token out of use from the next request on. The last one stays: a service that nobody can administer would
 * have to be stopped for a new bootstrap token.
 */
export async function removeAdministrator(context: AdminContext, actor: Actor, id: string): Promise<void> {
  const { administrators } = context.store;
  const name = (await administrators.list()).find((each) => each.id === id)?.name ?? null;
  const outcome = await administrators.remove(id);
  if (outcome === "unknown") {
    throw new AdminError(
      "not_found",
      "There is no such administrator. `countersign admin list` shows those there are.",
    );
  }
  if (outcome === "last") {
    throw new AdminError(
      "last_administrator",
      "This is the last administrator. Make another first: `countersign admin bootstrap` on the data folder of the stopped service.",
    );
  }
  await audited(context, actor, null, "administrator.remove", id, { name });
}
