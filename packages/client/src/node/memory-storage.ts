import type { Storage } from "../ports.ts";

/** Storage that lasts as long as the process. */
export function memoryStorage(): Storage {
  const values = new Map<string, string>();
  return {
    read: async (name) => values.get(name) ?? null,
    write: async (name, value) => void values.set(name, value),
    remove: async (name) => void values.delete(name),
  };
}
