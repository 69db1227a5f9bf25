import type { SdkRelease } from "./domain/lockout/sdk-knowledge.ts";
import type { AppleOrigins } from "./vendors/apple/apple-servers.ts";

/** How much of what this service does for whom. Every number can be set. */
export interface Budgets {
  /** Open challenges without work, one network, a minute. */
  readonly challengesPerMinute: number;
  /** Enrolments without work, one network, a minute. */
  readonly enrolmentsPerMinute: number;
  /** Sessions without a credential (each reads the record) without work, one network, a minute. */
  readonly recordLookupsPerMinute: number;
  /** Sessions of one instance, a minute. Over it: `slow_down`. */
  readonly sessionsPerInstancePerMinute: number;
  /** Enrolments under one attestation batch, an hour, in one project. Over it: `slow_down`. */
  readonly enrolmentsPerBatchPerHour: number;
  /** Play Integrity tokens that Google opens for one project, a day; Google's own default is 10,000. Over it: a finding. */
  readonly playDecodesPerProjectPerDay: number;
  /** Calls of Apple's server for App Attest receipts, one project, an hour. Over it: they wait. */
  readonly receiptRenewalsPerHour: number;
  /** Bits of work asked for over a budget. At most 20. */
  readonly workBits: number;
  /** Requests of the device API in work at once on this node. Over it: `unavailable`. */
  readonly concurrentRequests: number;
  /** Brokered calls of one instance, a minute, and in work at once on this node. Over it: `slow_down`. */
  readonly brokeredCallsPerInstancePerMinute: number;
  readonly concurrentBrokeredCallsPerInstance: number;
  /** Brokered calls in work at once on this node, three quarters of them at most one project's. Over it: `unavailable`. */
  readonly concurrentBrokeredCalls: number;
  /** Values that a recipe mints for one instance, and for one secret in all, a minute. Over it: the secret is not there. */
  readonly mintsPerInstancePerMinute: number;
  readonly mintsPerSecretPerMinute: number;
  /** Watch requests of one instance, a minute. Over it: `slow_down`. */
  readonly watchesPerInstancePerMinute: number;
  /** Tokens that one verifier credential has consumed, a minute. Over it: `slow_down`. */
  readonly consumesPerVerifierPerMinute: number;
  /** Decisions about requests that one verifier credential asks for, a minute. Over it: `slow_down`. */
  readonly decisionsPerVerifierPerMinute: number;
  /** Traffic reports of one verifier credential, a minute. Over it: `slow_down`. */
  readonly reportsPerVerifierPerMinute: number;
  /** Evidence waiting for verification on this node. Over it: `unavailable`. */
  readonly evidenceQueue: number;
  readonly evidenceWorkers: number;
  /** Open watch streams on this node. Over it: `unavailable`. */
  readonly watchStreams: number;
  /** Traces of one project that are kept, newest first. */
  readonly tracesPerProject: number;
  /** Traces and events of refusals without verified evidence, one network and one project, an hour. Over it none is written. */
  readonly strangerTracesPerNetworkPerHour: number;
  readonly strangerTracesPerProjectPerHour: number;
  readonly traceDays: number;
  readonly eventDays: number;
  /** Hourly traffic counts that are kept. */
  readonly trafficDays: number;
  /** Alarms that are kept after their last use, and after they were acknowledged. */
  readonly alarmDays: number;
  readonly acknowledgedAlarmDays: number;
  /** For how long after it was last seen a version of an app counts as installed. */
  readonly fleetDays: number;
  /** Versions of one project that are kept. Over it that of the fewest instances gives way. */
  readonly fleetVersionsPerProject: number;
  /** Versions seen since the last writing. Over it they are dropped: they are seen again. */
  readonly fleetQueue: number;
  /** Verdict events, and traces of trusted answers, waiting to be written. Over it they are counted and dropped. */
  readonly eventQueue: number;
}

