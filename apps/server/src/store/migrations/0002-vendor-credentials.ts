import type { Migration } from "./migration.ts";

/** What the service calls vendors with, by project and kind. */
export const vendorCredentials: Migration = {
  version: 2,
  name: "vendor-credentials",
  statements: (text) => [
    `create table vendor_credentials (
      project ${text} not null references projects (id),
      kind ${text} not null,
      sealed_value ${text} not null,
      updated_at_ms bigint not null,
      primary key (project, kind)
    )`,
  ],
};
