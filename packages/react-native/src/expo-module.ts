import { answerBridge, type NativeBridge } from "@countersign/client/native";
import { moduleName, type NativeModule } from "./native-module.ts";

/** As the Expo module has it: every asynchronous call answers `{value}`, or `{fault: {code}}` where `NativeBridge` rejects. */
type ExpoModule = Readonly<Record<keyof NativeBridge, (of?: object) => Promise<unknown>>> &
  Omit<NativeModule, "bridge">;

interface ExpoGlobal {
  readonly expo?: { readonly modules?: Readonly<Record<string, unknown>> };
}

/** The module of an app with Expo modules, which Expo keeps under its one global; null where the app was built without it. */
export function findExpoModule(scope: unknown = globalThis): NativeModule | null {
  const found = (scope as ExpoGlobal).expo?.modules?.[moduleName];
  if (found === undefined || found === null) return null;
  const module = found as ExpoModule;
  return {
    // Expo refuses a call that is handed more than it takes.
    bridge: answerBridge((name, of) => (of === undefined ? module[name]() : module[name](of))),
    identity: () => module.identity(),
    randomBytes: (length) => module.randomBytes(length),
    continuousMs: () => module.continuousMs(),
  };
}
