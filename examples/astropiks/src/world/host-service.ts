import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { composeService, createBootstrapToken, type Service, type ServiceOptions } from "@countersign/server";
import { createTlsAuthority } from "../tls/tls-authority.ts";
import { AdminCallError, type AdminClient, createAdminClient } from "./admin-client.ts";
import { type DemoFolder, openDemoFolder } from "./demo-folder.ts";

export interface HostOptions {
  /** The service's data folder; made where it is not there. */
  readonly data: string;
  /** 0: any free port. */
  readonly port: number;
  readonly tls: boolean;
  readonly nowMs: () => number;
  /** Text of the attestation status list. */
  readonly statusList: string;
  readonly logLine: (line: string) => void;
  /** Further options, for tests. */
  readonly service: Partial<ServiceOptions>;
}

/** The real service, and an operator who may do everything. */
export interface HostedService {
  readonly service: Service;
  readonly admin: AdminClient;
  readonly folder: DemoFolder;
  /** PEM of the authority the service is under; null without TLS. */
  readonly ca: string | null;
  close(): Promise<void>;
}

/** One machine plays every phone and every attacker, so budgets that are meant for one network are raised. */
const demoBudgets: NonNullable<ServiceOptions["limits"]> = {
  challengesPerMinute: 10_000,
  enrolmentsPerMinute: 10_000,
  recordLookupsPerMinute: 10_000,
};

async function isAccepted(admin: AdminClient): Promise<boolean> {
  try {
    await admin.call("GET", "/status");
    return true;
  } catch (error) {
    if (error instanceof AdminCallError && error.status === 401) return false;
    throw error;
  }
}

/**
 * Brings the service up and becomes its administrator: with the token kept from an earlier start, with the folder's first bootstrap token, or with a
 * new one, which the owner of a folder may always make.
 *
 * @throws StartError one line for the operator.
 */
export async function hostService(options: HostOptions): Promise<HostedService> {
  const { data, port, nowMs } = options;
  const scratch = mkdtempSync(join(tmpdir(), "astropiks-"));
  const revocationListFile = join(scratch, "status-list.json");
  writeFileSync(revocationListFile, options.statusList);
  const authority = options.tls ? createTlsAuthority({ name: "AstroPiks service CA", nowMs: nowMs() }) : null;
  const ca = authority?.pem ?? null;
  const tls = authority === null ? {} : { tls: authority.issue(["localhost", "127.0.0.1"]) };
  const shared = { data, host: "127.0.0.1", port, revocationListFile, clock: { nowMs }, limits: demoBudgets };
  const compose = (): Promise<Service> =>
    composeService({ ...shared, ...tls, logSink: options.logLine, ...options.service });

  let running: Service | null = null;
  const close = async (): Promise<void> => {
    await running?.close();
    rmSync(scratch, { recursive: true, force: true });
  };
  try {
    running = await compose();
    const folder = openDemoFolder(data);
    const client = (token: string | null): AdminClient =>
      createAdminClient({ origin: running?.origin ?? "", ca, token });
    const kept = folder.readToken();
    if (kept !== null && (await isAccepted(client(kept)))) {
      return { service: running, admin: client(kept), folder, ca, close };
    }
    let bootstrap = running.bootstrapToken;
    if (bootstrap === null) {
      await running.close();
      running = null;
      bootstrap = (await createBootstrapToken({ data })).token;
      running = await compose();
    }
    const bought = { token: bootstrap, name: "AstroPiks demo" };
    const { token } = await client(null).call<{ token: string }>("POST", "/bootstrap", bought);
    folder.writeToken(token);
    return { service: running, admin: client(token), folder, ca, close };
  } catch (error) {
    await close();
    throw error;
  }
}
