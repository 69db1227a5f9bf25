import { randomBytes } from "node:crypto";
import { prepareDataFolder } from "../data-folder/prepare-data-folder.ts";
import type { Vault } from "../domain/ports/index.ts";
import { openEnvelope, sealEnvelope } from "./envelope.ts";
import { loadKeyFile } from "./key-file.ts";
import { createSecretValue } from "./secret-value.ts";

/** An envelope that does not open. Says nothing about why: key, context and content are one question. */
export class VaultError extends Error {
  readonly code = "vault_open_failed";

  constructor() {
    super("A sealed value does not open under this key and context.");
    this.name = "VaultError";
  }
}

export interface FileVaultOptions {
  readonly folder: string;
  /**
   * Whether a missing key file is made. Default true. False once the record holds sealed values: a new key would open none of them,
   * and the start is refused with `key_file_missing` instead.
   */
  readonly create?: boolean;
  readonly random?: (length: number) => Uint8Array;
}

/**
 * The vault whose key-encryption key is a file of the data folder.
 *
 * @throws StartError see `loadKeyFile` and `prepareDataFolder`.
 */
export async function openFileVault({ folder, create = true, random = randomBytes }: FileVaultOptions): Promise<Vault> {
  prepareDataFolder(folder);
  const key = loadKeyFile(folder, create ? () => random(32) : null);
  return {
    seal: (clear, context) => {
      const dataKey = random(32);
      const sealed = sealEnvelope({ key, clear, context, dataKey, nonce: random(12) });
      dataKey.fill(0);
      return sealed;
    },
    open: (sealed, context) => {
      const clear = openEnvelope(key, sealed, context);
      if (clear === null) throw new VaultError();
      const value = createSecretValue(clear);
      clear.fill(0);
      return value;
    },
  };
}
