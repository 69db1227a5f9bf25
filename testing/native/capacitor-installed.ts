import { existsSync } from "node:fs";
import { join } from "node:path";

const modules = join(import.meta.dirname, "../capacitor/node_modules");

/** Whether `npm ci --prefix testing/capacitor` was run. */
export const hasCapacitor: boolean = existsSync(join(modules, "@capacitor/ios"));

/** A file of Capacitor's packages. */
export function capacitorModule(...path: readonly string[]): string {
  if (!hasCapacitor) throw new TypeError("npm ci --prefix testing/capacitor first");
  return join(modules, "@capacitor", ...path);
}
