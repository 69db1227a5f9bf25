import type { Kysely } from "kysely";
import type { KeptReceipt, Receipts } from "../domain/ports/index.ts";
import type { Tables } from "./tables.ts";

export function createReceipts(database: Kysely<Tables>): Receipts {
  return {
    get: async (project, instance) => {
      const row = await database
        .selectFrom("app_attest_receipts")
        .selectAll()
        .where("project", "=", project)
        .where("instance", "=", instance)
        .executeTakeFirst();
      return row === undefined ? null : toReceipt(row);
    },
    add: async (receipt) => {
      await database
        .insertInto("app_attest_receipts")
        .values(receiptRow(receipt))
        .onConflict((conflict) => conflict.columns(["project", "instance"]).doNothing())
        .execute();
    },
    update: async (receipt) => {
      const { project, instance, ...values } = receiptRow(receipt);
      const { numUpdatedRows } = await database
        .updateTable("app_attest_receipts")
        .set(values)
        .where("project", "=", project)
        .where("instance", "=", instance)
        .executeTakeFirstOrThrow();
      return numUpdatedRows === 1n;
    },
    claimDue: async (project, nowMs, limit, untilMs) => {
      const due = database
        .selectFrom("app_attest_receipts")
        .select(["instance", "renew_after_ms"])
        .where("project", "=", project)
        .where("renew_after_ms", "<=", nowMs)
        .orderBy("renew_after_ms")
        .orderBy("instance")
        .limit(limit);
      const candidates = await due.execute();
      if (candidates.length === 0) return [];
      const claimed = await database
        .updateTable("app_attest_receipts")
        .set({ renew_after_ms: untilMs })
        .where("project", "=", project)
        .where(
          "instance",
          "in",
          candidates.map(({ instance }) => instance),
        )
        // Another node may have claimed some meanwhile: what it moved is due no more.
        .where("renew_after_ms", "<=", nowMs)
        .returningAll()
        .execute();
      const order = new Map(candidates.map(({ instance }, index) => [instance, index]));
      const place = (row: Tables["app_attest_receipts"]): number => order.get(row.instance) ?? 0;
      return claimed.toSorted((one, other) => place(one) - place(other)).map(toReceipt);
    },
    withRiskFrom: async (metric) => {
      const rows = await database
        .selectFrom("app_attest_receipts")
        .select(["project", "instance", "risk_metric"])
        .where("risk_metric", ">=", metric)
        .execute();
      return rows.map((row) => ({ project: row.project, instance: row.instance, riskMetric: row.risk_metric }));
    },
  };
}

function receiptRow(receipt: KeptReceipt): Tables["app_attest_receipts"] {
  return {
    project: receipt.project,
    instance: receipt.instance,
    sealed_receipt: receipt.receipt,
    risk_metric: receipt.riskMetric,
    renew_after_ms: receipt.renewAfterMs,
    updated_at_ms: receipt.updatedAtMs,
  };
}

function toReceipt(row: Tables["app_attest_receipts"]): KeptReceipt {
  return {
    project: row.project,
    instance: row.instance,
    receipt: row.sealed_receipt,
    riskMetric: row.risk_metric,
    renewAfterMs: row.renew_after_ms,
    updatedAtMs: row.updated_at_ms,
  };
}
