import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { Server } from "node:http";
import { type BrokerLimits, createBroker, defaultLimits } from "@countersign/broker";
import { alonePorts } from "./broker-alone/alone-ports.ts";
import { createAloneServer } from "./broker-alone/alone-server.ts";
import { bindServer } from "./broker-alone/bind-server.ts";
import { followService } from "./broker-alone/follow-service.ts";
import { createHeldState } from "./broker-alone/held-state.ts";
import { parseBrokerCredential } from "./broker-alone/parse-broker-credential.ts";
import { createDecoyReports } from "./broker-alone/report-decoys.ts";
import { createServiceClock } from "./broker-alone/service-clock.ts";
import { createServiceLink } from "./broker-alone/service-link.ts";
import { serviceUrl } from "./broker-alone/service-url.ts";
import { StartError } from "./data-folder/start-error.ts";
import { createMemoryLedger } from "./ephemeral/memory-ledger.ts";
import { createLog } from "./log/create-log.ts";
import { originsOf } from "./start/origins.ts";
import { readUpstreamCas } from "./start/read-pem.ts";
import { createSecretValue } from "./vault/secret-value.ts";

/** What a broker that stands alone is started with. It keeps nothing on disk. */
export interface BrokerOptions {
  /** What `countersign broker add` printed. */
  readonly credential: string;
  /** `https://HOST[:PORT]`, or `http` to this machine. Default: the host of the credential's configuration string. */
  readonly service?: string;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** PEM texts. Default: plain HTTP, for loopback or behind a proxy that ends TLS. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** PEM files of authorities that are trusted beside Node's own: for upstreams, and for the service. */
  readonly upstreamCa?: string;
  readonly serviceCa?: string;
  /** Default `info`. */
  readonly logLevel?: "debug" | "info" | "warn" | "error" | "silent";
  /** Gets each log line. Default: standard output. */
  readonly logSink?: (line: string) => void;
  readonly limits?: Partial<BrokerLimits>;
  /** How long what the service said counts, 2 to 30; it is asked six times in that. Default 30. */
  readonly staleSeconds?: number;
  /** The same in other numbers, for tests. */
  readonly freshness?: { readonly reconcileMs: number; readonly staleMs: number };
}

/** A running broker. */
export interface AloneBroker {
  /** As a caller on this machine reaches it: `http://127.0.0.1:8401`. */
  readonly origin: string;
  readonly port: number;
  isReady(): boolean;
  /** Takes no more calls, lets those in work finish for a while, and forgets what it held. */
  close(): Promise<void>;
}

function freshnessOf(staleSeconds: number): { readonly reconcileMs: number; readonly staleMs: number } {
  if (Number.isInteger(staleSeconds) && staleSeconds >= 2 && staleSeconds <= 30)
    return { reconcileMs: Math.floor((staleSeconds * 1000) / 6), staleMs: staleSeconds * 1000 };
  throw new StartError(
    "option_invalid",
    "What the service said counts for 2 to 30 seconds.",
    "Name a number of those.",
  );
}

/** No longer than a value takes to be minted. */
const answerMs = 15_000;
const silenceMs = 30_000;
const drainMs = 10_000;
/** Half as often as the service answers a broker, and soon enough for a ban. */
const mostGapMs = 100;

/**
 * The composition root of a broker that stands alone. Resolves when it listens and has asked the service once; where that brought nothing it is not ready
 * and goes on asking.
 *
 * @throws StartError one line for the operator; nothing is left open.
 */
export async function composeBroker(options: BrokerOptions): Promise<AloneBroker> {
  const identity = parseBrokerCredential(options.credential);
  if (identity === null) {
    throw new StartError(
      "option_invalid",
      "The credential is not what `countersign broker add` prints.",
      "Copy its one line into the file, from `csk_` to the end.",
    );
  }
  const { configuration } = identity;
  const { sink, level } = { sink: options.logSink, level: options.logLevel ?? "info" };
  const log = createLog({ level, ...(sink === undefined ? {} : { sink }) });
  const upstreamCas = options.upstreamCa === undefined ? [] : readUpstreamCas(options.upstreamCa);
  const serviceCas = options.serviceCa === undefined ? [] : readUpstreamCas(options.serviceCa);
  const service = serviceUrl(options.service ?? null, configuration);
  const { reconcileMs, staleMs } = options.freshness ?? freshnessOf(options.staleSeconds ?? 30);
  const monotonicMs = (): number => performance.now();
  const clock = createServiceClock({ nowMs: Date.now, monotonicMs });
  const held = createHeldState({ monotonicMs, hold: createSecretValue, staleMs });
  const link = createServiceLink({
    service,
    key: identity.key,
    run: randomBytes(16).toString("base64url"),
    nowMs: clock.nowMs,
    configuration,
    serviceCas,
    // What hangs must leave time for another try before what is held is too old.
    stateMs: Math.min(answerMs, Math.max(1_000, staleMs / 2)),
    answerMs,
    silenceMs,
  });
  const decoys = createDecoyReports({ held, link });
  let bound: readonly string[] = [];
  const limits: BrokerLimits = { ...defaultLimits, ...options.limits };
  const broker = createBroker(
    alonePorts({
      configuration,
      held,
      link,
      hold: createSecretValue,
      decoys,
      ledger: createMemoryLedger({ nowMs: clock.nowMs }),
      clock,
      origins: () => [...bound, ...[held.origin() ?? []].flat()],
      upstreamCas,
      log: (event) => log.info(event, "broker"),
    }),
    { limits },
  );
  const isReady = (): boolean => held.current() !== null;
  const { project } = configuration;
  const tls = options.tls ?? null;
  let server: Server;
  try {
    server = createAloneServer({ broker, project, isReady, tls, requestMs: limits.totalMs });
  } catch {
    link.close();
    throw new StartError(
      "tls_unreadable",
      "The certificate or its key cannot be used.",
      "Name a PEM chain and its key.",
    );
  }
  const port = await bindServer(server, options.host, options.port).catch((error: unknown) => {
    link.close();
    throw error;
  });
  const origins = originsOf({ host: options.host, port, tls: tls !== null, publicHost: null });
  bound = origins.all;
  const follower = followService({
    link,
    held,
    clock,
    monotonicMs,
    reconcileMs,
    gapMs: Math.min(mostGapMs, reconcileMs),
    backOff: { leastMs: 250, mostMs: reconcileMs },
    onEvent: (event) =>
      log[event === "current" ? "info" : "warn"]({ event: "service_link", link: event }, "service link"),
    chance: Math.random,
  });
  await follower.first;
  log.info({ event: "listening", origin: origins.spoken, ready: isReady() }, "listening");
  return {
    origin: origins.spoken,
    port,
    isReady,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeIdleConnections();
      await broker.closeSockets();
      const timer = setTimeout(() => server.closeAllConnections(), drainMs);
      await closed;
      clearTimeout(timer);
      broker.close();
      await decoys.flush();
      decoys.close();
      await follower.close();
    },
  };
}