export const defaultBudgets: Budgets = {
  challengesPerMinute: 60,
  enrolmentsPerMinute: 30,
  recordLookupsPerMinute: 60,
  sessionsPerInstancePerMinute: 120,
  enrolmentsPerBatchPerHour: 5_000,
  playDecodesPerProjectPerDay: 10_000,
  receiptRenewalsPerHour: 3600,
  workBits: 12,
  concurrentRequests: 512,
  brokeredCallsPerInstancePerMinute: 600,
  concurrentBrokeredCallsPerInstance: 32,
  concurrentBrokeredCalls: 256,
  mintsPerInstancePerMinute: 6,
  mintsPerSecretPerMinute: 600,
  watchesPerInstancePerMinute: 60,
  consumesPerVerifierPerMinute: 60_000,
  decisionsPerVerifierPerMinute: 600_000,
  reportsPerVerifierPerMinute: 600,
  evidenceQueue: 256,
  evidenceWorkers: 2,
  watchStreams: 10_000,
  tracesPerProject: 10_000,
  strangerTracesPerNetworkPerHour: 120,
  strangerTracesPerProjectPerHour: 1_000,
  traceDays: 30,
  eventDays: 400,
  trafficDays: 90,
  alarmDays: 400,
  acknowledgedAlarmDays: 30,
  fleetDays: 90,
  fleetVersionsPerProject: 1_000,
  fleetQueue: 5_000,
  eventQueue: 10_000,
};

/** What a service is started with. */
export interface ServiceOptions {
  /** The data folder: record (embedded), key files, roots. */
  readonly data: string;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** PostgreSQL 15 or later in place of the embedded record. */
  readonly databaseUrl?: string;
  /** Refuses to serve development projects. */
  readonly productionOnly?: boolean;
  /** `HOST[:PORT]` that configuration strings name. Default: what was bound. */
  readonly publicOrigin?: string;
  /** PEM texts. Default: plain HTTP, for loopback or behind a proxy that ends TLS. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Google's attestation status list as a JSON file; followed while the service runs. */
  readonly revocationListFile?: string;
  /**
   * Fetch that list from its vendor, where no file is named. `url` default: Google's. `graceDays`, 0 to 90, default 7: how long past its
   * freshness it is tolerated. Default: not fetched, and no outgoing call.
   */
  readonly statusListFetch?: { readonly url?: string; readonly graceDays?: number };
  /** Where receipts are renewed and DeviceCheck is asked. Default: Apple's addresses. */
  readonly appleServers?: AppleOrigins;
  /** Where Play Integrity tokens are opened. Default: Google's addresses. */
  readonly playIntegrity?: { readonly apiBase?: string; readonly tokenUrl?: string; readonly timeoutMs?: number };
  /** PEM file of authorities that the broker trusts beside Node's own, and that devices are taken to trust where certificates are watched. */
  readonly upstreamCa?: string;
  /** Whether brokered calls are answered at the service's own origin. Default true. False: by brokers that stand alone, and by nobody else. */
  readonly broker?: boolean;
  /** Whether the live certificates of protected APIs are looked at once a day. Default true. */
  readonly certificateWatch?: boolean;
  /** What agents know, by their versions, for simulations. Default: what this house's agents do. An operator with agents of his own adds theirs. */
  readonly sdkReleases?: readonly SdkRelease[];
  /** Addresses or ranges of proxies whose `X-Forwarded-For` counts. Default: none. */
  readonly trustProxy?: readonly string[];
  /** Default `info`. */
  readonly logLevel?: "debug" | "info" | "warn" | "error" | "silent";
  /** Gets each log line. Default: standard output. */
  readonly logSink?: (line: string) => void;
  /** Where a person reads along: gets the bootstrap token. Default: the terminal, where there is one. */
  readonly announce?: (line: string) => void;
  readonly clock?: { nowMs(): number };
  readonly limits?: Partial<Budgets>;
}
