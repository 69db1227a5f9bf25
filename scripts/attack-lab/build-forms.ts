import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { createAndroidWorkshop } from "../../testing/android-tools.ts";
import { expoApp, expoProgram, filesBelow } from "./tools.ts";

/** An app as it is in a store: signed, with the whole bundle of its JavaScript in it. */
export interface BuiltForm {
  readonly apk: string;
  /** The Hermes bytecode that is in it. */
  readonly bytecode: string;
}

/** Exports the Expo app for Android, as its maker would; gives the Hermes bytecode. */
function exportBundle(folder: string, name: string, environment: Readonly<Record<string, string>>): string {
  const out = join(folder, `${name}-bundle`);
  const cache = join(folder, `${name}-cache`);
  mkdirSync(cache, { recursive: true });
  execFileSync(process.execPath, [expoProgram, "export", "--platform", "android", "--output-dir", out], {
    cwd: expoApp,
    stdio: ["ignore", "ignore", "pipe"],
    env: {
      ...process.env,
      ...environment,
      TMPDIR: cache,
      CI: "1",
      EXPO_OFFLINE: "1",
      EXPO_NO_TELEMETRY: "1",
      NODE_ENV: "production",
    },
  });
  const bytecode = filesBelow(out).find((file) => file.endsWith(".hbc"));
  if (bytecode === undefined) throw new Error("the export made no Hermes bytecode");
  return bytecode;
}

/**
 * Builds a form: an APK, made by Android's own tools and signed, around the bundle that the app is exported as. `native` is what stands in
 * its dex code in place of the endpoint.
 */
export function buildForm(
  workshop: ReturnType<typeof createAndroidWorkshop>,
  folder: string,
  form: { readonly name: string; readonly native: string; readonly environment: Readonly<Record<string, string>> },
): BuiltForm {
  const bytecode = exportBundle(folder, form.name, form.environment);
  const app = {
    packageName: "dev.countersign.astropiks",
    versionCode: 100,
    versionName: "1.0.0",
    endpoint: form.native,
    assets: { "index.android.bundle": bytecode },
  };
  return { apk: workshop.build(app, `${form.name}-developer`), bytecode };
}
