import { createHash, randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { toBrokeredProtocols } from "@countersign/protocol";
import { type ClientOptions, WebSocket, WebSocketServer } from "ws";
import { type CallOptions, origin, placeholder, project, sign, state } from "../broker-lab.suite.ts";

export const target = `/b/${project}/photos/v1/live?api_key=${placeholder}`;
const socketOrigin = (): string => origin.replace(/^http/, "ws");

export interface OpenOptions extends CallOptions {
  readonly protocols?: readonly string[];
  readonly client?: ClientOptions;
  /** Headers that are sent beside the handshake's own. */
  readonly also?: Readonly<Record<string, string>>;
}

/** The subprotocols that an agent offers for this target. */
export function offered(options: OpenOptions = {}): readonly string[] {
  const signed = sign(
    { signedOrigin: socketOrigin(), ...options },
    "GET",
    options.signedTarget ?? options.target ?? target,
  );
  const made = toBrokeredProtocols({
    protocols: options.protocols ?? [],
    pass: signed["countersign-pass"] ?? "",
    signatureInput: signed["signature-input"] ?? "",
    signature: signed.signature ?? "",
  });
  if (made === null) throw new TypeError("the test's own subprotocols are no app's");
  return made;
}

/** One side of a conversation, and what it heard. */
export interface Side {
  readonly socket: WebSocket;
  readonly protocol: string;
  /** What was not asked for yet. */
  readonly heard: readonly (string | Buffer)[];
  /** The next message: text, or bytes. */
  next(): Promise<string | Buffer>;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  send(data: string | Buffer): void;
}

export function sideOf(socket: WebSocket): Side {
  const heard: (string | Buffer)[] = [];
  const waiting: ((message: string | Buffer) => void)[] = [];
  socket.on("error", () => {});
  socket.on("message", (data: Buffer, isBinary) => {
    const message = isBinary ? data : data.toString("utf8");
    const next = waiting.shift();
    if (next === undefined) heard.push(message);
    else next(message);
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.once("close", (code, reason) => resolve({ code, reason: String(reason) }));
  });
  return {
    socket,
    heard,
    get protocol() {
      return socket.protocol;
    },
    next() {
      const message = heard.shift();
      return message === undefined ? new Promise((resolve) => void waiting.push(resolve)) : Promise.resolve(message);
    },
    closed,
    send: (data) => socket.send(data),
  };
}

export interface Refusal {
  readonly status: number;
  readonly code: string | null;
}

/** Opens a WebSocket at the broker; the problem where it was refused. */
export function open(options: OpenOptions = {}): Promise<Side | Refusal> {
  const url = socketOrigin() + (options.target ?? target);
  const socket = new WebSocket(url, [...offered(options)], {
    perMessageDeflate: true,
    headers: { ...options.also },
    ...options.client,
  });
  const side = sideOf(socket);
  return new Promise((resolve, reject) => {
    socket.once("open", () => resolve(side));
    socket.once("error", reject);
    socket.once("unexpected-response", (_request, response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => void parts.push(part));
      response.on("end", () => {
        const text = Buffer.concat(parts).toString("utf8");
        const code = /"code":"(\w+)"/.exec(text)?.[1] ?? null;
        resolve({ status: response.statusCode ?? 0, code });
      });
      response.on("error", reject);
    });
  });
}

/** One that must open. */
export async function opened(options: OpenOptions = {}): Promise<Side> {
  const side = await open(options);
  if ("status" in side) throw new Error(`refused: ${side.status} ${side.code ?? ""}`);
  return side;
}

/** The code of one that must not. */
export async function refused(options: OpenOptions = {}): Promise<string | null> {
  const side = await open(options);
  if (!("status" in side)) throw new Error("opened");
  return side.code;
}

