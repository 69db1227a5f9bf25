import type { Migration } from "./migration.ts";

/** Keys of brokers that stand alone, their public halves. At most one of a project is in use: its origin is what agents are told. */
export const brokers: Migration = {
  version: 14,
  name: "brokers",
  statements: (text) => [
    `create table brokers (
      project ${text} not null references projects (id),
      name ${text} not null,
      origin ${text},
      in_use integer not null default 0,
      kid ${text} not null,
      point ${text} not null,
      created_at_ms bigint not null,
      primary key (project, name)
    )`,
    "create unique index brokers_by_kid on brokers (kid)",
    "create unique index brokers_in_use on brokers (project) where in_use = 1",
  ],
};
