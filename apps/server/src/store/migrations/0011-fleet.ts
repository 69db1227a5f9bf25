import type { Migration } from "./migration.ts";

/** Versions of apps as they were seen on genuine instances: for what a change would lock out. `id` is a hash of what tells them apart. */
export const fleet: Migration = {
  version: 11,
  name: "fleet",
  statements: (text) => [
    `create table fleet_versions (
      project ${text} not null references projects (id),
      id ${text} not null,
      app ${text} not null,
      platform ${text} not null,
      version ${text} not null,
      build ${text} not null,
      sdk ${text} not null,
      identity ${text},
      attested ${text},
      detectors ${text} not null,
      first_seen_ms bigint not null,
      last_seen_ms bigint not null,
      sketch ${text} not null,
      instances bigint not null,
      manifest_epoch bigint not null,
      manifest_version bigint not null,
      revision bigint not null,
      primary key (project, id)
    )`,
    `create index fleet_versions_by_time on fleet_versions (last_seen_ms)`,
  ],
};
