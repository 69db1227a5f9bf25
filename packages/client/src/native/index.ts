/** The agent's ports over a native half: what React Native's and Capacitor's agents are made of. */
import { parseConfigurationString } from "@countersign/protocol";
import type { AgentPorts, Clock, PlayIntegrity, Randomness, Timers } from "../ports.ts";
import { namedConnections } from "./named-connections.ts";
import type { NativeBridge, NativeIdentity } from "./native-bridge.ts";
import { nativeChannelTransport } from "./native-channel-transport.ts";
import { toNativePolicy } from "./native-exchange.ts";
import { nativeKeys } from "./native-keys.ts";
import { nativeServiceTransport } from "./native-service-transport.ts";
import { nativeSocketTransport } from "./native-socket-transport.ts";

export { answerBridge } from "./answer-bridge.ts";
export { type FreeRaspActions, freeRaspActions } from "./free-rasp.ts";
export type * from "./native-bridge.ts";
export { nativeRandomness } from "./native-randomness.ts";
export { textBridge } from "./text-bridge.ts";

export interface NativePortsOptions {
  /** `cs1~…` or `csd1~…`. */
  readonly configuration: string;
  /** The app's id in the project, as registered with `app add`. */
  readonly app: string;
  readonly bridge: NativeBridge;
  readonly identity: NativeIdentity;
  /** The platform's generator, at once: no bridge call can wait for it. */
  readonly randomness: Randomness;
  /** Default: `Date` and `performance.now`, whichever has advanced more. */
  readonly clock?: Clock;
  /** Default: the global `setTimeout`. */
  readonly timers?: Timers;
  /** Google's library, where the app has it. */
  readonly play?: PlayIntegrity;
}

const defaultClock: Clock = {
  runsInSleep: false,
  continuousMs: () => performance.now(),
  wallMs: () => Date.now(),
};

const defaultTimers: Timers = {
  after: (delayMs, call) => {
    const timer = setTimeout(call, delayMs);
    return () => clearTimeout(timer);
  },
};

/** Everything the core needs in an app with a native half. */
export function createNativePorts(options: NativePortsOptions): AgentPorts {
  const { configuration, bridge, identity, randomness, timers = defaultTimers } = options;
  const parsed = parseConfigurationString(configuration);
  if (!parsed.ok) throw new TypeError(parsed.detail);
  const { platform, version, build, bundle } = identity;
  const connections = namedConnections(bridge, randomness);
  return {
    app: { id: options.app, version, build, ...(bundle === null ? {} : { bundle }) },
    keys: nativeKeys({ bridge, platform, project: parsed.value.project, randomness }),
    detectors: { observe: () => bridge.observe() },
    randomness,
    clock: options.clock ?? defaultClock,
    timers,
    storage: {
      read: async (name) => (await bridge.read({ name })).value,
      write: async (name, value) => void (await bridge.write({ name, value })),
      remove: async (name) => void (await bridge.remove({ name })),
    },
    service: nativeServiceTransport({ bridge: connections, configuration, timers }),
    channel: nativeChannelTransport(connections),
    sockets: nativeSocketTransport(connections),
    channels: {
      hold: async (channels) => {
        const said = channels.map(({ host, port, policy }) => ({ host, port, policy: toNativePolicy(policy) }));
        await bridge.holdChannels({ channels: said });
      },
    },
    ...(options.play === undefined ? {} : { play: options.play }),
  };
}
