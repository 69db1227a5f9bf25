import type { Transaction } from "kysely";
import type { Tables } from "./tables.ts";

/**
 * The next number of a sequence. The row stays locked until the transaction ends, so numbers become visible in their order: a reader who
 * saw n will not later meet one below n, as a database's own sequences allow.
 */
export async function nextInSequence(transaction: Transaction<Tables>, name: "bans" | "audit"): Promise<number> {
  const { value } = await transaction
    .updateTable("sequences")
    .set((build) => ({ value: build("value", "+", 1) }))
    .where("name", "=", name)
    .returning("value")
    .executeTakeFirstOrThrow();
  return value;
}
