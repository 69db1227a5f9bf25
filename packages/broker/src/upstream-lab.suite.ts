import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, type Server, type TLSSocket } from "node:tls";
import { createTlsAuthority } from "../../../testing/tls-authority.ts";
import { callUpstream, type UpstreamCall } from "./call-upstream.ts";
import { type ConnectionPools, createConnectionPools, type PoolLimits } from "./connection-pool.ts";
import { createPathProofs } from "./path-proofs.ts";
import { defaultLimits } from "./ports.ts";

const nowMs = Date.now();
export const authority = createTlsAuthority({ name: "Upstream CA", nowMs });
export const channel = { channel: "system", pins: [], roots: [], furtherCas: [authority.pem] } as const;

/** An upstream that writes bytes, whatever they mean. */
export interface RawUpstream {
  readonly port: number;
  /** Every connection there was, in order. */
  readonly sockets: readonly TLSSocket[];
  /** What arrived on each, as latin1. */
  readonly heard: readonly string[];
}

const servers: Server[] = [];
const allPools: ConnectionPools[] = [];

/** Calls back with each piece that arrives, the number of the connection (from 0), and all that arrived on it. */
export async function rawUpstream(
  onData: (socket: TLSSocket, connection: number, heard: string) => void,
  alpn: readonly string[] = ["http/1.1"],
): Promise<RawUpstream> {
  const sockets: TLSSocket[] = [];
  const heard: string[] = [];
  const server = createServer({ ...authority.issue(["localhost"]), ALPNProtocols: [...alpn] }, (socket) => {
    const index = sockets.push(socket) - 1;
    heard.push("");
    socket.on("error", () => {});
    socket.on("data", (part: Buffer) => {
      heard[index] += part.toString("latin1");
      onData(socket, index, heard[index] ?? "");
    });
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port, sockets, heard };
}

export function openPools(limits: Partial<PoolLimits> = {}): ConnectionPools {
  const proofs = createPathProofs(() => nowMs);
  const pools = createConnectionPools(proofs, { pools: 8, connectionsPerPool: 8, idleMs: 60_000, ...limits });
  allPools.push(pools);
  return pools;
}

export async function closeUpstreamLab(): Promise<void> {
  for (const pools of allPools.splice(0)) pools.close();
  for (const server of servers.splice(0)) server.close();
}

export function callTo(port: number, change: Partial<UpstreamCall> = {}): UpstreamCall {
  return {
    project: "p",
    api: "a",
    host: "localhost",
    port,
    peer: { address: "127.0.0.1", family: 4 },
    channel,
    method: "GET",
    target: "/",
    headers: [],
    body: null,
    length: null,
    limits: { ...defaultLimits, connectMs: 2000, answerMs: 2000, idleMs: 1000 },
    abort: new AbortController().signal,
    ...change,
  };
}

/** The code, or the text of the answer, or `cut`. */
export async function ask(pools: ConnectionPools, port: number, change: Partial<UpstreamCall> = {}): Promise<string> {
  const called = await callUpstream(pools, callTo(port, change));
  if (!called.ok) return called.code;
  const parts: Buffer[] = [];
  for await (const part of called.answer) parts.push(part);
  return called.answer.complete ? Buffer.concat(parts).toString() : "cut";
}

/** Lets everything that is ready to happen, happen. */
export async function turns(count = 20): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => void setImmediate(resolve));
}

export const ok = (text: string): string => `HTTP/1.1 200 OK\r\ncontent-length: ${text.length}\r\n\r\n${text}`;

/** How many requests without a body arrived. */
export const requestsIn = (heard: string): number => heard.split("\r\n\r\n").length - 1;
