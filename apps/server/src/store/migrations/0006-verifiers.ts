import type { Migration } from "./migration.ts";

/** Credentials of backends that have tokens consumed and report how their traffic falls. They go with the API they are limited to. */
export const verifiers: Migration = {
  version: 6,
  name: "verifiers",
  statements: (text) => [
    `create table verifiers (
      project ${text} not null references projects (id),
      name ${text} not null,
      api ${text},
      token_hash ${text} not null,
      created_at_ms bigint not null,
      primary key (project, name),
      foreign key (project, api) references protected_apis (project, id) on delete cascade
    )`,
    `create unique index verifiers_by_token_hash on verifiers (token_hash)`,
  ],
};
