import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import { type Caller, plainRequest, type RequestTo, signedRequest } from "./signed-requests.ts";

/** What to send. Every request is made, and signed, before the first is timed. */
export interface Load {
  readonly origin: string;
  /** PEM, where the origin is HTTPS. */
  readonly ca: string | null;
  readonly targets: readonly (Pick<RequestTo, "method" | "target"> & { readonly bodyBytes: number })[];
  /** Header lines for each request where there are no callers. */
  readonly lines: readonly string[];
  readonly callers: readonly Caller[];
  readonly aheadMs: number;
  readonly connections: number;
  readonly requests: number;
}

/** Microseconds, and how long all of them took. */
export interface Loaded {
  readonly seconds: number;
  readonly p50: number;
  readonly p99: number;
}

const last = Buffer.from("0\r\n\r\n");

function requestsOf(load: Load, count: number): Buffer[] {
  const bodies = load.targets.map(({ bodyBytes }) => (bodyBytes === 0 ? null : Buffer.alloc(bodyBytes, "u")));
  return Array.from({ length: count }, (_, index) => {
    const at = index % load.targets.length;
    const { method, target } = load.targets[at] ?? { method: "GET" as const, target: "/" };
    const request = { origin: load.origin, method, target, body: bodies[at] ?? null };
    const caller = load.callers[index % load.callers.length];
    return caller === undefined
      ? plainRequest(request, load.lines)
      : signedRequest(caller, request, Date.now() + load.aheadMs);
  });
}

/** Where the answer at the start of these bytes ends; null where it has not yet. */
function endOf(bytes: Buffer): number | null {
  const head = bytes.indexOf("\r\n\r\n");
  if (head < 0) return null;
  const text = bytes.toString("latin1", 0, head);
  if (!text.startsWith("HTTP/1.1 200")) throw new Error(`not a good answer: ${bytes.toString("latin1").slice(0, 400)}`);
  const length = /content-length: *(\d+)/i.exec(text)?.[1];
  if (length !== undefined) return bytes.length >= head + 4 + Number(length) ? head + 4 + Number(length) : null;
  return bytes.subarray(-last.length).equals(last) ? bytes.length : null;
}

function drive(load: Load, requests: readonly Buffer[], times: Float64Array): Promise<void> {
  const { hostname, port, protocol } = new URL(load.origin);
  let next = 0;
  const one = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const to = { host: hostname, port: Number(port), noDelay: true };
      const socket = protocol === "https:" ? connectTls({ ...to, ca: load.ca ?? "" }) : connect(to);
      let began = 0;
      let index = 0;
      let held: Buffer | null = null;
      const send = (): void => {
        const request = requests[next];
        if (request === undefined) {
          socket.destroy();
          resolve();
          return;
        }
        index = next;
        next += 1;
        began = performance.now();
        socket.write(request);
      };
      socket.once(protocol === "https:" ? "secureConnect" : "connect", send);
      socket.on("error", reject);
      socket.on("end", () => reject(new Error("the connection was closed")));
      socket.on("data", (part: Buffer) => {
        held = held === null ? part : Buffer.concat([held, part]);
        if (endOf(held) === null) return;
        held = null;
        times[index] = (performance.now() - began) * 1000;
        send();
      });
    });
  return Promise.all(Array.from({ length: load.connections }, one)).then(() => undefined);
}

process.on("message", (load: Load) => {
  void (async () => {
    const requests = requestsOf(load, load.requests);
    const times = new Float64Array(load.requests);
    const began = performance.now();
    await drive(load, requests, times);
    const seconds = (performance.now() - began) / 1000;
    const sorted = times.toSorted();
    const at = (share: number): number => Math.round(sorted[Math.floor(sorted.length * share)] ?? Number.NaN);
    process.send?.({ seconds, p50: at(0.5), p99: at(0.99) } satisfies Loaded);
  })().catch((error: unknown) => {
    process.send?.({ failed: String(error) });
  });
});
process.on("disconnect", () => process.exit());
