import type { Migration } from "./migration.ts";

/** App Attest receipts, to be renewed for their risk metric. */
export const appAttestReceipts: Migration = {
  version: 3,
  name: "app-attest-receipts",
  statements: (text) => [
    `create table app_attest_receipts (
      project ${text} not null,
      instance ${text} not null,
      sealed_receipt ${text} not null,
      risk_metric bigint,
      renew_after_ms bigint,
      updated_at_ms bigint not null,
      primary key (project, instance),
      foreign key (project, instance) references instances (project, instance) on delete cascade
    )`,
    `create index app_attest_receipts_due on app_attest_receipts (project, renew_after_ms)`,
    `create index app_attest_receipts_by_risk on app_attest_receipts (risk_metric) where risk_metric is not null`,
  ],
};
