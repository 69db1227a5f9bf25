import {
  type Agent,
  type AgentPorts,
  type ChannelTransport,
  createAgent,
  type ServiceTransport,
  type Storage,
} from "@countersign/client";
import { createNodePorts } from "@countersign/client/node";
import type { Middleman, VirtualDevice } from "@countersign/virtual-device";

export interface DemoAgentOptions {
  readonly device: VirtualDevice;
  readonly configuration: string;
  /** The service's authority, PEM; null where it speaks plain HTTP on the loopback address. */
  readonly serviceCa: string | null;
  /** The device's own store, PEM. A managed root has to agree with it. Default: Node's own. */
  readonly trustedCas?: readonly string[];
  readonly storage?: DeviceStorage;
  /** Someone between agent and service. */
  readonly middleman?: Middleman;
  /** Where connections to `host:port` really end, for someone between agent and API; null: where they should. */
  readonly divert?: (host: string, port: number) => number | null;
  /** Default: true. */
  readonly watch?: boolean;
  /** The device's wall clock. Default: the real one. */
  readonly wallMs?: () => number;
}

/** An agent, and what it stores on its device. */
export interface DemoAgent {
  readonly agent: Agent;
  readonly storage: DeviceStorage;
}

/** A device's storage that its owner can look into, and that outlives a process of the app. */
export interface DeviceStorage extends Storage {
  values(): readonly string[];
}

export function createDeviceStorage(): DeviceStorage {
  const values = new Map<string, string>();
  return {
    read: async (name) => values.get(name) ?? null,
    write: async (name, value) => void values.set(name, value),
    remove: async (name) => void values.delete(name),
    values: () => [...values.values()],
  };
}

function interposed(service: ServiceTransport, middleman: Middleman): ServiceTransport {
  return {
    origin: service.origin,
    send: (request) => middleman(request, (onward) => service.send(onward)),
    watch: (request, onData, abort) => service.watch(request, onData, abort),
    relay: (request) => service.relay(request),
  };
}

/** The network sends packets elsewhere; names and certificates stay what the manifest demands. */
function diverted(channel: ChannelTransport, divert: (host: string, port: number) => number | null): ChannelTransport {
  return { send: (request) => channel.send({ ...request, port: divert(request.host, request.port) ?? request.port }) };
}

/** A real agent on a virtual device, over real connections. */
export function createDemoAgent(options: DemoAgentOptions): DemoAgent {
  const { device, configuration, serviceCa, middleman, divert, wallMs } = options;
  const storage = options.storage ?? createDeviceStorage();
  const ports: AgentPorts = createNodePorts({
    configuration,
    app: device.app,
    keys: device.keys,
    detectors: device.detectors,
    storage,
    ...(serviceCa === null ? {} : { serviceCa }),
    ...(options.trustedCas === undefined ? {} : { trustedCas: [...options.trustedCas] }),
  });
  const agent = createAgent({
    configuration,
    ports: {
      ...ports,
      clock: wallMs === undefined ? ports.clock : { continuousMs: () => ports.clock.continuousMs(), wallMs },
      service: middleman === undefined ? ports.service : interposed(ports.service, middleman),
      channel: divert === undefined ? ports.channel : diverted(ports.channel, divert),
    },
    options: { watch: options.watch ?? true },
  });
  return { agent, storage };
}
