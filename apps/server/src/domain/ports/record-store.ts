import type { AlarmHooks, AlarmNotices, Alarms, DecoySecrets } from "./alarms.ts";
import type { WatchedChain } from "./chains.ts";
import type { Fleet } from "./fleet.ts";
import type {
  Administrator,
  App,
  AuditRecord,
  Ban,
  BootstrapToken,
  BrokerCredential,
  DevelopmentKey,
  Instance,
  KeptReceipt,
  Project,
  ProjectSeed,
  ProtectedApi,
  Release,
  Secret,
  ServiceSeed,
  SigningKey,
  StoredTokenKey,
  Trace,
  TrafficReport,
  VendorCredential,
  VendorKind,
  VerdictEvent,
  Verifier,
} from "./records.ts";

export interface Projects {
  get(id: string): Promise<Project | null>;
  list(): Promise<readonly Project[]>;
  /** Inserts the project with its first seed and keys in one transaction. */
  create(project: Project, seed: ProjectSeed, keys: readonly SigningKey[]): Promise<void>;
  update(project: Project): Promise<void>;
}

export interface Seeds {
  ofProject(project: string): Promise<readonly ProjectSeed[]>;
  ofService(): Promise<readonly ServiceSeed[]>;
  addServiceSeed(seed: ServiceSeed): Promise<void>;
  addProjectSeed(seed: ProjectSeed): Promise<void>;
}

export interface SigningKeys {
  ofProject(project: string): Promise<readonly SigningKey[]>;
  add(key: SigningKey): Promise<void>;
  retire(project: string, kid: string, atMs: number): Promise<void>;
}

/** When a token key begins to sign, and when it is neither published nor accepted any more. */
export type TokenKeyTimes = Pick<StoredTokenKey, "kid" | "activeFromMs" | "retiresAtMs">;

export interface TokenKeys {
  /** By creation, then name. */
  ofProject(project: string): Promise<readonly StoredTokenKey[]>;
  /**
   * Adds keys and gives others their times, in one transaction: a successor is never there without its predecessor's end. Rejects with
   * `record_missing` where a key to be changed is not there.
   */
  change(
    project: string,
    change: { readonly add?: readonly StoredTokenKey[]; readonly times?: readonly TokenKeyTimes[] },
  ): Promise<void>;
}

export interface Apps {
  list(project: string): Promise<readonly App[]>;
  get(project: string, id: string): Promise<App | null>;
  put(app: App): Promise<void>;
  /** False where there was none. */
  remove(project: string, id: string): Promise<boolean>;
}

export interface Releases {
  /** Every release of the project's apps, by app, platform and version. */
  list(project: string): Promise<readonly Release[]>;
  /** In place of an earlier one of this app, platform and version. Releases go with their app. */
  put(release: Release): Promise<void>;
  /** False where there was none. */
  remove(release: Pick<Release, "project" | "app" | "platform" | "version">): Promise<boolean>;
}

export interface ProtectedApis {
  list(project: string): Promise<readonly ProtectedApi[]>;
  get(project: string, id: string): Promise<ProtectedApi | null>;
  put(api: ProtectedApi): Promise<void>;
  remove(project: string, id: string): Promise<boolean>;
}

/** What was last seen of the live chains of protected APIs. It goes with the API. */
export interface Chains {
  /** By API, of each that was looked at. */
  list(project: string): Promise<readonly WatchedChain[]>;
  get(project: string, api: string): Promise<WatchedChain | null>;
  /** APIs of every project that are to be looked at, those first that were never, then longest due first. */
  due(nowMs: number, limit: number): Promise<readonly { readonly project: string; readonly api: string }[]>;
  /** True for one caller, unless the API is not due; it is due again at `untilMs`. */
  claim(project: string, api: string, nowMs: number, untilMs: number): Promise<boolean>;
  /** False, and nothing is kept, where the claim up to `claimedUntilMs` does not stand any more. */
  put(chain: WatchedChain, due: { readonly claimedUntilMs: number; readonly dueAtMs: number }): Promise<boolean>;
  /** The API is due at once, and what was seen is not told any more: it points elsewhere. */
  forget(project: string, api: string): Promise<void>;
}

