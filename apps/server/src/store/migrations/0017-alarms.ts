import type { Migration } from "./migration.ts";

/** Planted values, the alarms that their use raised, where alarms are told, and where they are reported. */
export const alarms: Migration = {
  version: 17,
  name: "alarms",
  statements: (text) => [
    `create table decoy_secrets (
      project ${text} not null references projects (id),
      name ${text} not null,
      note ${text} not null,
      digest ${text} not null,
      value_length bigint not null,
      created_at_ms bigint not null,
      primary key (project, name)
    )`,
    `create table alarms (
      project ${text} not null references projects (id),
      id ${text} not null,
      kind ${text} not null,
      decoy ${text},
      place ${text} not null,
      who ${text} not null,
      uses bigint not null,
      first_at_ms bigint not null,
      last_at_ms bigint not null,
      acknowledged_at_ms bigint,
      notice_tries bigint not null,
      notice_due_at_ms bigint,
      primary key (project, id)
    )`,
    `create index alarms_by_last_use on alarms (project, last_at_ms)`,
    `create index alarms_by_notice on alarms (project, notice_due_at_ms) where notice_due_at_ms is not null`,
    `create table alarm_targets (
      project ${text} not null references projects (id),
      sealed_target ${text} not null,
      primary key (project)
    )`,
    `create table alarm_hooks (
      project ${text} not null references projects (id),
      name ${text} not null,
      decoy ${text},
      token_hash ${text} not null,
      created_at_ms bigint not null,
      primary key (project, name)
    )`,
    `create unique index alarm_hooks_by_token_hash on alarm_hooks (token_hash)`,
  ],
};
