import { randomBytes } from "node:crypto";
import { mintBootstrapToken } from "../domain/admin/bootstrap.ts";
import { openPostgresStore } from "../store/postgres-store.ts";
import { openSqliteStore } from "../store/sqlite-store.ts";

/**
 * Makes a new bootstrap token in place of an earlier one, for whoever owns the data folder. The embedded service must be stopped for it.
 *
 * @throws StartError `data_folder_locked` where a service holds the folder, and as `openSqliteStore` does.
 */
export async function createBootstrapToken(options: {
  readonly data: string;
  readonly databaseUrl?: string;
  readonly clock?: { nowMs(): number };
}): Promise<{ readonly token: string; readonly expiresAtMs: number }> {
  const { data, databaseUrl } = options;
  const store =
    databaseUrl === undefined ? await openSqliteStore({ folder: data }) : await openPostgresStore({ url: databaseUrl });
  try {
    return await mintBootstrapToken({
      administrators: store.administrators,
      nowMs: options.clock?.nowMs ?? Date.now,
      random: (length) => new Uint8Array(randomBytes(length)),
    });
  } finally {
    await store.close();
  }
}