export interface Secrets {
  list(project: string): Promise<readonly Secret[]>;
  get(project: string, name: string): Promise<Secret | null>;
  /** Refused (false) unless `secret.version` is exactly one above the stored version (or 1 where there is none). */
  put(secret: Secret): Promise<boolean>;
  remove(project: string, name: string): Promise<boolean>;
}

/** What the service calls vendors with. */
export interface VendorCredentials {
  list(project: string): Promise<readonly VendorCredential[]>;
  get(project: string, kind: VendorKind): Promise<VendorCredential | null>;
  /** In place of an earlier one. */
  put(credential: VendorCredential): Promise<void>;
  /** False where there was none. */
  remove(project: string, kind: VendorKind): Promise<boolean>;
}

export interface Instances {
  get(project: string, instance: string): Promise<Instance | null>;
  /**
   * Inserts or updates by (project, instance), and gives the row as it stands then. A row that was there keeps its subject and
   * `createdAtMs`, and its counter where that is higher.
   */
  put(instance: Instance): Promise<Instance>;
  /** Write-behind of counter and last seen; never lowers the counter. */
  touch(project: string, instance: string, counter: number, lastSeenAtMs: number): Promise<void>;
  /** Instances whose evidence rests on any of these serials. */
  withSerials(serials: readonly string[]): Promise<readonly Instance[]>;
}

/** App Attest receipts, at most one of an instance. */
export interface Receipts {
  get(project: string, instance: string): Promise<KeptReceipt | null>;
  /** Leaves one that is there as it is: the receipt of an attestation never takes the place of a renewed one. */
  add(receipt: KeptReceipt): Promise<void>;
  /** False where there is none of this instance. */
  update(receipt: KeptReceipt): Promise<boolean>;
  /**
   * At most `limit` receipts of the project that are due at `nowMs`, longest due first. They are due again at `untilMs`: nodes that claim at
   * once get different ones, and one that dies loses none.
   */
  claimDue(project: string, nowMs: number, limit: number, untilMs: number): Promise<readonly KeptReceipt[]>;
  /** Every receipt of every project whose risk metric is at least `metric`. */
  withRiskFrom(metric: number): Promise<readonly Pick<KeptReceipt, "project" | "instance" | "riskMetric">[]>;
}

export interface Bans {
  /** Adds and returns it with its sequence. */
  add(ban: Omit<Ban, "sequence" | "liftedAtMs">): Promise<Ban>;
  /** Lifts every active ban on the target; false where there was none. */
  lift(project: string, by: Ban["by"], target: string, atMs: number): Promise<boolean>;
  /** Every ban of every project that is active at `nowMs`. */
  active(nowMs: number): Promise<readonly Ban[]>;
  /** Moves with every add and lift. */
  sequence(): Promise<number>;
}

export interface Traces {
  add(trace: Trace): Promise<void>;
  get(project: string, arc: string): Promise<Trace | null>;
  /**
   * Deletes what is older than `beforeMs` and all but the newest `keep` of each kind. Kinds are apart by project, by whether the instance is
   * in the record, by whether it was refused, and by whether it is a browser: none can push out another.
   */
  prune(beforeMs: number, keep: number): Promise<number>;
}

export interface Audit {
  add(record: Omit<AuditRecord, "sequence">): Promise<void>;
  /** Newest first. */
  list(project: string | null, limit: number): Promise<readonly AuditRecord[]>;
}

export interface Events {
  add(events: readonly VerdictEvent[]): Promise<void>;
  /** Distinct subjects with a trusted verdict in the half-open interval, by platform. */
  countActive(project: string, fromMs: number, toMs: number): Promise<Readonly<Record<string, number>>>;
  countVerdicts(project: string, fromMs: number, toMs: number): Promise<Readonly<Record<string, number>>>;
  /** Refusals that were answered with decoys. */
  countDecoys(project: string, fromMs: number, toMs: number): Promise<number>;
  prune(beforeMs: number): Promise<number>;
}

