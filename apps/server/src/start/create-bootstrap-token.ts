import { randomBytes } from "node:crypto";
import { openRecordStore, type RecordPlace } from "../compose-store.ts";
import { mintBootstrapToken } from "../domain/admin/bootstrap.ts";

/**
 * Makes a new bootstrap token in place of an earlier one, for whoever owns the data folder. The embedded service must be stopped for it.
 *
 * @throws StartError `data_folder_locked` where a service holds the folder, and as `openRecordStore` does.
 */
export async function createBootstrapToken(
  options: RecordPlace & { readonly clock?: { nowMs(): number } },
): Promise<{ readonly token: string; readonly expiresAtMs: number }> {
  const store = await openRecordStore(options);
  try {
    return await mintBootstrapToken({
      bootstrapTokens: store.bootstrapTokens,
      nowMs: options.clock?.nowMs ?? Date.now,
      random: (length) => new Uint8Array(randomBytes(length)),
    });
  } finally {
    await store.close();
  }
}
