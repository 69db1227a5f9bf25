/*
 * One process of an app: a Node agent whose storage is a folder that other processes of the app share, and whose keys and detectors are the
 * device's, which the parent holds. Forked with an IPC channel and advanced serialization; the parent speaks first, with `Begin`.
 */
import {
  type AppClaims,
  createAgent,
  type EnrolledKey,
  type NativeKeys,
  type NativeProof,
  type Platform,
  type ServiceTransport,
  type Signal,
} from "@countersign/client";
import { createNodePorts, fileStorage } from "@countersign/client/node";

/** What the parent begins with. */
export interface Begin {
  readonly kind: "begin";
  readonly configuration: string;
  readonly serviceCa: string | null;
  /** The device's own store, PEM. */
  readonly trustedCas: readonly string[];
  readonly app: AppClaims;
  readonly platform: Platform;
  /** The folder that the processes share. */
  readonly folder: string;
}

export type DeviceCall = keyof Omit<NativeKeys, "platform"> | "observe";

export type ToApp =
  | Begin
  | { readonly kind: "device"; readonly id: number; readonly value: unknown }
  | { readonly kind: "device"; readonly id: number; readonly code: string; readonly alias: string | null }
  | { readonly kind: "fetch"; readonly id: number; readonly url: string }
  | { readonly kind: "refresh"; readonly id: number };

export type FromApp =
  | { readonly kind: "started" }
  | { readonly kind: "device"; readonly id: number; readonly call: DeviceCall; readonly args: readonly unknown[] }
  /** An answer of the service: the problem's code, or null where there is none. */
  | { readonly kind: "answer"; readonly path: string; readonly code: string | null }
  | { readonly kind: "done"; readonly id: number; readonly result: AppResult };

/** `said`: the status of a fetch, the outcome of a refresh. */
export type AppResult =
  | { readonly ok: true; readonly said: string; readonly body: Uint8Array; readonly instance: string | null }
  | { readonly ok: false; readonly code: string };

const tell = (message: FromApp): void => void process.send?.(message);

let asked = 0;
const waiting = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void }>();
function askDevice(call: DeviceCall, ...args: readonly unknown[]): Promise<unknown> {
  asked += 1;
  const id = asked;
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject });
    tell({ kind: "device", id, call, args });
  });
}

/** Tells the parent how the service answered, by code alone. */
function overheard(service: ServiceTransport): ServiceTransport {
  return {
    ...service,
    send: async (request) => {
      const answer = await service.send(request);
      const said = JSON.parse(Buffer.from(answer.body).toString()) as { readonly code?: string };
      tell({ kind: "answer", path: request.path, code: answer.status < 400 ? null : (said.code ?? "") });
      return answer;
    },
  };
}

function begin({ configuration, serviceCa, trustedCas, app, platform, folder }: Begin) {
  const keys: NativeKeys = {
    platform,
    enrol: (challenge, alias) => askDevice("enrol", challenge, alias) as Promise<EnrolledKey>,
    prove: (alias, statement) => askDevice("prove", alias, statement) as Promise<NativeProof>,
    provePrevious: (alias, statement) => askDevice("provePrevious", alias, statement) as Promise<Uint8Array>,
    dpop: (alias, request) => askDevice("dpop", alias, request) as Promise<string>,
    httpSignature: (alias, request) =>
      askDevice("httpSignature", alias, request) as ReturnType<NativeKeys["httpSignature"]>,
    clientAttestationProof: (alias, request) => askDevice("clientAttestationProof", alias, request) as Promise<string>,
    forget: (alias) => askDevice("forget", alias) as Promise<void>,
  };
  const observe = () =>
    askDevice("observe") as Promise<{ detectors: Readonly<Record<string, number>>; seen: readonly Signal[] }>;
  const ports = createNodePorts({
    configuration,
    app,
    keys,
    detectors: { observe },
    storage: fileStorage(folder),
    trustedCas,
    ...(serviceCa === null ? {} : { serviceCa }),
  });
  return createAgent({
    configuration,
    ports: { ...ports, service: overheard(ports.service) },
    options: { watch: false },
  });
}

let agent: ReturnType<typeof begin> | null = null;

async function work(message: Extract<ToApp, { readonly kind: "fetch" | "refresh" }>): Promise<AppResult> {
  if (agent === null) throw new TypeError("the parent did not begin");
  try {
    if (message.kind === "fetch") {
      const answer = await agent.fetch(message.url);
      return { ok: true, said: String(answer.status), body: await answer.bytes(), instance: agent.state().instance };
    }
    const { outcome } = await agent.refresh("asked by the parent");
    return { ok: true, said: outcome, body: new Uint8Array(), instance: agent.state().instance };
  } catch (error) {
    return { ok: false, code: (error as { readonly code?: string }).code ?? "unknown" };
  }
}

async function obey(message: ToApp): Promise<void> {
  if (message.kind === "begin") {
    agent = begin(message);
    await agent.start();
    tell({ kind: "started" });
  } else if (message.kind === "device") {
    const { id } = message;
    if ("value" in message) waiting.get(id)?.resolve(message.value);
    else waiting.get(id)?.reject(Object.assign(new Error("the device refused"), message));
    waiting.delete(id);
  } else {
    tell({ kind: "done", id: message.id, result: await work(message) });
  }
}

process.on("message", (message: ToApp) => void obey(message));
process.on("disconnect", () => {
  agent?.stop();
  process.exit(0);
});
