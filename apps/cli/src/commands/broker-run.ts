import type { BrokerOptions } from "@countersign/server";
import { type Command, Option } from "commander";
import type { CliContext } from "../cli-context.ts";
import { CliFailure } from "../cli-failure.ts";
import { createCommand, printOutcome } from "../define-command.ts";
import { createHeldLog } from "../held-log.ts";
import { type TlsOptions, toTls } from "../tls-options.ts";
import { wholeNumber } from "../whole-number.ts";

interface RunOptions extends TlsOptions {
  readonly json?: true;
  readonly credentialFile?: string;
  readonly service?: string;
  readonly host: string;
  readonly port: number;
  readonly upstreamCa?: string;
  readonly serviceCa?: string;
  readonly staleSeconds: number;
  readonly logLevel: NonNullable<BrokerOptions["logLevel"]>;
}

/** `countersign broker run`: a broker in the foreground, until SIGTERM or SIGINT. */
export function brokerRunCommand(context: CliContext): Command {
  return createCommand("run", "Run a broker that stands alone, in the foreground. Logs go to standard error.")
    .option("--credential-file <file>", "what `broker add` printed, mode 0600; default COUNTERSIGN_BROKER_CREDENTIAL")
    .option("--service <url>", "where the service is asked; default the host that the credential names")
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option("--port <port>", "port to listen on; 0 takes a free one", wholeNumber, 8401)
    .option("--tls-cert <file>", "PEM certificate chain, to serve TLS itself")
    .option("--tls-key <file>", "PEM private key of the certificate")
    .option("--upstream-ca <file>", "PEM authorities trusted for upstreams besides the system's")
    .option("--stale-seconds <n>", "how long what the service said counts, 2 to 30", wholeNumber, 30)
    .option("--service-ca <file>", "PEM authorities trusted for the service besides the system's")
    .addOption(
      new Option("--log-level <level>", "least grave log line that is written")
        .choices(["debug", "info", "warn", "error", "silent"])
        .default("info"),
    )
    .action(async (options: RunOptions) => run(context, options));
}

async function run(context: CliContext, options: RunOptions): Promise<void> {
  const { io, paint } = context;
  const { composeBroker, readPrivateFile } = await import("@countersign/server");
  const { credentialFile, service, host, port, upstreamCa, serviceCa, staleSeconds, logLevel } = options;
  const given = io.env.COUNTERSIGN_BROKER_CREDENTIAL ?? "";
  const credential = credentialFile === undefined ? given : readCredential(credentialFile, readPrivateFile);
  if (credential === "") {
    throw new CliFailure(
      "credentials_missing",
      "The broker needs what `countersign broker add` printed: in --credential-file FILE or COUNTERSIGN_BROKER_CREDENTIAL.",
    );
  }
  const stop = io.stopRequested();
  const log = createHeldLog(io);
  const broker = await composeBroker({
    credential,
    host,
    port,
    logLevel,
    ...toTls(options),
    ...(service !== undefined && { service }),
    ...(upstreamCa !== undefined && { upstreamCa }),
    ...(serviceCa !== undefined && { serviceCa }),
    staleSeconds,
    logSink: log.write,
  });
  try {
    const { origin } = broker;
    const ready = broker.isReady();
    const waits = ready ? "" : "It waits for the service: the log says why.\n";
    printOutcome(context, "broker run", options.json === true, {
      json: { ready, origin, port: broker.port },
      text: `The broker listens on ${paint("bold", origin)}\n${waits}`,
    });
    log.release();
    await stop;
  } finally {
    await broker.close();
  }
}

function readCredential(file: string, read: typeof import("@countersign/server").readPrivateFile): string {
  const found = read(file);
  if (found.ok) return Buffer.from(found.bytes).toString("utf8").trim();
  if (found.reason === "exposed") {
    throw new CliFailure(
      "credentials_exposed",
      `${file} can be read by others. Close it with \`chmod 600\`, and make another credential.`,
    );
  }
  throw new CliFailure("file_unreadable", `${file} cannot be read (${found.reason}).`);
}
