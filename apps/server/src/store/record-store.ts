import { type Kysely, sql } from "kysely";
import type { RecordStore } from "../domain/ports/index.ts";
import { createAdministrators } from "./administrators.ts";
import { createAlarmHooks } from "./alarm-hooks.ts";
import { createAlarmNotices } from "./alarm-notices.ts";
import { createAlarms } from "./alarms.ts";
import { createApps } from "./apps.ts";
import { createAudit } from "./audit.ts";
import { createBans } from "./bans.ts";
import { createBootstrapTokens } from "./bootstrap-tokens.ts";
import { createBrokers } from "./brokers.ts";
import { createChains } from "./chains.ts";
import { createDecoySecrets } from "./decoy-secrets.ts";
import { createDevelopmentKeys } from "./development-keys.ts";
import { createEvents } from "./events.ts";
import { createFleet } from "./fleet.ts";
import { createInstances } from "./instances.ts";
import { createProjects } from "./projects.ts";
import { createProtectedApis } from "./protected-apis.ts";
import { createReceipts } from "./receipts.ts";
import { createReleases } from "./releases.ts";
import { createSecrets } from "./secrets.ts";
import { createSeeds } from "./seeds.ts";
import { createSigningKeys } from "./signing-keys.ts";
import type { Tables } from "./tables.ts";
import { createTokenKeys } from "./token-keys.ts";
import { createTraces } from "./traces.ts";
import { createTraffic } from "./traffic.ts";
import { createVendorCredentials } from "./vendor-credentials.ts";
import { createVerifiers } from "./verifiers.ts";

/** The record on a migrated database, whichever it is. `close` ends the database, then what `afterwards` ends. */
export function createRecordStore(database: Kysely<Tables>, afterwards: () => void = () => {}): RecordStore {
  return {
    projects: createProjects(database),
    seeds: createSeeds(database),
    signingKeys: createSigningKeys(database),
    tokenKeys: createTokenKeys(database),
    apps: createApps(database),
    releases: createReleases(database),
    protectedApis: createProtectedApis(database),
    chains: createChains(database),
    secrets: createSecrets(database),
    decoySecrets: createDecoySecrets(database),
    vendorCredentials: createVendorCredentials(database),
    instances: createInstances(database),
    receipts: createReceipts(database),
    bans: createBans(database),
    traces: createTraces(database),
    audit: createAudit(database),
    events: createEvents(database),
    verifiers: createVerifiers(database),
    brokers: createBrokers(database),
    developmentKeys: createDevelopmentKeys(database),
    traffic: createTraffic(database),
    alarms: createAlarms(database),
    alarmNotices: createAlarmNotices(database),
    alarmHooks: createAlarmHooks(database),
    fleet: createFleet(database),
    administrators: createAdministrators(database),
    bootstrapTokens: createBootstrapTokens(database),
    ping: async () => {
      await sql`select 1`.execute(database);
    },
    close: async () => {
      await database.destroy();
      afterwards();
    },
  };
}
