import type { Migration } from "./migration.ts";

/** Keys with which simulators and CI enrol in development projects. One of a name stands at a time; revoked ones stay, so that traces can name them. */
export const developmentKeys: Migration = {
  version: 10,
  name: "development-keys",
  statements: (text) => [
    `create table development_keys (
      project ${text} not null references projects (id),
      id ${text} not null,
      name ${text} not null,
      secret ${text} not null,
      quota bigint not null,
      per_day bigint not null,
      enrolled bigint not null,
      created_at_ms bigint not null,
      expires_at_ms bigint not null,
      revoked_at_ms bigint,
      primary key (project, id)
    )`,
    `create unique index development_keys_by_name on development_keys (project, name) where revoked_at_ms is null`,
  ],
};
