/** The agent's ports in a browser. */
import { parseConfigurationString } from "@countersign/protocol";
import type { AgentPorts, AppClaims, Clock, Detectors, NativeKeys, Randomness, Storage, Timers } from "../ports.ts";
import { openDatabase } from "./database.ts";
import { webChannelTransport } from "./web-channel-transport.ts";
import { webKeys } from "./web-keys.ts";
import { webServiceTransport } from "./web-service-transport.ts";

export { type Database, openDatabase } from "./database.ts";
export { webChannelTransport } from "./web-channel-transport.ts";
export { type WebKeysOptions, webKeys } from "./web-keys.ts";
export { webServiceTransport } from "./web-service-transport.ts";
export { wipeWhenHidden } from "./wipe-when-hidden.ts";

/** The browser's clocks: `performance.now()` may stand still in sleep, so `Date`'s advance counts too. */
export function webClock(): Clock {
  return { runsInSleep: false, continuousMs: () => performance.now(), wallMs: () => Date.now() };
}

/** The browser's generator. */
export function webRandomness(): Randomness {
  return { bytes: (length) => crypto.getRandomValues(new Uint8Array(length)) };
}

export function webTimers(): Timers {
  return {
    after: (delayMs, call) => {
      const timer = setTimeout(call, delayMs);
      return () => clearTimeout(timer);
    },
  };
}

/** Storage in IndexedDB of this origin. */
export function webStorage(name = "countersign-agent"): Storage {
  const database = openDatabase(name);
  return {
    read: async (key) => {
      const value = await database.get(key);
      return typeof value === "string" ? value : null;
    },
    write: (key, value) => database.put(key, value),
    remove: (key) => database.remove(key),
  };
}

export interface WebPortsOptions {
  readonly configuration: string;
  readonly app: AppClaims;
  /** Default: WebCrypto keys in IndexedDB. */
  readonly keys?: NativeKeys;
  /** Default: none, which the service sees. */
  readonly detectors?: Detectors;
}

const noDetectors: Detectors = { observe: async () => ({ detectors: {}, seen: [] }) };

/** Everything the core needs in a page of a secure origin. */
export function createWebPorts({ configuration, app, keys, detectors }: WebPortsOptions): AgentPorts {
  const parsed = parseConfigurationString(configuration);
  if (!parsed.ok) throw new TypeError(parsed.detail);
  return {
    app,
    keys: keys ?? webKeys({ project: parsed.value.project }),
    detectors: detectors ?? noDetectors,
    randomness: webRandomness(),
    clock: webClock(),
    timers: webTimers(),
    storage: webStorage(),
    service: webServiceTransport(configuration),
    channel: webChannelTransport(),
  };
}
