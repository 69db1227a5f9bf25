import { createPrivateKey, type KeyObject } from "node:crypto";
import { chmodSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { generateSigningKey, pointOfKey, signEs256 } from "@countersign/protocol/server";
import type { RootKeyName, RootKeys } from "../domain/project/root-keys.ts";
import { readPrivateFile } from "./read-private-file.ts";
import { syncFolder } from "./sync-folder.ts";
import { writeNewFile } from "./write-new-file.ts";

/** The folder of root keys inside the data folder. */
export const rootsFolderName = "roots";
const names: readonly RootKeyName[] = ["root", "recovery"];

export type RootKeyErrorCode = "root_key_missing" | "root_key_exposed" | "root_key_unreadable" | "root_key_exists";

/** A root key that is not here, or not fit for use. Names the file, never its content. */
export class RootKeyError extends Error {
  readonly code: RootKeyErrorCode;

  constructor(code: RootKeyErrorCode, message: string) {
    super(message);
    this.name = "RootKeyError";
    this.code = code;
  }
}

export interface RootKeyFiles extends RootKeys {
  /** The private key as PKCS#8 PEM in the clear, for moving it offline. */
  export(project: string, which: RootKeyName): Promise<string>;
  exists(project: string, which: RootKeyName): Promise<boolean>;
}

/**
 * Root and recovery keys as PKCS#8 PEM files of mode 0600: `roots/<project>.root.key` and `roots/<project>.recovery.key`. An operator who
 * moves one offline removes the file; what needs it then fails with `root_key_missing`.
 */
export function rootKeyFiles({ folder }: { readonly folder: string }): RootKeyFiles {
  const roots = join(folder, rootsFolderName);
  const fileOf = (project: string, which: RootKeyName): string => {
    if (!/^[A-Za-z0-9_-]{1,64}$/.test(project)) throw new TypeError("not a project id");
    return join(roots, `${project}.${which}.key`);
  };
  const make = (project: string, which: RootKeyName): Uint8Array => {
    const { privateKey, point } = generateSigningKey();
    const pem = Buffer.from(privateKey.export({ format: "pem", type: "pkcs8" }));
    const made = writeNewFile(fileOf(project, which), pem);
    pem.fill(0);
    if (!made) throw new RootKeyError("root_key_exists", `The ${which} key of project ${project} is there already.`);
    return point;
  };

  return {
    create: async (project) => {
      if (names.some((which) => existsSync(fileOf(project, which)))) {
        throw new RootKeyError("root_key_exists", `A root key of project ${project} is there already.`);
      }
      if (mkdirSync(roots, { recursive: true, mode: 0o700 }) !== undefined) syncFolder(folder);
      chmodSync(roots, 0o700);
      return { rootPoint: make(project, "root"), recoveryPoint: make(project, "recovery") };
    },
    sign: async (project, which, message) => signEs256(load(fileOf(project, which)).key, message),
    export: async (project, which) => load(fileOf(project, which)).pem,
    exists: async (project, which) => existsSync(fileOf(project, which)),
    held: async (project) => names.filter((which) => existsSync(fileOf(project, which))),
  };
}

function load(file: string): { readonly key: KeyObject; readonly pem: string } {
  const read = readPrivateFile(file);
  if (!read.ok) {
    if (read.reason === "missing") throw new RootKeyError("root_key_missing", `The root key ${file} is not here.`);
    if (read.reason === "exposed")
      throw new RootKeyError("root_key_exposed", `The root key ${file} can be read by other users.`);
    throw unreadable(file);
  }
  const pem = Buffer.from(read.bytes).toString("latin1");
  try {
    const key = createPrivateKey({ key: pem, format: "pem" });
    pointOfKey(key);
    return { key, pem };
  } catch {
    throw unreadable(file);
  }
}

function unreadable(file: string): RootKeyError {
  return new RootKeyError("root_key_unreadable", `The root key ${file} is not a P-256 key in PKCS#8 PEM.`);
}
