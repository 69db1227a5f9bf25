import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mintBootstrapToken } from "../domain/admin/bootstrap.ts";
import type { RecordStore } from "../domain/ports/index.ts";
import type { Log } from "../log/create-log.ts";

export interface FirstToken {
  readonly store: RecordStore;
  readonly folder: string;
  readonly nowMs: () => number;
  readonly random: (length: number) => Uint8Array;
  /** Where a person reads along; null: the token goes to a 0600 file whose path is logged. */
  readonly announce: ((line: string) => void) | null;
  readonly log: Log;
}

/** On the first start of a folder: makes the bootstrap token and hands it over. Null where there has been one. */
export async function offerFirstToken(first: FirstToken): Promise<string | null> {
  const { store, folder, log } = first;
  const file = join(folder, "bootstrap-token");
  const held = await store.bootstrapTokens.current();
  if (held !== null) {
    if (held.usedAtMs !== null || held.expiresAtMs <= first.nowMs()) rmSync(file, { force: true });
    return null;
  }
  const { token } = await mintBootstrapToken({ ...first, bootstrapTokens: store.bootstrapTokens });
  if (first.announce !== null) {
    first.announce(`Bootstrap token, good once within 24 hours (countersign login): ${token}`);
    return token;
  }
  rmSync(file, { force: true });
  writeFileSync(file, `${token}\n`, { mode: 0o600, flag: "wx" });
  chmodSync(file, 0o600);
  log.info({ event: "bootstrap_token_written", file }, "bootstrap token written");
  return token;
}
