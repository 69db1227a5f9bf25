import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** True where every optional part must be present: a missing tool or vector then fails instead of being skipped. */
export const requireAll = process.env.COUNTERSIGN_REQUIRE === "all";

/**
 * The folder of third-party vectors: `COUNTERSIGN_VECTORS`, else the nearest `shared/vectors` beside a folder above this file.
 * Null where neither exists; tests that need it are then reported as skipped, by name.
 */
export function vectorsFolder(): string | null {
  const named = process.env.COUNTERSIGN_VECTORS;
  if (named !== undefined && named !== "") return existsSync(named) ? named : null;
  let folder = dirname(fileURLToPath(import.meta.url));
  while (folder !== dirname(folder)) {
    folder = dirname(folder);
    const candidate = join(folder, "shared", "vectors");
    if (existsSync(candidate)) return candidate;
  }
  return null;
}
