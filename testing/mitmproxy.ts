import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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
  /** The folder of its authority. */
  readonly confdir: string;
  /** What it read until now of messages that ended: heads, and bodies as they travelled and as they are decoded. */
  captured(): Uint8Array;
  /** Stops it, and gives every flow it recorded, as mitmproxy writes them. */
  stop(): Promise<Uint8Array>;
}

/** Writes down each message at once, and lets event streams through piece by piece. */
const recorder = `
import os
out = open(os.environ["CAPTURE_FILE"], "ab", 0)

def put(message, head):
    lines = [head] + [name + b": " + value for name, value in message.headers.fields]
    raw = message.raw_content or b""
    decoded = message.get_content(strict=False) or b""
    out.write(b"\\r\\n".join(lines) + b"\\r\\n\\r\\n" + raw + b"\\r\\n" + (decoded if decoded != raw else b"") + b"\\r\\n")

def request(flow):
    put(flow.request, flow.request.method.encode() + b" " + flow.request.path.encode("utf-8", "surrogateescape"))

def responseheaders(flow):
    if "text/event-stream" in flow.response.headers.get("content-type", ""):
        flow.response.stream = True

def response(flow):
    put(flow.response, str(flow.response.status_code).encode())
`;

export async function freePort(): Promise<number> {
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

export interface StartMitmproxy {
  /** Where the TLS server behind it listens. */
  readonly port: number;
  /** Default: any free port. */
  readonly listen?: number;
  /** Another one, still running, whose authority it is under too: both call theirs by one name, and a device that trusts two is confused. */
  readonly beside?: Mitmproxy;
}

/** Starts mitmproxy on loopback in front of a TLS server at `localhost:port`, as a reverse proxy. */
export async function startMitmproxy(to: StartMitmproxy): Promise<Mitmproxy> {
  const folder = mkdtempSync(join(tmpdir(), "mitmproxy-"));
  const port = to.listen ?? (await freePort());
  const flows = join(folder, "flows");
  const args = ["--mode", `reverse:https://localhost:${to.port}`, "--listen-host", "127.0.0.1", "-p", String(port)];
  const confdir = to.beside?.confdir ?? folder;
  const capture = join(folder, "capture");
  const script = join(folder, "record.py");
  writeFileSync(script, recorder);
  const options = [
    "--ssl-insecure",
    "-s",
    script,
    "-q",
    "-w",
    flows,
    "--set",
    `confdir=${confdir}`,
    "--set",
    "connection_strategy=lazy",
  ];
  const child = spawn(program, [...args, ...options], {
    stdio: "ignore",
    env: { ...process.env, PYENV_VERSION: "system", CAPTURE_FILE: capture },
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const caFile = join(confdir, "mitmproxy-ca-cert.pem");
  await untilReady(child, port, caFile);
  return {
    port,
    caPem: readFileSync(caFile, "utf8"),
    confdir,
    captured: () => readFileSync(capture),
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
      const recorded = existsSync(flows) ? readFileSync(flows) : Buffer.alloc(0);
      rmSync(folder, { recursive: true, force: true });
      return recorded;
    },
  };
}
