import { randomBytes } from "node:crypto";
import { createBroker } from "@countersign/broker";
import { parseAuthority } from "@countersign/protocol";
import { openRecordStore } from "./compose-store.ts";
import { type Budgets, defaultBudgets, type ServiceOptions } from "./config.ts";
import { rootKeyFiles } from "./data-folder/root-key-files.ts";
import { StartError } from "./data-folder/start-error.ts";
import { type AdminUseCases, createAdminUseCases } from "./domain/admin/admin-use-cases.ts";
import { createBrokerAnswers } from "./domain/brokers/answer-broker.ts";
import { createBrokerStreams } from "./domain/brokers/broker-streams.ts";
import { createChanges, createMemoryBus } from "./domain/changes/changes.ts";
import { createCounters } from "./domain/device/counters.ts";
import type { DeviceDeps } from "./domain/device/device-deps.ts";
import { createFleetNotes } from "./domain/device/fleet-notes.ts";
import { type HeldStatusList, noStatusList } from "./domain/device/held-status-list.ts";
import { createOutbox } from "./domain/device/outbox.ts";
import { loadServiceSeeds } from "./domain/device/service-seeds.ts";
import { createStanding } from "./domain/device/standing.ts";
import { sdkReleases } from "./domain/lockout/sdk-knowledge.ts";
import type { Ban, RecordStore, Vault } from "./domain/ports/index.ts";
import { createProjectContexts } from "./domain/project/project-contexts.ts";
import { type AllProjectOperations, createProjectOperations } from "./domain/project/project-operations.ts";
import { createProjectRows } from "./domain/project/project-rows.ts";
import type { DecisionDeps } from "./domain/verifier/decide-request.ts";
import { createDecisionCounts } from "./domain/verifier/decision-counts.ts";
import { createPairwiseStanding } from "./domain/verifier/pairwise-standing.ts";
import { createProofVerifiers } from "./domain/verifier/proof-verifiers.ts";
import type { VerifierDeps } from "./domain/verifier/verifier-deps.ts";
import { createMemoryDecoys } from "./ephemeral/memory-decoys.ts";
import { createMemoryLedger } from "./ephemeral/memory-ledger.ts";
import { adminRoutes } from "./http/admin/admin-routes.ts";
import { alarmHookRoute } from "./http/alarms/alarm-hook-route.ts";
import { brokerLinkRoutes } from "./http/broker-link/broker-link-routes.ts";
import { brokerRoute } from "./http/broker-route.ts";
import { isBrokeredOpening, takeUpgrades } from "./http/broker-upgrade.ts";
import { deviceRoutes } from "./http/device/device-routes.ts";
import { watchRoute } from "./http/device/watch-route.ts";
import { linkRoute } from "./http/link-route.ts";
import { createNetworkNames } from "./http/network.ts";
import { createHttpServer } from "./http/server.ts";
import { decisionRoutes } from "./http/verifier/decision-routes.ts";
import { verifierRoutes } from "./http/verifier/verifier-routes.ts";
import { createEvidencePool } from "./jobs/evidence-pool.ts";
import { startJobs } from "./jobs/schedule.ts";
import { serviceJobs } from "./jobs/service-jobs.ts";
import { followStatusList } from "./jobs/status-list.ts";
import { toRevocationView } from "./jobs/status-list-source.ts";
import { createLog } from "./log/create-log.ts";
import { offerFirstToken } from "./start/bootstrap-token.ts";
import { brokerPorts } from "./start/broker-ports.ts";
import { openCertificateWatch } from "./start/certificate-watch.ts";
import { listen } from "./start/listen.ts";
import { openAlarms } from "./start/open-alarms.ts";
import { openRecipes } from "./start/open-recipes.ts";
import { openStatusList } from "./start/open-status-list.ts";
import { type Origins, originsOf } from "./start/origins.ts";
import { readUpstreamCas } from "./start/read-pem.ts";
import { openReceiptRenewals } from "./start/receipt-renewals.ts";
import { openFileVault, VaultError } from "./vault/file-vault.ts";
import { createSecretValue } from "./vault/secret-value.ts";
import { createPlayDecoder } from "./vendors/google/play-integrity.ts";
import { version } from "./version.ts";