/** Credentials of backends. */
export interface Verifiers {
  /** Every credential of the project, by name. */
  list(project: string): Promise<readonly Verifier[]>;
  byTokenHash(tokenHash: string): Promise<Verifier | null>;
  /** False where the project has one of this name. A credential that is limited to an API goes with it. */
  add(verifier: Verifier): Promise<boolean>;
  /** False where there was none. */
  remove(project: string, name: string): Promise<boolean>;
}

/** Credentials of brokers that stand alone. */
export interface Brokers {
  /** Every credential of the project, by name. */
  list(project: string): Promise<readonly BrokerCredential[]>;
  byKid(kid: string): Promise<BrokerCredential | null>;
  /** False where the project has one of this name. */
  add(broker: BrokerCredential): Promise<boolean>;
  /** Puts this one into use and every other of the project out of it; null: all of them. False where there is none of this name. */
  use(project: string, name: string | null): Promise<boolean>;
  /** False where there was none. */
  remove(project: string, name: string): Promise<boolean>;
}

/** Keys of development projects for simulators and CI. */
export interface DevelopmentKeys {
  /** Every key of the project, revoked ones too, by name, then creation. */
  list(project: string): Promise<readonly DevelopmentKey[]>;
  /** False where a key of this name is not revoked yet. */
  add(key: DevelopmentKey): Promise<boolean>;
  /** False where no key of this name stands. */
  revoke(project: string, name: string, atMs: number): Promise<boolean>;
  /** Counts one enrolment, in one operation however many come at once; false, and nothing is counted, where the quota is full or the key revoked. */
  countEnrolment(project: string, id: string): Promise<boolean>;
}

/** How requests of protected APIs fell, by the hour. */
export interface Traffic {
  /** Adds a report to the counts of its hour; false, and nothing is added, where its verifier sent the nonce before. */
  add(report: TrafficReport): Promise<boolean>;
  /** Sums by name over the hours that begin in the half-open interval. */
  sums(project: string, api: string, fromMs: number, toMs: number): Promise<Readonly<Record<string, number>>>;
  /** Deletes counts of hours, and nonces of reports, that are older. */
  prune(countsBeforeMs: number, reportsBeforeMs: number): Promise<number>;
}

export interface Administrators {
  byTokenHash(tokenHash: string): Promise<Administrator | null>;
  /** Oldest first. */
  list(): Promise<readonly Administrator[]>;
  /** One operation however many remove at once: the last one stays. */
  remove(id: string): Promise<"removed" | "unknown" | "last">;
}

/** There is one bootstrap token at a time. */
export interface BootstrapTokens {
  current(): Promise<BootstrapToken | null>;
  /** In place of an earlier one. */
  set(token: BootstrapToken): Promise<void>;
  /** Spends the token and adds the administrator in one transaction; false unless it was unused and unexpired. */
  redeem(tokenHash: string, administrator: Administrator, nowMs: number): Promise<boolean>;
}

/** The record: everything that must survive. One adapter per database, one contract suite for all. */
export interface RecordStore {
  readonly projects: Projects;
  readonly seeds: Seeds;
  readonly signingKeys: SigningKeys;
  readonly tokenKeys: TokenKeys;
  readonly apps: Apps;
  readonly releases: Releases;
  readonly protectedApis: ProtectedApis;
  readonly chains: Chains;
  readonly secrets: Secrets;
  readonly decoySecrets: DecoySecrets;
  readonly vendorCredentials: VendorCredentials;
  readonly instances: Instances;
  readonly receipts: Receipts;
  readonly bans: Bans;
  readonly traces: Traces;
  readonly audit: Audit;
  readonly events: Events;
  readonly verifiers: Verifiers;
  readonly brokers: Brokers;
  readonly developmentKeys: DevelopmentKeys;
  readonly traffic: Traffic;
  readonly alarms: Alarms;
  readonly alarmNotices: AlarmNotices;
  readonly alarmHooks: AlarmHooks;
  readonly fleet: Fleet;
  readonly administrators: Administrators;
  readonly bootstrapTokens: BootstrapTokens;
  /** Resolves where the database answers; rejects otherwise. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
