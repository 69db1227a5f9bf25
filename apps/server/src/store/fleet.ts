import { createHash } from "node:crypto";
import type { Kysely } from "kysely";
import { estimateInstances, mergeSketches } from "../domain/fleet/instance-sketch.ts";
import type { Fleet, FleetVersion, VersionKey } from "../domain/ports/index.ts";
import { fromJson, toJson } from "./json-columns.ts";
import type { Tables } from "./tables.ts";

type Row = Tables["fleet_versions"];

/** How often one row is tried where others write it at once. */
const mostTries = 32;

export function createFleet(database: Kysely<Tables>): Fleet {
  async function rowOf(project: string, id: string): Promise<Row | undefined> {
    return await database
      .selectFrom("fleet_versions")
      .selectAll()
      .where("project", "=", project)
      .where("id", "=", id)
      .executeTakeFirst();
  }

  /** Whether it was written: a row that another writer changed since it was read is left alone. */
  async function replace(before: Row, seen: FleetVersion): Promise<boolean> {
    const next = toRow(merge(toVersion(before), seen), before.revision + 1);
    const { numUpdatedRows } = await database
      .updateTable("fleet_versions")
      .set(next)
      .where("project", "=", before.project)
      .where("id", "=", before.id)
      .where("revision", "=", before.revision)
      .executeTakeFirstOrThrow();
    return numUpdatedRows > 0n;
  }

  /** Makes room for one more. */
  async function makeRoom(project: string, most: number): Promise<void> {
    const kept = await database
      .selectFrom("fleet_versions")
      .select("id")
      .where("project", "=", project)
      .orderBy("instances")
      .orderBy("last_seen_ms")
      .orderBy("id")
      .execute();
    const ids = kept.slice(0, Math.max(0, kept.length - most + 1)).map(({ id }) => id);
    if (ids.length === 0) return;
    await database.deleteFrom("fleet_versions").where("project", "=", project).where("id", "in", ids).execute();
  }

  async function addOne(seen: FleetVersion, most: number): Promise<void> {
    const row = toRow(seen, 1);
    for (let tries = 0; tries < mostTries; tries += 1) {
      const before = await rowOf(row.project, row.id);
      if (before !== undefined) {
        if (await replace(before, seen)) return;
        continue;
      }
      await makeRoom(row.project, most);
      const { numInsertedOrUpdatedRows = 0n } = await database
        .insertInto("fleet_versions")
        .values(row)
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirstOrThrow();
      if (numInsertedOrUpdatedRows > 0n) return;
    }
    throw new Error("a version of the fleet is written by too many at once");
  }

  return {
    add: async (seen, most) => {
      for (const each of seen) await addOne(each, most);
    },
    list: async (project, sinceMs) => {
      const rows = await database
        .selectFrom("fleet_versions")
        .selectAll()
        .where("project", "=", project)
        .where("last_seen_ms", ">=", sinceMs)
        .execute();
      return rows.map(toVersion).toSorted(byName);
    },
    prune: async (beforeMs) => {
      const { numDeletedRows } = await database
        .deleteFrom("fleet_versions")
        .where("last_seen_ms", "<", beforeMs)
        .executeTakeFirstOrThrow();
      return Number(numDeletedRows);
    },
  };
}

/** Never by the database's own order of text, which differs. */
function byName(a: FleetVersion, b: FleetVersion): number {
  return nameOf(a) < nameOf(b) ? -1 : 1;
}

function nameOf({ app, platform, version, build, sdk, identity, attested, detectors }: VersionKey): string {
  return JSON.stringify([app, platform, version, build, sdk, identity, attested, detectors]);
}

function merge(one: FleetVersion, other: FleetVersion): FleetVersion {
  const { epoch, version } = one.manifest;
  const isOlder = epoch < other.manifest.epoch || (epoch === other.manifest.epoch && version < other.manifest.version);
  return {
    ...one,
    firstSeenMs: Math.min(one.firstSeenMs, other.firstSeenMs),
    lastSeenMs: Math.max(one.lastSeenMs, other.lastSeenMs),
    sketch: mergeSketches(one.sketch, other.sketch),
    manifest: isOlder ? other.manifest : one.manifest,
  };
}

function toRow(seen: FleetVersion, revision: number): Row {
  return {
    project: seen.project,
    id: createHash("sha256").update(nameOf(seen)).digest("base64url"),
    app: seen.app,
    platform: seen.platform,
    version: seen.version,
    build: seen.build,
    sdk: seen.sdk,
    identity: seen.identity,
    attested: seen.attested,
    detectors: toJson(seen.detectors),
    first_seen_ms: seen.firstSeenMs,
    last_seen_ms: seen.lastSeenMs,
    sketch: toJson(seen.sketch),
    instances: estimateInstances(seen.sketch),
    manifest_epoch: seen.manifest.epoch,
    manifest_version: seen.manifest.version,
    revision,
  };
}

function toVersion(row: Row): FleetVersion {
  return {
    project: row.project,
    app: row.app,
    platform: row.platform as FleetVersion["platform"],
    version: row.version,
    build: row.build,
    sdk: row.sdk,
    identity: row.identity,
    attested: row.attested,
    detectors: fromJson(row.detectors),
    firstSeenMs: row.first_seen_ms,
    lastSeenMs: row.last_seen_ms,
    sketch: fromJson(row.sketch),
    manifest: { epoch: row.manifest_epoch, version: row.manifest_version },
  };
}