/** A running service. */
export interface Service {
  /** As a caller on this machine reaches it: `http://127.0.0.1:8400`. */
  readonly origin: string;
  readonly port: number;
  /** Ends streams, lets calls in work finish, writes what waits, and lets go of the data folder. */
  close(): Promise<void>;
  /** Made by this start, if it was the folder's first. */
  readonly bootstrapToken: string | null;
  readonly domain: {
    readonly admin: AdminUseCases;
    readonly device: DeviceDeps;
    readonly operations: AllProjectOperations;
    /** Renews the App Attest receipts that are due now; else this happens each minute. */
    readonly renewReceipts: () => Promise<void>;
    /** Looks at the certificates of protected APIs that are due now; else this happens each minute. */
    readonly watchCertificates: () => Promise<void>;
    /** Looks for a newer status list now, and bans what it names; else this happens each minute. */
    readonly followStatusList: () => Promise<void>;
    /** Writes how decisions fell since the last writing; else this happens each minute. */
    readonly writeDecisions: () => Promise<void>;
    /** Writes the alarms that wait and tells of those that are due; else this happens every few seconds. */
    readonly writeAlarms: () => Promise<void>;
  };
}

/**
 * The composition root: the one place that knows which adapter is in use. Resolves when the service listens.
 *
 * @throws StartError one line for the operator; nothing is left open.
 */
