import { join, resolve } from "node:path";
import type { ServiceOptions } from "@countersign/server";
import { type Command, Option } from "commander";
import type { CliContext } from "../cli-context.ts";
import { dataFolder } from "../config-folder.ts";
import { collect, createCommand, printOutcome } from "../define-command.ts";
import { createHeldLog } from "../held-log.ts";
import { toTls } from "../tls-options.ts";
import { wholeNumber } from "../whole-number.ts";

interface ServeOptions {
  readonly json?: true;
  readonly data?: string;
  readonly host: string;
  readonly port: number;
  readonly databaseUrl?: string;
  readonly productionOnly?: true;
  readonly publicOrigin?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly revocationList?: string;
  readonly statusListFetch: boolean;
  readonly statusListUrl?: string;
  readonly statusListGraceDays?: number;
  readonly upstreamCa?: string;
  readonly broker: boolean;
  readonly certificateWatch: boolean;
  readonly trustProxy?: readonly string[];
  readonly logLevel: NonNullable<ServiceOptions["logLevel"]>;
}

/** `countersign serve`: the service in the foreground, until SIGTERM or SIGINT. */
export function serveCommand(context: CliContext): Command {
  return createCommand("serve", "Run the service in the foreground. Logs go to standard error.")
    .option("--data <folder>", "data folder; default COUNTERSIGN_DATA, else ./.countersign")
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option("--port <port>", "port to listen on; 0 takes a free one", wholeNumber, 8400)
    .option("--database-url <url>", "PostgreSQL 15 or newer instead of SQLite; default COUNTERSIGN_DATABASE_URL")
    .option("--production-only", "serve no development project")
    .option("--public-origin <host[:port]>", "what configuration strings name; default the address listened on")
    .option("--tls-cert <file>", "PEM certificate chain, to serve TLS itself")
    .option("--tls-key <file>", "PEM private key of the certificate")
    .option("--revocation-list <file>", "Google's attestation status list, JSON; default it is fetched from Google")
    .option("--no-status-list-fetch", "never fetch the status list; the same as COUNTERSIGN_STATUS_LIST_FETCH=off")
    .option("--status-list-url <url>", "where the status list is fetched; default Google's address")
    .option("--status-list-grace-days <n>", "how long past its freshness it counts; default 7", wholeNumber)
    .option("--upstream-ca <file>", "PEM authorities the broker trusts besides the system's")
    .option("--no-broker", "answer no brokered call here: brokers that stand alone do (countersign broker run)")
    .option("--no-certificate-watch", "never look at the live certificates of protected APIs")
    .option("--trust-proxy <address>", "proxy whose X-Forwarded-For counts; may be given several times", collect)
    .addOption(
      new Option("--log-level <level>", "least grave log line that is written")
        .choices(["debug", "info", "warn", "error", "silent"])
        .default("info"),
    )
    .action(async (options: ServeOptions) => run(context, options));
}

async function run(context: CliContext, options: ServeOptions): Promise<void> {
  const { io, paint } = context;
  const { composeService } = await import("@countersign/server");
  const data = dataFolder(io, options.data);
  const onTerminal = io.isTerminal && options.json !== true;
  const stop = io.stopRequested();
  const log = createHeldLog(io);
  const service = await composeService({
    ...toServiceOptions(context, data, options),
    logSink: log.write,
    ...(onTerminal && { announce: (line: string) => io.stdout(`${line}\n`) }),
  });
  try {
    const { origin, port, bootstrapToken } = service;
    const bootstrapTokenFile = bootstrapToken === null || onTerminal ? null : join(resolve(data), "bootstrap-token");
    const listens = `Countersign listens on ${paint("bold", origin)}\n`;
    const first = `The bootstrap token is in ${bootstrapTokenFile}; it is good once and for 24 hours.\n`;
    printOutcome(context, "serve", options.json === true, {
      json: { ready: true, origin, port, bootstrapTokenFile },
      text: bootstrapTokenFile === null ? listens : listens + first,
    });
    log.release();
    await stop;
  } finally {
    await service.close();
  }
}

function toServiceOptions(context: CliContext, data: string, options: ServeOptions): ServiceOptions {
  const {
    host,
    port,
    productionOnly,
    publicOrigin,
    revocationList,
    upstreamCa,
    trustProxy,
    logLevel,
    certificateWatch,
    broker,
  } = options;
  const databaseUrl = options.databaseUrl ?? (context.io.env.COUNTERSIGN_DATABASE_URL || undefined);
  return {
    data,
    host,
    port,
    logLevel,
    ...toTls(options),
    ...(databaseUrl !== undefined && { databaseUrl }),
    ...(productionOnly && { productionOnly }),
    ...(publicOrigin !== undefined && { publicOrigin }),
    ...(revocationList !== undefined && { revocationListFile: revocationList }),
    ...toStatusListFetch(context, options),
    ...(upstreamCa !== undefined && { upstreamCa }),
    ...(!broker && { broker }),
    ...(!certificateWatch && { certificateWatch }),
    ...(trustProxy !== undefined && { trustProxy }),
  };
}

function toStatusListFetch(
  { io }: CliContext,
  { statusListFetch, statusListUrl, statusListGraceDays }: ServeOptions,
): Pick<ServiceOptions, "statusListFetch"> {
  if (!statusListFetch || io.env.COUNTERSIGN_STATUS_LIST_FETCH === "off") return {};
  return {
    statusListFetch: {
      ...(statusListUrl !== undefined && { url: statusListUrl }),
      ...(statusListGraceDays !== undefined && { graceDays: statusListGraceDays }),
    },
  };
}
