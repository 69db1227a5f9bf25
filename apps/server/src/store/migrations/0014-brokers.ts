import type { Migration } from "./migration.ts";

/** Credentials of brokers that stand alone. At most one of a project is in use: its origin is what agents are told. */
export const brokers: Migration = {
  version: 14,
  name: "brokers",
  statements: (text) => [
    `create table brokers (
      project ${text} not null references projects (id),
      name ${text} not null,
      origin ${text},
      in_use integer not null default 0,
      token_hash ${text} not null,
      created_at_ms bigint not null,
      primary key (project, name)
    )`,
    "create unique index brokers_by_token_hash on brokers (token_hash)",
    "create unique index brokers_in_use on brokers (project) where in_use = 1",
  ],
};
