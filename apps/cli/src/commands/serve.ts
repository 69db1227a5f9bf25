import { type Command, Option } from "commander";
import { writeBootstrapTokenFile } from "../bootstrap-token-file.ts";
import type { CliContext } from "../cli-context.ts";
import { CliFailure } from "../cli-failure.ts";
import { dataFolder } from "../config-folder.ts";
import { createCommand, printOutcome } from "../define-command.ts";
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
  readonly upstreamCa?: string;
  readonly logLevel: string;
}

/** `countersign serve`: the service in the foreground, until SIGTERM or SIGINT. */
export function serveCommand(context: CliContext): Command {
  return createCommand("serve", "Run the service in the foreground. Logs go to standard error.")
    .option("--data <folder>", "data folder; default COUNTERSIGN_DATA, else ./.countersign")
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option("--port <port>", "port to listen on; 0 takes a free one", wholeNumber, 8080)
    .option("--database-url <url>", "PostgreSQL 15 or newer instead of SQLite; default COUNTERSIGN_DATABASE_URL")
    .option("--production-only", "serve no development project")
    .option("--public-origin <host[:port]>", "what configuration strings name; default the address listened on")
    .option("--tls-cert <file>", "PEM certificate chain, to serve TLS itself")
    .option("--tls-key <file>", "PEM private key of the certificate")
    .option("--revocation-list <file>", "Google's attestation status list, JSON")
    .option("--upstream-ca <file>", "PEM authorities the broker trusts besides the system's")
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
  const stop = io.stopRequested();
  const service = await composeService(toServiceOptions(context, data, options));
  try {
    const { origin, port, bootstrapToken } = service;
    const onTerminal = io.isTerminal && options.json !== true;
    const bootstrapTokenFile =
      bootstrapToken === null || onTerminal ? null : writeBootstrapTokenFile(data, bootstrapToken);
    const lines = [
      `Countersign listens on ${paint("bold", origin)}\n`,
      ...(bootstrapToken !== null && onTerminal
        ? [
            `Bootstrap token, good once and for 24 hours: ${paint("bold", bootstrapToken)}\nUse it with \`countersign login --url ${origin}\`.\n`,
          ]
        : []),
      ...(bootstrapTokenFile === null
        ? []
        : [`The bootstrap token is in ${bootstrapTokenFile}; it is good once and for 24 hours.\n`]),
    ];
    printOutcome(context, "serve", options.json === true, {
      json: { ready: true, origin, port, bootstrapTokenFile },
      text: lines.join(""),
    });
    await stop;
  } finally {
    await service.close();
  }
}

function toServiceOptions(context: CliContext, data: string, options: ServeOptions) {
  const { host, port, productionOnly, publicOrigin, tlsCert, tlsKey, revocationList, upstreamCa, logLevel } = options;
  if (port > 65535) throw new CliFailure("port_malformed", "A port is a number from 0 to 65535.");
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw new CliFailure("tls_incomplete", "TLS needs both --tls-cert FILE and --tls-key FILE.");
  }
  const databaseUrl = options.databaseUrl ?? (context.io.env.COUNTERSIGN_DATABASE_URL || undefined);
  return {
    data,
    host,
    port,
    logLevel,
    logSink: (line: string) => context.io.stderr(line),
    ...(databaseUrl !== undefined && { databaseUrl }),
    ...(productionOnly && { productionOnly }),
    ...(publicOrigin !== undefined && { publicOrigin }),
    ...(tlsCert !== undefined && tlsKey !== undefined && { tls: { cert: tlsCert, key: tlsKey } }),
    ...(revocationList !== undefined && { revocationListFile: revocationList }),
    ...(upstreamCa !== undefined && { upstreamCa }),
  };
}