/** A proper upstream: gives its side of each socket that is opened. */
export function serveUpstream(talk: (side: Side, request: IncomingMessage) => void): void {
  const server = new WebSocketServer({ noServer: true, handleProtocols: (protocols) => [...protocols][0] ?? false });
  state.upgrade = (request, socket, head) => {
    server.handleUpgrade(request, socket, head, (accepted) => talk(sideOf(accepted), request));
  };
}

/** Both sides of an open socket. */
export async function conversation(
  options: OpenOptions = {},
): Promise<{ readonly caller: Side; readonly upstream: Side }> {
  const far = new Promise<Side>((resolve) => serveUpstream(resolve));
  const caller = await opened(options);
  return { caller, upstream: await far };
}

/** The handshake's answer, by hand, and then these bytes. */
export function answerByHand(then: (socket: Duplex, accept: string) => void): void {
  state.upgrade = (request, socket) => {
    // What nobody reads would not tell that it has ended.
    socket.resume().once("end", () => socket.end());
    socket.on("error", () => {});
    then(socket, acceptOf(request.headers["sec-websocket-key"] ?? ""));
  };
}

const acceptOf = (key: string): string =>
  createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");

export const switching = (accept: string, ...more: readonly string[]): string =>
  [
    "HTTP/1.1 101 Switching Protocols",
    "upgrade: websocket",
    "connection: upgrade",
    `sec-websocket-accept: ${accept}`,
    ...more,
    "",
    "",
  ].join("\r\n");

/** A frame (RFC 6455 §5.2) by hand. */
export function frame(
  opcode: number,
  payload: Buffer | string,
  {
    fin = true,
    rsv = 0,
    masked = false,
    length,
  }: { fin?: boolean; rsv?: number; masked?: boolean; length?: number } = {},
): Buffer {
  const bytes = Buffer.from(payload);
  const said = length ?? bytes.length;
  const head = Buffer.alloc(said < 126 ? 2 : said < 65_536 ? 4 : 10);
  head[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  head[1] = (masked ? 0x80 : 0) | (said < 126 ? said : said < 65_536 ? 126 : 127);
  if (head.length === 4) head.writeUInt16BE(said, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(said), 2);
  if (!masked) return Buffer.concat([head, bytes]);
  const key = randomBytes(4);
  return Buffer.concat([head, key, bytes.map((byte, index) => byte ^ (key[index % 4] ?? 0))]);
}

/** The text of an opening, to be written by hand. */
export function openingText(
  options: OpenOptions & { readonly lines?: readonly string[]; readonly without?: readonly string[] } = {},
): string {
  const fields = [
    ["host", "x"],
    ["connection", "Upgrade"],
    ["upgrade", "websocket"],
    ["sec-websocket-key", randomBytes(16).toString("base64")],
    ["sec-websocket-version", "13"],
    ["sec-websocket-protocol", offered(options).join(", ")],
  ].filter(([name = ""]) => options.without?.includes(name) !== true);
  const lines = [...fields.map(([name, value]) => `${name}: ${value}`), ...(options.lines ?? [])];
  return [`${options.method ?? "GET"} ${options.target ?? target} HTTP/1.1`, ...lines, "", ""].join("\r\n");
}

/** A caller by hand, who has written this. */
export function callByHand(text: string | Buffer): { readonly socket: Socket; readonly all: () => Promise<string> } {
  const { port, hostname } = new URL(origin);
  const socket = connect(Number(port), hostname);
  socket.write(text);
  const all = async (): Promise<string> => {
    const parts: Buffer[] = [];
    try {
      for await (const part of socket as AsyncIterable<Buffer>) parts.push(part);
    } catch {
      // What came before the connection broke is judged.
    }
    return Buffer.concat(parts).toString("latin1");
  };
  return { socket, all };
}

/** Resolves when no connection of either side is left. */
export async function untilNothingIsLeft(): Promise<void> {
  for (;;) {
    const [socket] = [...state.sockets, ...state.callers].filter((each) => !each.closed);
    if (socket === undefined) return;
    await new Promise((resolve) => socket.once("close", resolve));
  }
}
