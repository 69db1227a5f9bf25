import type { Migration } from "./migration.ts";

/** What was last seen of the certificates of protected APIs, and when each is looked at next. */
export const apiChains: Migration = {
  version: 9,
  name: "api-chains",
  statements: (text) => [
    `create table api_chains (
      project ${text} not null,
      api ${text} not null,
      due_at_ms bigint not null,
      checked_at_ms bigint,
      changed_at_ms bigint,
      certificates ${text},
      findings ${text},
      primary key (project, api),
      foreign key (project, api) references protected_apis (project, id) on delete cascade
    )`,
  ],
};
