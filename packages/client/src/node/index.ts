/** The agent's ports on Node 24 and later. */
import type { AgentPorts, AppClaims, Detectors, NativeKeys, Platform, Storage } from "../ports.ts";
import { memoryStorage } from "./memory-storage.ts";
import { nodeChannelTransport } from "./node-channel-transport.ts";
import { nodeClock } from "./node-clock.ts";
import { nodeKeys } from "./node-keys.ts";
import { nodeRandomness } from "./node-randomness.ts";
import { nodeServiceTransport } from "./node-service-transport.ts";
import { nodeSocketTransport } from "./node-socket-transport.ts";
import { nodeTimers } from "./node-timers.ts";

export { fileStorage } from "./file-storage.ts";
export { type NodeChannelOptions, nodeChannelTransport } from "./node-channel-transport.ts";
export { nodeClock } from "./node-clock.ts";
export { type NodeKeysOptions, nodeKeys } from "./node-keys.ts";
export { nodeRandomness } from "./node-randomness.ts";
export { type NodeServiceOptions, nodeServiceTransport } from "./node-service-transport.ts";
export { nodeSocketTransport } from "./node-socket-transport.ts";
export { nodeTimers } from "./node-timers.ts";
export { memoryStorage };

export interface NodePortsOptions {
  readonly configuration: string;
  readonly app: AppClaims;
  /** Default: keys in memory, without evidence, which count with a development key alone. */
  readonly keys?: NativeKeys;
  /** What the default keys stand in for. Default `android`. */
  readonly platform?: Platform;
  /** Default: none, which the service sees. */
  readonly detectors?: Detectors;
  /** Default: memory. */
  readonly storage?: Storage;
  /** A PEM certificate to trust for the service beside the device store. */
  readonly serviceCa?: string;
  /** The device store, PEM. Default: Node's own. */
  readonly trustedCas?: readonly string[];
}

const noDetectors: Detectors = { observe: async () => ({ detectors: {}, seen: [] }) };

/** Everything the core needs on Node. */
export function createNodePorts(options: NodePortsOptions): AgentPorts {
  const { configuration, app, platform, serviceCa, trustedCas } = options;
  const store = trustedCas === undefined ? {} : { trustedCas };
  const serviceStore = serviceCa === undefined ? store : { ...store, serviceCa };
  return {
    app,
    keys: options.keys ?? nodeKeys({ configuration, ...(platform === undefined ? {} : { platform }) }),
    detectors: options.detectors ?? noDetectors,
    randomness: nodeRandomness(),
    clock: nodeClock(),
    timers: nodeTimers(),
    storage: options.storage ?? memoryStorage(),
    service: nodeServiceTransport({ configuration, ...serviceStore }),
    channel: nodeChannelTransport(store),
    sockets: nodeSocketTransport(serviceStore),
  };
}
