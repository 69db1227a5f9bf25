import type { Kysely } from "kysely";
import type { SigningKey, SigningKeys, SigningKeyUse } from "../domain/ports/index.ts";
import { RecordMissingError } from "./record-missing-error.ts";
import type { Tables } from "./tables.ts";

export function createSigningKeys(database: Kysely<Tables>): SigningKeys {
  return {
    ofProject: async (project) => {
      const rows = await database
        .selectFrom("signing_keys")
        .selectAll()
        .where("project", "=", project)
        .orderBy("created_at_ms")
        .orderBy("kid")
        .execute();
      return rows.map(toSigningKey);
    },
    add: async (key) => {
      await database.insertInto("signing_keys").values(signingKeyRow(key)).execute();
    },
    retire: async (project, kid, atMs) => {
      const { numUpdatedRows } = await database
        .updateTable("signing_keys")
        .set({ retired_at_ms: atMs })
        .where("project", "=", project)
        .where("kid", "=", kid)
        .executeTakeFirstOrThrow();
      if (numUpdatedRows === 0n) throw new RecordMissingError("signing key");
    },
  };
}

export function signingKeyRow(key: SigningKey): Tables["signing_keys"] {
  return {
    project: key.project,
    kid: key.kid,
    key_use: key.use,
    api: null,
    point: key.point,
    private_key: key.privateKey,
    created_at_ms: key.createdAtMs,
    retired_at_ms: key.retiredAtMs,
  };
}

function toSigningKey(row: Tables["signing_keys"]): SigningKey {
  return {
    project: row.project,
    kid: row.kid,
    use: row.key_use as SigningKeyUse,
    point: row.point,
    privateKey: row.private_key,
    createdAtMs: row.created_at_ms,
    retiredAtMs: row.retired_at_ms,
  };
}
