import type { Migration } from "./migration.ts";

/** How the requests of protected APIs fell, hour by hour, and the reports that were counted. */
export const trafficCounts: Migration = {
  version: 7,
  name: "traffic-counts",
  statements: (text) => [
    `create table traffic_counts (
      project ${text} not null,
      api ${text} not null,
      hour_ms bigint not null,
      name ${text} not null,
      requests bigint not null,
      primary key (project, api, hour_ms, name),
      foreign key (project, api) references protected_apis (project, id) on delete cascade
    )`,
    `create index traffic_counts_by_hour on traffic_counts (hour_ms)`,
    `create table traffic_reports (
      project ${text} not null,
      verifier ${text} not null,
      nonce ${text} not null,
      at_ms bigint not null,
      primary key (project, verifier, nonce),
      foreign key (project, verifier) references verifiers (project, name) on delete cascade
    )`,
    `create index traffic_reports_by_time on traffic_reports (at_ms)`,
  ],
};