export async function composeService(options: ServiceOptions): Promise<Service> {
  const closers: (() => Promise<void> | void)[] = [];
  const close = async (): Promise<void> => {
    for (const each of closers.splice(0).toReversed()) await each();
  };
  try {
    return { ...(await compose(options, (closer) => closers.push(closer))), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function compose(
  options: ServiceOptions,
  onClose: (closer: () => Promise<void> | void) => void,
): Promise<Omit<Service, "close">> {
  checkOptions(options);
  const budgets: Budgets = { ...defaultBudgets, ...options.limits };
  const { sink, level } = { sink: options.logSink, level: options.logLevel ?? "info" };
  const log = createLog({ level, ...(sink === undefined ? {} : { sink }) });
  const clock = { nowMs: options.clock?.nowMs ?? Date.now, monotonicMs: () => performance.now() };
  const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));

  const { store, vault } = await openRecord(options);
  onClose(() => store.close());
  const changes = createChanges(createMemoryBus(), clock, budgets.watchStreams);
  let dropMinted: (ban: Ban) => void = () => {};
  const standing = createStanding(store, clock, (ban) => {
    dropMinted(ban);
    if (ban.by === "instance") changes.nudge(ban.project, ban.target);
  });
  await standing.reconcile();
  const rows = createProjectRows(store);
  const productionOnly = options.productionOnly ?? false;
  const contexts = createProjectContexts({ store, vault, changes, rows, clock, productionOnly });
  const ledger = createMemoryLedger({ nowMs: clock.nowMs });
  const seeds = await loadServiceSeeds(store, vault, { nowMs: clock.nowMs(), random }).catch((error: unknown) =>
    Promise.reject(error instanceof VaultError ? foreignKeyFile(options.data) : error),
  );
  const outbox = createOutbox(store, {
    capacity: budgets.eventQueue,
    onError: (error) => log.error({ event: "outbox_failed", err: error }, "outbox failed"),
  });
  onClose(() => outbox.flush());
  const counters = createCounters(store, clock);
  onClose(() => counters.flush());
  const fleet = createFleetNotes(store, {
    capacity: budgets.fleetQueue,
    versionsPerProject: budgets.fleetVersionsPerProject,
  });
  onClose(() => fleet.flush());

  const source = await openStatusList(options, { nowMs: clock.nowMs, log });
  let setStatusList: (list: HeldStatusList) => void = () => {};
  const statusList =
    source &&
    (await followStatusList({
      source,
      store,
      nowMs: clock.nowMs,
      onList: (list) => setStatusList(list),
      onBanned: ({ project }) => changes.changed(project, "bans"),
    }));
  await standing.reconcile();
  const { evidenceWorkers: workers, evidenceQueue: queue } = budgets;
  const evidence = createEvidencePool({ workers, queue, statusList: statusList?.held() ?? noStatusList });
  setStatusList = evidence.setStatusList;
  onClose(() => evidence.close());

  let origins: Origins | null = null;
  const known = (): Origins => {
    if (origins === null) throw new TypeError("the service has no address before it listens");
    return origins;
  };
  const roots = rootKeyFiles({ folder: options.data });
  const operations = createProjectOperations({
    store,
    vault,
    roots,
    rows,
    changes,
    standing,
    clock,
    random,
    publicHost: () => known().publicHost,
  });
  changes.subscribe(({ topic }) => {
    if (topic !== "bans") return;
    standing
      .reconcile()
      .catch((error: unknown) => log.error({ event: "reconcile_failed", err: error }, "reconcile failed"));
  });

  const receipts = await openReceiptRenewals({ store, vault, ledger, contexts, clock, budgets, log }, options);
  const playDecoder = createPlayDecoder({
    ...options.playIntegrity,
    nowMs: clock.nowMs,
    onFailure: (failure) => log.warn({ event: "play_decode_failed", ...failure }, "play decode failed"),
  });
  const upstreamCas = options.upstreamCa === undefined ? [] : readUpstreamCas(options.upstreamCa);
  const recipes = openRecipes({
    vault,
    ledger,
    contexts,
    changes,
    clock,
    random,
    budgets,
    hold: createSecretValue,
    upstreamCas,
    log,
  });
  dropMinted = ({ project, by, target }) => recipes.dropBearer(project, by, target);
  onClose(() => recipes.close());
  const device: DeviceDeps = {
    store,
    vault,
    ledger,
    once: ledger,
    decoys: createMemoryDecoys({ nowMs: clock.nowMs }),
    playDecoder,
    contexts,
    changes,
    standing,
    seeds,
    evidence,
    outbox,
    counters,
    fleet,
    recipes,
    riskMetrics: receipts.riskMetrics,
    clock,
    random,
    budgets,
    publicOrigin: () => known().public,
  };
  const alarms = openAlarms({ store, vault, contexts, clock, random, furtherCas: upstreamCas, log });
  onClose(() => alarms.close());
  const verifying: VerifierDeps = {
    store,
    watch: alarms.watch,
    book: alarms.book,
    ledger,
    once: ledger,
    contexts,
    standing,
    pairwise: createPairwiseStanding({ standing, instances: store.instances, clock }),
    clock,
    budgets,
    publicOrigin: () => known().public,
  };
  const decisionCounts = createDecisionCounts({ traffic: store.traffic, clock, random });
  onClose(() => decisionCounts.flush());
  const deciding: DecisionDeps = {
    ...verifying,
    vault,
    recipes,
    proofs: createProofVerifiers(verifying),
    spotter: alarms.spotter,
    counts: decisionCounts,
    uses: ledger,
    onDecoy: (event) => log.warn({ event: "decision_decoy", ...event }, "decoy at a gateway"),
    onUngiven: (event) => log.error({ event: "secret_not_given", ...event }, "secret not given"),
  };
  const certificates = openCertificateWatch({ store, clock, furtherCas: upstreamCas, productionOnly, log });
  const admin = createAdminUseCases({
    store,
    vault,
    ledger,
    operations,
    alarms: { ...alarms.book, test: alarms.notifier.test },
    verifying,
    recipes,
    nowMs: clock.nowMs,
    random,
    version,
    productionOnly,
    revocation: () => toRevocationView(source, clock.nowMs()),
    fleetDays: budgets.fleetDays,
    writeFleet: fleet.flush,
    sdkReleases: options.sdkReleases ?? sdkReleases,
    lookAtChain: certificates.look,
  });
  const networkOf = createNetworkNames(clock);
  const brokering = { store, ledger, contexts, standing, vault, book: alarms.book, recipes, clock, random };
  const brokerStreams = createBrokerStreams(brokering, changes);
  const broker = createBroker(
    brokerPorts({
      contexts,
      standing,
      ledger,
      vault,
      recipes,
      clock,
      spotter: alarms.spotter,
      origins: () => known().all,
      upstreamCas,
      log: (event) => log.info(event, "broker"),
    }),
    {
      limits: {
        callsPerInstancePerMinute: budgets.brokeredCallsPerInstancePerMinute,
        concurrentCallsPerInstance: budgets.concurrentBrokeredCallsPerInstance,
        concurrentCalls: budgets.concurrentBrokeredCalls,
      },
    },
  );
  const isProject = async (id: string): Promise<boolean> => (await contexts.get(id)) !== null;
  const app = await createHttpServer({
    log,
    version,
    ...(options.tls === undefined ? {} : { tls: options.tls }),
    ...(options.trustProxy === undefined ? {} : { trustProxy: options.trustProxy }),
    isReady: () => isReady(store, standing),
    ...(options.broker === false ? {} : { shouldUpgrade: isBrokeredOpening }),
    routes: [
      deviceRoutes({ deps: device, networkOf }),
      watchRoute({ deps: { contexts, standing, ledger, clock, budgets, origins: () => known().all }, changes }),
      alarmHookRoute({ deps: { store, ledger, book: alarms.book }, networkOf }),
      ...(options.broker === false ? [] : [brokerRoute(broker, contexts, networkOf), linkRoute(broker, isProject)]),
      brokerLinkRoutes({
        deps: brokering,
        answers: createBrokerAnswers(brokering),
        streams: brokerStreams,
        networkOf,
      }),
      verifierRoutes({ deps: verifying, networkOf }),
      decisionRoutes({ deps: deciding, networkOf }),
      adminRoutes(admin, { networkOf: (request) => networkOf(request.ip) }),
    ],
  }).catch((error: unknown) => Promise.reject(toStartError(error, options)));
  if (options.broker !== false) {
    takeUpgrades(app.server, { broker, isProject, networkOf: options.trustProxy === undefined ? networkOf : null });
  }
  onClose(() => broker.close());
  onClose(() => app.close());
  onClose(() => broker.closeSockets());
  onClose(() => brokerStreams.close());
  onClose(() => changes.close());

  const port = await listen(app, options.host, options.port);
  origins = originsOf({
    host: options.host,
    port,
    tls: options.tls !== undefined,
    publicHost: options.publicOrigin ?? null,
  });
  const jobs = startJobs(
    serviceJobs({
      store,
      standing,
      counters,
      fleet,
      decisions: decisionCounts,
      alarms,
      contexts,
      rotate: operations.rotate,
      followStatusList: async () => statusList?.follow(),
      renewReceipts: receipts.renew,
      watchCertificates: options.certificateWatch === false ? null : certificates.run,
      riskMetrics: receipts.riskMetrics,
      clock,
      budgets,
      log,
    }),
    (job, error) => log.error({ event: "job_failed", job, err: error }, "job failed"),
  );
  onClose(() => jobs.stop());
  onClose(() => certificates.close());
  // The first list is asked for at once, but nobody waits for it: a vendor out of reach must not keep a service from starting.
  const first = statusList
    ?.follow()
    .catch((error: unknown) => log.error({ event: "job_failed", job: "follow_status_list", err: error }, "job failed"));
  onClose(() => {
    source?.close();
    return first;
  });
  const bootstrapToken = await offerFirstToken({
    store,
    folder: options.data,
    nowMs: clock.nowMs,
    random,
    announce: options.announce ?? terminal(options),
    log,
  });
  log.info({ event: "listening", origin: known().spoken, version }, "listening");
  return {
    origin: known().spoken,
    port,
    bootstrapToken,
    domain: {
      admin,
      device,
      operations,
      followStatusList: async () => statusList?.follow(),
      renewReceipts: receipts.renew,
      watchCertificates: certificates.run,
      writeDecisions: decisionCounts.flush,
      writeAlarms: async () => {
        await alarms.book.flush();
        await alarms.notifier.run();
      },
    },
  };
}

/** Options that can be judged before anything is opened. */
function checkOptions({ publicOrigin, port }: ServiceOptions): void {
  if (publicOrigin !== undefined && parseAuthority(publicOrigin) === null) {
    throw new StartError(
      "option_invalid",
      "The public origin is not HOST or HOST:PORT.",
      "Name it without scheme and path, in lower case.",
    );
  }
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new StartError("option_invalid", "The port is not a number from 0 to 65535.", "Name another port.");
  }
}

