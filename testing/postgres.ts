import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface PostgresServer {
  /** A fresh, empty database on this server. */
  createDatabase(): Promise<string>;
  /** A plain-text dump of everything in a database of `createDatabase`. */
  dump(url: string): Buffer;
  stop(): Promise<void>;
}

/** The folder of the newest installed PostgreSQL's programs; null where there is none. */
export function postgresPrograms(): string | null {
  const root = "/usr/lib/postgresql";
  if (!existsSync(root)) return null;
  const versions = readdirSync(root).filter((name) => existsSync(join(root, name, "bin", "initdb")));
  const newest = versions.sort((a, b) => Number(b) - Number(a))[0];
  return newest === undefined ? null : join(root, newest, "bin");
}

/**
 * Starts a PostgreSQL of its own in a temporary folder, on a free port of the loopback interface, as an unprivileged user where this
 * process is root (PostgreSQL refuses to run as root).
 */
export async function startPostgres(): Promise<PostgresServer> {
  const programs = postgresPrograms();
  if (programs === null) throw new Error("PostgreSQL is not installed.");
  const folder = mkdtempSync(join(tmpdir(), "countersign-postgres-"));
  const user = unprivileged();
  if (user !== null) chownSync(folder, user, user);
  const identity = user === null ? {} : { uid: user, gid: user };
  const data = join(folder, "data");
  execFileSync(
    join(programs, "initdb"),
    ["-D", data, "-U", "countersign", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
    {
      ...identity,
      cwd: folder,
      stdio: "ignore",
    },
  );

  const port = await freePort();
  const settings = [
    "listen_addresses=127.0.0.1",
    `unix_socket_directories=${folder}`,
    "fsync=off",
    "shared_buffers=16MB",
  ];
  const server = spawn(
    join(programs, "postgres"),
    ["-D", data, "-p", String(port), ...settings.flatMap((setting) => ["-c", setting])],
    {
      ...identity,
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  try {
    await ready(server);
  } catch (error) {
    await stop(server, folder);
    throw error;
  }

  let databases = 0;
  const run = (program: string, args: string[]): Buffer =>
    execFileSync(join(programs, program), ["-h", "127.0.0.1", "-p", String(port), "-U", "countersign", ...args], {
      cwd: folder,
      maxBuffer: 256 * 1024 * 1024,
    });
  return {
    createDatabase: async () => {
      databases += 1;
      run("createdb", [`record${databases}`]);
      return `postgres://countersign@127.0.0.1:${port}/record${databases}`;
    },
    dump: (url) => run("pg_dump", ["-d", new URL(url).pathname.slice(1)]),
    stop: () => stop(server, folder),
  };
}

/** The id of `nobody` where this process is root; null where it is not. */
function unprivileged(): number | null {
  return process.getuid?.() === 0 ? 65534 : null;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("No free port.");
  return address.port;
}

/** Resolves when the server says that it takes connections; rejects with what it said where it ends before. */
function ready(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    server.stderr?.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      if (said.includes("ready to accept connections")) {
        said = "";
        resolve();
      }
    });
    server.once("error", reject);
    server.once("exit", () => reject(new Error(`PostgreSQL ended at its start: ${said}`)));
  });
}

async function stop(server: ChildProcess, folder: string): Promise<void> {
  if (server.exitCode === null && server.signalCode === null && server.pid !== undefined) {
    const ended = once(server, "exit");
    server.kill("SIGINT");
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
}
