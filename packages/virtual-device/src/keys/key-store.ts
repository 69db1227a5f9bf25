import { randomBytes } from "node:crypto";
import { NativeKeyError } from "@countersign/client";
import { hex } from "../encoding/bytes.ts";

/** A device's keystore: entries by alias. */
export interface KeyStore<Entry> {
  /** A new entry under a fresh alias. */
  add(entry: Entry): string;
  find(alias: string): Entry | undefined;
  /** Throws NativeKeyError `invalid_key` where the alias is unknown: that key is gone for ever. */
  get(alias: string): Entry;
  remove(alias: string): void;
}

export function createKeyStore<Entry>(): KeyStore<Entry> {
  const entries = new Map<string, Entry>();
  return {
    add: (entry) => {
      const alias = `key-${hex(randomBytes(8))}`;
      entries.set(alias, entry);
      return alias;
    },
    find: (alias) => entries.get(alias),
    get: (alias) => {
      const entry = entries.get(alias);
      if (entry === undefined) throw new NativeKeyError("invalid_key", "no such key on this device", alias);
      return entry;
    },
    remove: (alias) => {
      entries.delete(alias);
    },
  };
}
