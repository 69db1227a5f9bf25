import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EnrolledKey, NativeProof } from "@countersign/client";
import { parseSealedSession, type SealedSession } from "@countersign/protocol";
import {
  type AttackLab,
  createExchange,
  createRawInstance,
  createTestAuthority,
  createVirtualBrowser,
  createVirtualIphone,
  createVirtualPixel,
  type Exchange,
  type Prepared,
  type RawInstance,
  type RawResponse,
  statusListRevoking,
  type TestAuthority,
  type VirtualDevice,
  type VirtualIphoneOptions,
  type VirtualPixelOptions,
} from "@countersign/virtual-device";
import { composeService, type Service } from "../../compose.ts";
import type { ServiceOptions } from "../../config.ts";
import type { ProjectSettings, Trace } from "../../domain/ports/index.ts";

export const appId = "ABCDE12345.com.example.astropiks";
export const packageName = "com.example.astropiks";
export const signingDigest = "ab".repeat(32);
const actor = { id: "lab", name: "lab" };
const claims = { id: "astropiks", version: "1.0", build: "7" };
export const secretValue = "canary-2vQ8-delivered-value";

/** A real service on a temporary folder with one development project, and devices under the anchors it trusts. */
export interface DeviceLab {
  service(): Service;
  readonly project: string;
  readonly configuration: string;
  readonly authority: TestAuthority;
  readonly exchange: Exchange;
  /** Every log line so far. */
  readonly lines: readonly string[];
  nowMs(): number;
  advance(ms: number): void;
  send(method: "GET" | "POST", path: string, body: unknown): Promise<RawResponse>;
  iphone(options?: Partial<VirtualIphoneOptions>): VirtualDevice;
  pixel(options?: Partial<VirtualPixelOptions>): VirtualDevice;
  browser(): VirtualDevice;
  instanceOf(device: VirtualDevice): RawInstance;
  /** An instance that makes its key and evidence once, however often it enrols. */
  steadyInstanceOf(device: VirtualDevice): RawInstance;
  /** The request with a statement of other content, proved anew by the device. */
  altered(
    device: VirtualDevice,
    instance: RawInstance,
    prepared: Prepared,
    change: (statement: Record<string, unknown>) => void,
  ): Prepared;
  /** The session inside an answer's bytes. */
  sessionIn(prepared: Prepared, body: Uint8Array): Promise<SealedSession | null>;
  change(settings: Partial<ProjectSettings>): Promise<void>;
  ban(instance: string): Promise<void>;
  trace(arc: string | null): Promise<Trace>;
  /** Stops the service and starts it on the same folder: the ledger is empty then. */
  restart(): Promise<void>;
  /** Ends the service; `restart` begins it again. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

export async function openDeviceLab(
  options: Partial<ServiceOptions> & { kind?: "production" | "development" } = {},
): Promise<DeviceLab> {
  const data = mkdtempSync(join(tmpdir(), "countersign-lab-"));
  let offset = 0;
  const nowMs = (): number => Date.now() + offset;
  const authority = createTestAuthority({ nowMs: nowMs() });
  const revocationListFile = join(data, "status-list.json");
  writeFileSync(revocationListFile, statusListRevoking([authority.revokedSerial]));
  const lines: string[] = [];
  const { kind = "development", ...given } = options;
  const compose = (port: number): Promise<Service> =>
    composeService({
      data,
      host: "127.0.0.1",
      port,
      ...(given.statusListFetch === undefined && { revocationListFile }),
      clock: { nowMs },
      logLevel: "debug",
      logSink: (line) => lines.push(line),
      ...given,
    });
  let service = await compose(0);
  const { port } = service;
  const { admin } = service.domain;
  const project = await admin.createProject(actor, { name: "lab", kind });
  if (kind === "development") await admin.putAnchors(actor, project.id, authority.pems);
  await admin.putApp(
    actor,
    project.id,
    claims.id,
    {
      ios: { appIds: [appId] },
      android: { packageName, signingDigests: [signingDigest] },
      web: { origins: ["https://astropiks.example"] },
    },
    "create",
  );
  await admin.putApi(
    actor,
    project.id,
    "nasa",
    {
      host: "api.nasa.example",
      port: 443,
      channel: "system",
      pins: [],
      roots: [],
      token: { header: "authorization", prefix: "Bearer ", bind: [] },
      tokenSeconds: 120,
      whenUnavailable: "fail",
    },
    "create",
  );
  const place = {
    api: "nasa",
    methods: ["GET"],
    path: "/planetary",
    in: "query",
    name: "api_key",
    when: "placeholder",
  } as const;
  await admin.setSecret(actor, project.id, "nasa-key", { value: secretValue, mode: "delivered", places: [place] });

  const send = async (method: "GET" | "POST", path: string, body: unknown): Promise<RawResponse> => {
    const response = await fetch(service.origin + path, {
      method,
      ...(body === null ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    });
    const bytes = new Uint8Array(await response.arrayBuffer());
    return { status: response.status, body: bytes, json: toJson(bytes) };
  };
  const exchange = createExchange({ send } as unknown as AttackLab);
  const common = { authority, app: claims, project: project.id, nowMs };

  return {
    service: () => service,
    project: project.id,
    configuration: project.configuration,
    authority,
    exchange,
    lines,
    nowMs,
    advance: (ms) => {
      offset += ms;
    },
    send,
    iphone: (device) => createVirtualIphone({ ...common, appId, ios: "27", ...device }),
    pixel: (device) =>
      createVirtualPixel({
        ...common,
        security: "tee",
        provisioning: "remote",
        packageName,
        versionCode: 7,
        signingDigest,
        ...device,
      }),
    browser: () => createVirtualBrowser({ app: claims, project: project.id }),
    instanceOf: (device) => createRawInstance({ configuration: project.configuration, device, exchange }),
    steadyInstanceOf: (device) => {
      let key: EnrolledKey | null = null;
      const makeKey = async (challenge: Uint8Array): Promise<EnrolledKey> => {
        key ??= await device.keys.enrol(challenge);
        return key;
      };
      return createRawInstance({ configuration: project.configuration, device, exchange, makeKey });
    },
    altered: (device, instance, prepared, change) => {
      const statement = JSON.parse(Buffer.from(prepared.statement).toString()) as Record<string, unknown>;
      change(statement);
      const bytes = Buffer.from(JSON.stringify(statement));
      const use = prepared.path === "/v1/sessions" ? "session" : "enrol";
      const proof = wireProof(device.evil.prove(instance.key().alias, use, bytes));
      return {
        ...prepared,
        statement: bytes,
        body: { ...prepared.body, statement: bytes.toString("base64url"), proof },
      };
    },
    sessionIn: async (prepared, body) => {
      const answered = async () => ({ status: 200, body, json: toJson(body) });
      const answer = await createExchange({ send: answered } as unknown as AttackLab).send(prepared);
      if (answer.session === null) return null;
      const session = parseSealedSession(answer.session.plaintext);
      if (!session.ok) throw new TypeError(session.detail);
      return session.value;
    },
    change: async (settings) => {
      await service.domain.admin.changeSettings(actor, project.id, settings);
    },
    ban: async (instance) => {
      await service.domain.admin.banInstance(actor, project.id, instance, { reason: "test" });
    },
    trace: async (arc) => {
      await service.domain.device.outbox.flush();
      const trace = arc === null ? null : await service.domain.device.store.traces.get(project.id, arc);
      if (trace === null) throw new TypeError("no trace behind this ARC");
      return trace;
    },
    stop: () => service.close(),
    restart: async () => {
      await service.close();
      service = await compose(port);
    },
    close: async () => {
      await service.close();
      rmSync(data, { recursive: true, force: true });
    },
  };
}

function toJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString());
  } catch {
    return null;
  }
}

function wireProof({ assertion, signature }: NativeProof): Readonly<Record<string, string>> {
  return {
    ...(assertion === undefined ? {} : { assertion: Buffer.from(assertion).toString("base64url") }),
    ...(signature === undefined ? {} : { signature: Buffer.from(signature).toString("base64url") }),
  };
}
