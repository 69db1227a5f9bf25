import type { Kysely } from "kysely";
import type { BootstrapTokens } from "../domain/ports/index.ts";
import type { Tables } from "./tables.ts";

/** There is one bootstrap token at a time. */
const slot = 1;

export function createBootstrapTokens(database: Kysely<Tables>): BootstrapTokens {
  return {
    current: async () => {
      const row = await database.selectFrom("bootstrap_token").selectAll().where("slot", "=", slot).executeTakeFirst();
      if (row === undefined) return null;
      return {
        tokenHash: row.token_hash,
        createdAtMs: row.created_at_ms,
        expiresAtMs: row.expires_at_ms,
        usedAtMs: row.used_at_ms,
      };
    },
    set: async (token) => {
      const values = {
        token_hash: token.tokenHash,
        created_at_ms: token.createdAtMs,
        expires_at_ms: token.expiresAtMs,
        used_at_ms: token.usedAtMs,
      };
      await database
        .insertInto("bootstrap_token")
        .values({ slot, ...values })
        .onConflict((conflict) => conflict.column("slot").doUpdateSet(values))
        .execute();
    },
    redeem: (tokenHash, administrator, nowMs) =>
      database.transaction().execute(async (transaction) => {
        const { numUpdatedRows } = await transaction
          .updateTable("bootstrap_token")
          .set({ used_at_ms: nowMs })
          .where("token_hash", "=", tokenHash)
          .where("used_at_ms", "is", null)
          .where("expires_at_ms", ">", nowMs)
          .executeTakeFirstOrThrow();
        if (numUpdatedRows === 0n) return false;
        await transaction
          .insertInto("administrators")
          .values({
            id: administrator.id,
            name: administrator.name,
            token_hash: administrator.tokenHash,
            created_at_ms: administrator.createdAtMs,
          })
          .execute();
        return true;
      }),
  };
}
