import { randomBytes } from "node:crypto";
import type { ManifestApi, Place } from "@countersign/protocol";
import { type Agent, type AgentOptions, createAgent } from "../agent.ts";
import { memoryStorage } from "../node/memory-storage.ts";
import {
  type AgentPorts,
  ChannelError,
  type ChannelHolder,
  type ChannelRequest,
  type ChannelResponse,
  type Platform,
  type Signal,
  type Storage,
} from "../ports.ts";
import { FakeProject } from "./fake-project.ts";
import { bodyOf, FakeService } from "./fake-service.ts";
import { createFakeTime, type FakeTime } from "./fake-time.ts";
import { createSoftwareKeys, type SoftwareKeys } from "./software-keys.ts";

/** What an API answers; a thrown ChannelError is a connection that failed. */
export type Upstream = (request: ChannelRequest) => { status: number; headers?: [string, string][]; body?: string };

/** An agent with everything around it in the test's hands. */
export interface TestBed {
  readonly agent: Agent;
  readonly ports: AgentPorts;
  readonly project: FakeProject;
  readonly service: FakeService;
  readonly keys: SoftwareKeys;
  readonly time: FakeTime;
  readonly storage: Storage;
  /** Requests that reached an API. */
  readonly sent: ChannelRequest[];
  upstream: Upstream;
  /** What the platform's detectors see. */
  readonly seen: Signal[];
  /** Another process of the same app: same keys, storage and service. */
  restart(options?: AgentOptions): Agent;
}

export interface TestBedOptions {
  readonly platform?: Platform;
  readonly project?: FakeProject;
  /** A configuration other than the project's own. */
  readonly configuration?: string;
  readonly time?: FakeTime;
  readonly options?: AgentOptions;
  readonly build?: string;
  readonly channels?: ChannelHolder;
}

export const apodKey: Place = {
  api: "nasa",
  methods: ["GET"],
  path: "/planetary/apod",
  in: "query",
  name: "api_key",
  when: "placeholder",
};

export function apiOf(change: Partial<ManifestApi> = {}): ManifestApi {
  const pin = Buffer.alloc(32, 1).toString("base64url");
  const other = Buffer.alloc(32, 2).toString("base64url");
  return {
    api: "nasa",
    host: "api.nasa.gov",
    port: 443,
    channel: "pins",
    pins: [pin, other],
    whenUnavailable: "fail",
    ...change,
  };
}

/** A project as the example has it: one pinned API, one delivered secret with one place. */
export function createNasaProject(environment: "production" | "development" = "development"): FakeProject {
  const project = new FakeProject(environment);
  project.apis = [apiOf()];
  project.secrets = [
    { name: "nasa", value: "nasa-VALUE-0123456789", version: 1, mode: "delivered", places: [apodKey] },
  ];
  return project;
}

export function createTestBed(input: TestBedOptions = {}): TestBed {
  const project = input.project ?? createNasaProject();
  const time = input.time ?? createFakeTime();
  const serviceEpochMs = 1_795_000_000_000 - time.nowMs();
  const service = new FakeService(project, () => serviceEpochMs + time.nowMs());
  const keys = createSoftwareKeys(input.platform ?? "android");
  const storage = memoryStorage();
  const sent: ChannelRequest[] = [];
  const seen: Signal[] = [];
  const ports: AgentPorts = {
    app: { id: project.app, version: "1.0.0", build: input.build ?? "1" },
    keys,
    detectors: { observe: async () => ({ detectors: { hook: 1 }, seen: [...seen] }) },
    randomness: { bytes: (length) => new Uint8Array(randomBytes(length)) },
    clock: time.clock,
    timers: time.timers,
    storage,
    service,
    ...(input.channels === undefined ? {} : { channels: input.channels }),
    channel: {
      async send(request): Promise<ChannelResponse> {
        if (request.abort.aborted) throw new ChannelError("aborted", "aborted");
        sent.push(request);
        const { status, headers = [], body = "" } = bed.upstream(request);
        return { status, headers, body: bodyOf(body) };
      },
    },
  };
  const start = (options?: AgentOptions): Agent =>
    createAgent({
      configuration: input.configuration ?? project.configuration(),
      ports,
      options: { ...input.options, ...options },
    });
  const bed: TestBed = {
    agent: start(),
    ports,
    project,
    service,
    keys,
    time,
    storage,
    sent,
    seen,
    upstream: () => ({ status: 200, body: "picture" }),
    restart: start,
  };
  return bed;
}
