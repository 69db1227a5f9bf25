import { randomBytes } from "node:crypto";
import { decodeBase64url, placeholderOf } from "@countersign/protocol";
import { sha256 } from "@countersign/protocol/server";
import type { Service, ServiceOptions } from "@countersign/server";
import {
  createTestAuthority,
  createVirtualPlay,
  statusListRevoking,
  type TestAuthority,
  type VirtualDevice,
  type VirtualPlay,
} from "@countersign/virtual-device";
import { hardCodedKey } from "../forms/hard-coded.ts";
import { createNasaStandIn, type NasaStandIn } from "../stand-in/nasa-stand-in.ts";
import { createTlsAuthority, type TlsAuthority } from "../tls/tls-authority.ts";
import type { AdminClient } from "./admin-client.ts";
import { createDemoAgent, type DemoAgent, type DemoAgentOptions } from "./demo-agent.ts";
import { demoNames } from "./demo-app.ts";
import { createDemoClock, type DemoClock } from "./demo-clock.ts";
import { createDemoDevices, type DemoDevices } from "./demo-devices.ts";
import type { DemoFolder } from "./demo-folder.ts";
import { hostService } from "./host-service.ts";
import {
  type RegisteredProject,
  registerDemoProject,
  registerPlayProject,
  registerProductionProject,
} from "./register-project.ts";

export interface DemoWorldOptions {
  /** The service's data folder; made where it is not there. */
  readonly folder: string;
  /** 0: any free port. */
  readonly port: number;
  /** Whether the service itself speaks TLS, under an authority made for the occasion. */
  readonly tls: boolean;
  /** The service's log, one JSON line at a time. Default: dropped. */
  readonly logLine?: (line: string) => void;
  /** The vendors' test authority. Default: a new one. */
  readonly authority?: TestAuthority;
  /** Whom the stand-in is under, and devices trust. Default: a new one. */
  readonly standInAuthority?: TlsAuthority;
  /** Further options of the service, for tests. */
  readonly service?: Partial<ServiceOptions>;
}

/** Everything the story needs, with real parts: the service, the third party, devices, an operator. */
export interface DemoWorld {
  readonly origin: string;
  readonly port: number;
  /** PEM of the authority the service is under; null without TLS. */
  readonly serviceCa: string | null;
  readonly service: Service;
  readonly standIn: NasaStandIn;
  /** PEM of the authority the stand-in is under. Every device here trusts it, as phones trust that of the real host. */
  readonly standInCa: string;
  readonly clock: DemoClock;
  readonly authority: TestAuthority;
  readonly admin: AdminClient;
  readonly folder: DemoFolder;
  readonly project: RegisteredProject;
  readonly productionProject: RegisteredProject;
  readonly playProject: RegisteredProject;
  /** Google's side of Play Integrity: `playProject` holds its keys. */
  readonly google: VirtualPlay;
  readonly devices: DemoDevices;
  /** The public text that stands in the app for the key. */
  readonly placeholder: string;
  /** The same for the key that the service keeps. */
  readonly brokeredPlaceholder: string;
  /** The key that is good at the third party now. */
  apiKey(): string;
  /** Every key there has been, for leak searches. */
  apiKeys(): readonly string[];
  /** Makes a new key good at the third party, has `change` tell the service, and makes the old one bad. */
  changeKey(change: (value: string) => Promise<unknown>): Promise<string>;
  /** Gives the service a new key. */
  rotateKey(): Promise<string>;
  /** `trustedCas` are trusted beside the stand-in's. */
  createAgent(device: VirtualDevice, options?: Partial<Omit<DemoAgentOptions, "device">>): DemoAgent;
  close(): Promise<void>;
}

const newApiKey = (): string => `demo-${randomBytes(20).toString("base64url")}`;

/**
 * Brings the demo's world up: the service on its folder, the stand-in of api.nasa.gov, and AstroPiks registered over the admin API. A second
 * start on the same folder goes on with the same projects; test anchors, the stand-in's root and the key are registered anew.
 */
export async function createDemoWorld(options: DemoWorldOptions): Promise<DemoWorld> {
  const clock = createDemoClock();
  const authority = options.authority ?? createTestAuthority({ nowMs: clock.nowMs() });
  const hosted = await hostService({
    data: options.folder,
    port: options.port,
    tls: options.tls,
    nowMs: clock.nowMs,
    statusList: statusListRevoking([authority.revokedSerial]),
    logLine: options.logLine ?? (() => {}),
    // Half of the hosts here are made up, and nobody would answer.
    service: { certificateWatch: false, ...options.service },
  });
  const { service, admin, folder, ca: serviceCa } = hosted;
  const standInAuthority =
    options.standInAuthority ?? createTlsAuthority({ name: "AstroPiks stand-in CA", nowMs: clock.nowMs() });
  const keys = [newApiKey()];
  const brokeredKey = newApiKey();
  const apiKey = (): string => keys.at(-1) ?? "";
  const standIn = await createNasaStandIn({
    tls: standInAuthority.issue(["localhost"]),
    keys: [apiKey(), brokeredKey, hardCodedKey],
    nowMs: clock.nowMs,
    requestsPerHour: 10_000,
  });
  const project = await registerDemoProject(admin, {
    anchors: authority.pems,
    upstream: { host: standIn.host, port: standIn.port, rootPem: standInAuthority.pem },
    apiKey: apiKey(),
    brokeredKey,
  });
  const projectId = decodeBase64url(project.id, 16);
  if (projectId === null) throw new TypeError("the service named a project by something else than 16 bytes");
  const productionProject = await registerProductionProject(admin);
  const google = createVirtualPlay();
  const playProject = await registerPlayProject(admin, { anchors: authority.pems, keys: google.keys });
  const changeKey = async (change: (value: string) => Promise<unknown>): Promise<string> => {
    const next = newApiKey();
    keys.push(next);
    standIn.accept([next, brokeredKey, hardCodedKey]);
    await change(next);
    return next;
  };
  return {
    origin: service.origin,
    port: service.port,
    serviceCa,
    service,
    standIn,
    standInCa: standInAuthority.pem,
    clock,
    authority,
    admin,
    folder,
    project,
    productionProject,
    playProject,
    google,
    devices: createDemoDevices({ authority, project: project.id, nowMs: clock.nowMs }),
    placeholder: placeholderOf(sha256, projectId, demoNames.secret),
    brokeredPlaceholder: placeholderOf(sha256, projectId, demoNames.brokeredSecret),
    apiKey,
    apiKeys: () => [...keys, brokeredKey],
    changeKey,
    rotateKey: () =>
      changeKey((value) => admin.call("POST", `/projects/${project.id}/secrets/${demoNames.secret}/rotate`, { value })),
    createAgent: (device, changes = {}) =>
      createDemoAgent({
        device,
        configuration: project.configuration,
        serviceCa,
        ...changes,
        trustedCas: [standInAuthority.pem, ...(changes.trustedCas ?? [])],
      }),
    async close() {
      await hosted.close();
      await standIn.close();
    },
  };
}
