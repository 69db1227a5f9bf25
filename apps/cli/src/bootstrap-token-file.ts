import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** Writes the token to `bootstrap-token` (0600) in the data folder, in place of an earlier one; returns the path. */
export function writeBootstrapTokenFile(data: string, token: string): string {
  const file = join(resolve(data), "bootstrap-token");
  const draft = `${file}.new`;
  rmSync(draft, { force: true });
  writeFileSync(draft, `${token}\n`, { mode: 0o600, flag: "wx" });
  renameSync(draft, file);
  return file;
}
