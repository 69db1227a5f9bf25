import type { NativeBridge } from "@countersign/client/native";
import { moduleName, type NativeModule } from "./native-module.ts";
import { unwrapFaults } from "./unwrap-faults.ts";

/** As the Expo module has it: every asynchronous call answers `{value}`, or `{fault: {code}}` where `NativeBridge` rejects. */
type ExpoModule = NativeBridge & Omit<NativeModule, "bridge">;

interface ExpoGlobal {
  readonly expo?: { readonly modules?: Readonly<Record<string, unknown>> };
}

/** The module of an app with Expo modules, which Expo keeps under its one global; null where the app was built without it. */
export function findExpoModule(scope: unknown = globalThis): NativeModule | null {
  const found = (scope as ExpoGlobal).expo?.modules?.[moduleName];
  if (found === undefined || found === null) return null;
  const module = found as ExpoModule;
  return {
    bridge: unwrapFaults(module),
    identity: () => module.identity(),
    randomBytes: (length) => module.randomBytes(length),
    continuousMs: () => module.continuousMs(),
  };
}
