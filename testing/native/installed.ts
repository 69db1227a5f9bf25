import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

/** `testing/native/node_modules`; null before `npm ci --prefix testing/native`. */
export const nativeModules: string | null =
  [join(import.meta.dirname, "node_modules")].find((folder) => existsSync(join(folder, "kotlin-compiler"))) ?? null;

/** Whether `java` answers here. */
export const hasJava: boolean = (() => {
  try {
    execFileSync("java", ["-version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

/** A file of the installed packages. */
export function nativeModule(...path: readonly string[]): string {
  if (nativeModules === null) throw new TypeError("npm ci --prefix testing/native first");
  return join(nativeModules, ...path);
}

/** Every class of the platform at API level 37. */
export const androidDeclarations = [
  "@nativescript/types-android",
  "lib",
  "android",
  "android-platform-37.d.ts",
] as const;

/** The folder of iOS's declarations. */
export const iosDeclarations = ["@nativescript/types-ios", "lib", "ios", "objc-x86_64"] as const;
