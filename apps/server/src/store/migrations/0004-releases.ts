import type { Migration } from "./migration.ts";

/** Releases of apps, and whether an app takes the listed ones alone. */
export const releases: Migration = {
  version: 4,
  name: "releases",
  statements: (text) => [
    `alter table apps add column releases ${text} not null default 'any'`,
    `create table releases (
      project ${text} not null,
      app ${text} not null,
      platform ${text} not null,
      version ${text} not null,
      status ${text} not null,
      expires_at_ms bigint,
      created_at_ms bigint not null,
      primary key (project, app, platform, version),
      foreign key (project, app) references apps (project, id) on delete cascade
    )`,
  ],
};
