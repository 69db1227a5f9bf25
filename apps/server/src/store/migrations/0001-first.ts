import type { Migration } from "./migration.ts";

/** The record as it was first released. */
export const first: Migration = {
  version: 1,
  name: "first",
  statements: (text) => {
    const project = `project ${text} not null references projects (id)`;
    return [
      `create table sequences (name ${text} primary key, value bigint not null)`,
      `insert into sequences (name, value) values ('bans', 0), ('audit', 0)`,

      `create table projects (
        id ${text} primary key,
        name ${text} not null,
        kind ${text} not null,
        created_at_ms bigint not null,
        root_point ${text} not null,
        recovery_point ${text} not null,
        key_list ${text} not null,
        key_list_version bigint not null,
        key_list_by_recovery integer not null,
        manifest_epoch bigint not null,
        manifest_version bigint not null,
        settings ${text} not null
      )`,
      `create table project_seeds (
        ${project},
        generation integer not null,
        seed ${text} not null,
        created_at_ms bigint not null,
        primary key (project, generation)
      )`,
      `create table service_seeds (generation integer primary key, seed ${text} not null, created_at_ms bigint not null)`,
      `create table signing_keys (
        ${project},
        kid ${text} not null,
        key_use ${text} not null,
        api ${text},
        point ${text} not null,
        private_key ${text} not null,
        created_at_ms bigint not null,
        retired_at_ms bigint,
        primary key (project, kid)
      )`,
      `create table apps (
        ${project},
        id ${text} not null,
        created_at_ms bigint not null,
        ios ${text},
        android ${text},
        web ${text},
        primary key (project, id)
      )`,
      `create table protected_apis (
        ${project},
        id ${text} not null,
        host ${text} not null,
        port integer not null,
        channel ${text} not null,
        pins ${text} not null,
        roots ${text} not null,
        token ${text},
        token_seconds integer not null,
        when_unavailable ${text} not null,
        created_at_ms bigint not null,
        primary key (project, id)
      )`,
      `create table secrets (
        ${project},
        name ${text} not null,
        version bigint not null,
        mode ${text} not null,
        sealed_value ${text} not null,
        places ${text} not null,
        apps ${text},
        updated_at_ms bigint not null,
        primary key (project, name)
      )`,

      `create table instances (
        ${project},
        instance ${text} not null,
        app ${text} not null,
        platform ${text} not null,
        attested_key ${text} not null,
        instance_key ${text} not null,
        subject ${text} not null,
        facts ${text} not null,
        facts_version bigint not null,
        evidence_at_ms bigint not null,
        serials ${text} not null,
        batch ${text},
        counter bigint not null,
        created_at_ms bigint not null,
        last_seen_at_ms bigint not null,
        primary key (project, instance)
      )`,
      `create table instance_serials (
        project ${text} not null,
        instance ${text} not null,
        serial ${text} not null,
        primary key (project, instance, serial),
        foreign key (project, instance) references instances (project, instance) on delete cascade
      )`,
      `create index instance_serials_by_serial on instance_serials (serial)`,
      `create table bans (
        ${project},
        sequence bigint primary key,
        kind ${text} not null,
        banned_by ${text} not null,
        target ${text} not null,
        reason ${text} not null,
        created_at_ms bigint not null,
        until_ms bigint,
        lifted_at_ms bigint
      )`,
      `create index bans_by_target on bans (project, banned_by, target)`,
      `create index bans_not_lifted on bans (until_ms) where lifted_at_ms is null`,
      `create table traces (
        ${project},
        arc ${text} not null,
        at_ms bigint not null,
        asked_for ${text} not null,
        verdict ${text} not null,
        reasons ${text} not null,
        checks ${text} not null,
        app ${text} not null,
        platform ${text} not null,
        instance ${text} not null,
        signals ${text} not null,
        primary key (project, arc)
      )`,
      `create index traces_by_age on traces (project, at_ms)`,

      `create table audit_records (
        sequence bigint primary key,
        project ${text},
        at_ms bigint not null,
        actor ${text} not null,
        action ${text} not null,
        target ${text} not null,
        detail ${text} not null
      )`,
      `create index audit_records_by_project on audit_records (project, sequence)`,
      `create table verdict_events (
        project ${text} not null,
        at_ms bigint not null,
        app ${text} not null,
        platform ${text} not null,
        verdict ${text} not null,
        reason ${text},
        subject ${text},
        asked_for ${text} not null
      )`,
      `create index verdict_events_by_age on verdict_events (project, at_ms)`,
      `create table administrators (
        id ${text} primary key,
        name ${text} not null,
        token_hash ${text} not null unique,
        created_at_ms bigint not null
      )`,
      `create table bootstrap_token (
        slot integer primary key,
        token_hash ${text} not null,
        created_at_ms bigint not null,
        expires_at_ms bigint not null,
        used_at_ms bigint
      )`,
    ];
  },
};
