import {
  type ChannelPolicy,
  type ChannelResponse,
  type ChannelSocket,
  type ChannelTransport,
  createAborter,
  NativeKeyError,
  type NativeKeys,
  type ServiceTransport,
  type SocketTransport,
  type Storage,
  type StreamedBody,
} from "@countersign/client";
import type { NativeBridge, NativeHostChannel, NativePolicy, NativeSocketEvent } from "@countersign/client/native";
import { encodeBase64url, parseStatement, type Statement } from "@countersign/protocol";
import type { VirtualDevice } from "@countersign/virtual-device";

/** What a native half is made of here: a device in software and Node's own connections. */
export interface NativeHalfParts {
  readonly device: Pick<VirtualDevice, "keys" | "detectors">;
  readonly storage: Storage;
  readonly service: ServiceTransport;
  readonly channel: ChannelTransport;
  readonly sockets: SocketTransport;
  /** The project of the app's own configuration, b64u: nothing is made or signed for another. Default: whichever is named. */
  readonly project?: string;
}

export interface NativeHalf {
  readonly bridge: NativeBridge;
  /** Every text that crossed the bridge, in both directions. */
  readonly crossed: readonly string[];
  /** What it was last told of channels; null where nothing. */
  channels(): readonly NativeHostChannel[] | null;
  /** Exchanges and sockets that are open. */
  open(): number;
}

/** Pieces that one side hands to another, one at a time: `push` resolves when the piece was taken. */
function createHandover<T>() {
  const waiting: { readonly value: T; readonly taken: () => void }[] = [];
  let asked: ((value: T) => void) | null = null;
  return {
    push: (value: T): Promise<void> =>
      new Promise((taken) => {
        if (asked === null) waiting.push({ value, taken });
        else {
          asked(value);
          asked = null;
          taken();
        }
      }),
    take: (): Promise<T> => {
      const next = waiting.shift();
      if (next === undefined) return new Promise((resolve) => (asked = resolve));
      next.taken();
      return Promise.resolve(next.value);
    },
  };
}

const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "base64url"));
const toPolicy = ({ channel, pins, roots }: NativePolicy): ChannelPolicy => ({
  channel,
  pins,
  roots: roots.map(bytesOf),
});

/** What a device calls its keys, and their points as b64u, by the names that JavaScript gave them: outlives a process of the app. */
const keyNames = new WeakMap<object, Map<string, string>>();
const keyPoints = new WeakMap<object, Map<string, string>>();