/** The record under its lock, and the vault: a missing key file is made only for a record that holds nothing sealed yet. */
async function openRecord(options: ServiceOptions): Promise<{ store: RecordStore; vault: Vault }> {
  const store = await openRecordStore(options);
  try {
    const isNew = (await store.seeds.ofService()).length === 0;
    return { store, vault: await openFileVault({ folder: options.data, create: isNew }) };
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function isReady(store: RecordStore, standing: { isCurrent(): boolean }): Promise<boolean> {
  if (!standing.isCurrent()) return false;
  return store.ping().then(
    () => true,
    () => false,
  );
}

function terminal({ logSink }: ServiceOptions): ((line: string) => void) | null {
  if (logSink !== undefined || !process.stdout.isTTY) return null;
  return (line) => process.stdout.write(`${line}\n`);
}

function foreignKeyFile(folder: string): StartError {
  return new StartError(
    "key_file_foreign",
    `The key file in ${folder} is not the one this record was sealed under.`,
    "Restore the key file that belongs to this record (countersign keys restore).",
  );
}

/** A certificate or key that TLS does not take is the operator's to mend; anything else stays what it is. */
function toStartError(error: unknown, { tls }: ServiceOptions): unknown {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (tls === undefined || !code.startsWith("ERR_OSSL")) return error;
  return new StartError(
    "tls_unreadable",
    "The TLS certificate or key cannot be used.",
    "Give a PEM certificate chain and its private key.",
  );
}
