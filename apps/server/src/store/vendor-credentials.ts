import type { Kysely } from "kysely";
import type { VendorCredential, VendorCredentials } from "../domain/ports/index.ts";
import type { Tables } from "./tables.ts";

export function createVendorCredentials(database: Kysely<Tables>): VendorCredentials {
  return {
    list: async (project) =>
      (
        await database
          .selectFrom("vendor_credentials")
          .selectAll()
          .where("project", "=", project)
          .orderBy("kind")
          .execute()
      ).map(toCredential),
    get: async (project, kind) => {
      const row = await database
        .selectFrom("vendor_credentials")
        .selectAll()
        .where("project", "=", project)
        .where("kind", "=", kind)
        .executeTakeFirst();
      return row === undefined ? null : toCredential(row);
    },
    put: async ({ project, kind, value, updatedAtMs }) => {
      const values = { sealed_value: value, updated_at_ms: updatedAtMs };
      await database
        .insertInto("vendor_credentials")
        .values({ project, kind, ...values })
        .onConflict((conflict) => conflict.columns(["project", "kind"]).doUpdateSet(values))
        .execute();
    },
    remove: async (project, kind) => {
      const { numDeletedRows } = await database
        .deleteFrom("vendor_credentials")
        .where("project", "=", project)
        .where("kind", "=", kind)
        .executeTakeFirstOrThrow();
      return numDeletedRows > 0n;
    },
  };
}

function toCredential(row: Tables["vendor_credentials"]): VendorCredential {
  return {
    project: row.project,
    kind: row.kind as VendorCredential["kind"],
    value: row.sealed_value,
    updatedAtMs: row.updated_at_ms,
  };
}