/** A native half on Node, for tests: whatever crosses its bridge goes through JSON, and of an error nothing but its code and text. */
export function createNativeHalf({ device, storage, service, channel, sockets, project }: NativeHalfParts): NativeHalf {
  const crossed: string[] = [];
  const { keys, detectors } = device;
  const aliases = keyNames.get(keys) ?? new Map<string, string>();
  keyNames.set(keys, aliases);
  const points = keyPoints.get(keys) ?? new Map<string, string>();
  keyPoints.set(keys, points);
  const own = (alias: string): string => aliases.get(alias) ?? alias;
  const exchanges = new Map<string, { readonly abort: () => void; body: AsyncIterator<Uint8Array> | null }>();
  const uploads = new Map<string, ReturnType<typeof createHandover<Uint8Array | null>>>();
  const open = new Map<string, { socket: ChannelSocket | null; readonly events: NativeSocketEvent[] }>();
  const waiting = new Map<string, (event: NativeSocketEvent) => void>();

  const streamOf = (exchange: string, length: number | null): StreamedBody => {
    const handover = createHandover<Uint8Array | null>();
    uploads.set(exchange, handover);
    return {
      ...(length === null ? {} : { length }),
      async *[Symbol.asyncIterator]() {
        for (let piece = await handover.take(); piece !== null; piece = await handover.take()) yield piece;
      },
    };
  };
  const happen = (socket: string, event: NativeSocketEvent): void => {
    const asked = waiting.get(socket);
    waiting.delete(socket);
    if (asked === undefined) open.get(socket)?.events.push(event);
    else asked(event);
  };
  const proofs = keys satisfies NativeKeys;
  const demandOwn = (named: string): void => {
    if (project !== undefined && named !== project) throw new NativeKeyError("unsupported", "the project is another");
  };
  /** What a native half reads of a statement before it signs it. */
  const readStatement = (text: string, named: string): Statement => {
    demandOwn(named);
    const parsed = parseStatement(bytesOf(text));
    if (!parsed.ok || parsed.value.project !== named || parsed.value.platform !== keys.platform)
      throw new NativeKeyError("unsupported", "this is no statement of this app");
    return parsed.value;
  };
  let told: readonly NativeHostChannel[] | null = null;

  const half: NativeBridge = {
    observe: () => detectors.observe(),
    async holdChannels({ channels }) {
      told = channels;
    },
    async enrol({ alias, challenge, project: named }) {
      demandOwn(named);
      const made = await proofs.enrol(bytesOf(challenge), aliases.get(alias)).catch((error: unknown) => {
        const named = (error as { readonly alias?: string | null }).alias;
        if (typeof named === "string") aliases.set(alias, named);
        throw error;
      });
      aliases.set(alias, made.alias);
      points.set(alias, encodeBase64url(made.instanceKey));
      const { instanceKey, attestedKey, evidence } = made;
      return { instanceKey: encodeBase64url(instanceKey), attestedKey: encodeBase64url(attestedKey), evidence };
    },
    async prove({ alias, statement, project: named }) {
      const { instanceKey } = readStatement(statement, named);
      if (points.has(alias) && points.get(alias) !== instanceKey)
        throw new NativeKeyError("unsupported", "the statement names another key");
      const { assertion, signature } = await proofs.prove(own(alias), bytesOf(statement));
      const text = (bytes: Uint8Array | undefined) => (bytes === undefined ? null : encodeBase64url(bytes));
      return { assertion: text(assertion), signature: text(signature) };
    },
    async provePrevious({ alias, statement, project: named }) {
      const { use, instanceKey } = readStatement(statement, named);
      if (use !== "enrol" || points.get(alias) === instanceKey)
        throw new NativeKeyError("unsupported", "only an enrolment has a previous key");
      return { signature: encodeBase64url(await proofs.provePrevious(own(alias), bytesOf(statement))) };
    },
    dpop: async ({ alias, nonce, ...request }) => ({
      proof: await proofs.dpop(own(alias), { ...request, ...(nonce === null ? {} : { nonce }) }),
    }),
    httpSignature: ({ alias, ...request }) => proofs.httpSignature(own(alias), request),
    clientAttestationProof: async ({ alias, challenge, ...request }) => ({
      proof: await proofs.clientAttestationProof(own(alias), {
        ...request,
        ...(challenge === null ? {} : { challenge }),
      }),
    }),
    forget: ({ alias }) => proofs.forget(own(alias)),
    read: async ({ name }) => ({ value: await storage.read(name) }),
    write: ({ name, value }) => storage.write(name, value),
    remove: ({ name }) => storage.remove(name),

    async send({ exchange, secure, host, port, target, method, headers, body, upload, policy }) {
      const aborter = createAborter();
      exchanges.set(exchange, { abort: aborter.abort, body: null });
      const bytes = body === null ? null : bytesOf(body);
      const request = { method, headers, body: bytes, abort: aborter.handle };
      const address = `${secure ? "https" : "http"}://${host}:${port}`;
      let answer: ChannelResponse;
      if (address === addressOf(service.origin) && policy.channel === "system")
        answer = await service.relay({ ...request, path: target });
      else {
        const stream = upload === null ? {} : { stream: streamOf(exchange, upload.length) };
        answer = await channel.send({ ...request, ...stream, host, port, target, policy: toPolicy(policy) });
      }
      const held = exchanges.get(exchange);
      if (held !== undefined) held.body = answer.body[Symbol.asyncIterator]();
      return { status: answer.status, headers: answer.headers };
    },
    async receive({ exchange }) {
      const next = await exchanges.get(exchange)?.body?.next();
      if (next === undefined || next.done === true) {
        exchanges.delete(exchange);
        return { piece: null };
      }
      return { piece: encodeBase64url(next.value) };
    },
    upload: async ({ exchange, piece }) =>
      uploads.get(exchange)?.push(piece === null ? null : new Uint8Array(bytesOf(piece))),
    async abandon({ exchange }) {
      const held = exchanges.get(exchange);
      exchanges.delete(exchange);
      uploads.delete(exchange);
      held?.abort();
      await held?.body?.return?.();
    },

    async openSocket({ socket, secure, host, port, target, headers, protocols, policy }) {
      const held: { socket: ChannelSocket | null; readonly events: NativeSocketEvent[] } = { socket: null, events: [] };
      open.set(socket, held);
      const listener = {
        message: (data: string | Uint8Array) =>
          happen(
            socket,
            typeof data === "string" ? { kind: "text", text: data } : { kind: "bytes", bytes: encodeBase64url(data) },
          ),
        closed: (end: { readonly code: number; readonly reason: string; readonly wasClean: boolean }) =>
          happen(socket, { kind: "closed", ...end }),
      };
      const abort = createAborter().handle;
      const plain = secure ? {} : ({ service: "plain" } as const);
      const opening = { ...plain, host, port, target, headers, protocols, policy: toPolicy(policy), abort };
      held.socket = await sockets.open(opening, listener);
      return { protocol: held.socket.protocol, extensions: held.socket.extensions };
    },
    async nextOfSocket({ socket }) {
      const event =
        open.get(socket)?.events.shift() ??
        (await new Promise<NativeSocketEvent>((resolve) => waiting.set(socket, resolve)));
      if (event.kind === "closed") open.delete(socket);
      return event;
    },
    async sendToSocket({ socket, text, bytes }) {
      open.get(socket)?.socket?.send(text ?? bytesOf(bytes ?? ""));
    },
    async closeSocket({ socket, code, reason }) {
      const held = open.get(socket)?.socket;
      if (code === null) held?.close();
      else held?.close(code, reason);
    },
  };

  const overJson = (value: unknown): unknown => {
    const text = JSON.stringify(value ?? null);
    crossed.push(text);
    return JSON.parse(text);
  };
  const bridge = Object.fromEntries(
    Object.entries(half).map(([name, call]: [string, (of: never) => Promise<unknown>]) => [
      name,
      async (of: unknown) => {
        try {
          return overJson(await call(overJson(of) as never));
        } catch (error) {
          const { code } = error as { readonly code?: unknown };
          throw { code, message: String(error) };
        }
      },
    ]),
  ) as unknown as NativeBridge;
  return { bridge, crossed, channels: () => told, open: () => exchanges.size + open.size };
}

function addressOf(origin: string): string {
  const { protocol, hostname, port } = new URL(origin);
  return `${protocol}//${hostname}:${port === "" ? (protocol === "https:" ? 443 : 80) : port}`;
}
