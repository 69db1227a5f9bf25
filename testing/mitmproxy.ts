import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const program = "/usr/bin/mitmdump";

/** Whether Debian's mitmproxy is on this machine. */
export const hasMitmproxy: boolean = existsSync(program);

/** A running mitmproxy that ends TLS under a CA of its own and records what it reads. */
export interface Mitmproxy {
  readonly port: number;
  readonly caPem: string;
  /** Stops it, and gives every flow it recorded, as mitmproxy writes them. */
  stop(): Promise<Uint8Array>;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("close", () => socket.destroy());
    socket.once("connect", () => socket.end());
  });

async function untilReady(child: ChildProcess, port: number, caFile: string): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    if (child.exitCode !== null) throw new Error(`mitmproxy ended with ${child.exitCode}`);
    if (existsSync(caFile) && (await accepts(port))) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("mitmproxy did not begin to listen");
}

/** Starts mitmproxy on loopback in front of a TLS server at `localhost:port`, as a reverse proxy. */
export async function startMitmproxy(to: { readonly port: number }): Promise<Mitmproxy> {
  const folder = mkdtempSync(join(tmpdir(), "mitmproxy-"));
  const port = await freePort();
  const flows = join(folder, "flows");
  const args = ["--mode", `reverse:https://localhost:${to.port}`, "--listen-host", "127.0.0.1", "-p", String(port)];
  const options = [
    "--ssl-insecure",
    "-q",
    "-w",
    flows,
    "--set",
    `confdir=${folder}`,
    "--set",
    "connection_strategy=lazy",
  ];
  const child = spawn(program, [...args, ...options], {
    stdio: "ignore",
    env: { ...process.env, PYENV_VERSION: "system" },
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const caFile = join(folder, "mitmproxy-ca-cert.pem");
  await untilReady(child, port, caFile);
  return {
    port,
    caPem: readFileSync(caFile, "utf8"),
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
      const recorded = existsSync(flows) ? readFileSync(flows) : Buffer.alloc(0);
      rmSync(folder, { recursive: true, force: true });
      return recorded;
    },
  };
}
