import { parseConfigurationString } from "@countersign/protocol";
import type { NativeKeys, Platform } from "../ports.ts";
import type { Database } from "../web/database.ts";
import { webKeys } from "../web/web-keys.ts";

export interface NodeKeysOptions {
  readonly configuration: string;
  /** The platform that the process stands in for. Default `android`. */
  readonly platform?: Platform;
}

function memoryDatabase(): Database {
  const kept = new Map<string, unknown>();
  return {
    get: async (key) => kept.get(key),
    put: async (key, value) => void kept.set(key, value),
    remove: async (key) => void kept.delete(key),
  };
}

/**
 * Instance keys in the memory of this process, without evidence of anything: for CI and simulators, which enrol with a development key. They are
 * gone with the process.
 */
export function nodeKeys({ configuration, platform = "android" }: NodeKeysOptions): NativeKeys {
  const parsed = parseConfigurationString(configuration);
  if (!parsed.ok) throw new TypeError(parsed.detail);
  return webKeys({ project: parsed.value.project, platform, database: memoryDatabase() });
}
