import { limits } from "@countersign/protocol";
import type { ProtectedApi, Secret } from "../ports/index.ts";
import { AdminError } from "./admin-error.ts";

// Room for what surrounds the two lists, and for the placeholder of each secret.
const OTHER_BYTES = 4 * 1024;
const PLACEHOLDER_BYTES = 96;

/**
 * Refuses a change after which a manifest could be larger than agents accept: published, it would leave every agent with the old one.
 * An upper bound, not the exact size: an app's manifest names at most all APIs and secrets.
 */
export function checkManifestSize(
  apis: readonly ProtectedApi[],
  secrets: readonly Pick<Secret, "name" | "places">[],
): void {
  const rows = [...apis, ...secrets.map(({ name, places }) => ({ name, places }))];
  const bytes = Buffer.byteLength(JSON.stringify(rows)) + secrets.length * PLACEHOLDER_BYTES + OTHER_BYTES;
  if (bytes > limits.manifestBytes) {
    throw new AdminError(
      "limit_reached",
      `The manifest would be larger than ${limits.manifestBytes / 1024} KiB. Use fewer APIs, roots or places.`,
    );
  }
}
