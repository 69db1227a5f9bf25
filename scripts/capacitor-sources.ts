/**
 * Puts the agent's native sources into packages/capacitor, as the published package holds them, or takes them out: `add` before `npm pack`, `remove` after
 * it. In the repository there is one copy of them, in packages/react-native.
 */
import { cpSync, existsSync, rmSync } from "node:fs";
import { basename, join } from "node:path";

const packages = join(import.meta.dirname, "../packages");

/** Below both packages. Tests and what Gradle builds stay behind. */
const shared: readonly string[] = [
  "android/agent",
  "android/bridge",
  "ios/Agent",
  "ios/Bridge",
  "ios/PrivacyInfo.xcprivacy",
];

const isSource = (path: string): boolean => !["test", "build"].includes(basename(path));

function remove(): void {
  for (const name of shared) rmSync(join(packages, "capacitor", name), { recursive: true, force: true });
}

function add(): void {
  remove();
  for (const name of shared) {
    const from = join(packages, "react-native", name);
    if (!existsSync(from)) throw new Error(`packages/react-native has no ${name}`);
    cpSync(from, join(packages, "capacitor", name), { recursive: true, filter: isSource });
  }
}

const what = process.argv[2];
if (what === "add") add();
else if (what === "remove") remove();
else throw new TypeError("add or remove");
