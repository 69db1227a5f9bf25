import type { NativeBridge, NativeIdentity } from "@countersign/client/native";

/**
 * What the native module offers: the agent's native half, and three things that JavaScript must have at once. Every asynchronous call answers
 * `{value}`, or `{fault: {code}}` where `NativeBridge` rejects.
 */
export interface CountersignModule extends NativeBridge {
  identity(): NativeIdentity;
  /** b64u of so many bytes of the platform's generator: Hermes has none of its own. */
  randomBytes(length: number): string;
  /** Milliseconds on a clock that runs in sleep. */
  continuousMs(): number;
}

/** The name that the native classes register under. */
const moduleName = "Countersign";

interface ExpoGlobal {
  readonly expo?: { readonly modules?: Readonly<Record<string, unknown>> };
}

/** The module of an app with Expo modules, which Expo keeps under its one global; null where the app was built without it. */
export function findExpoModule(scope: unknown = globalThis): CountersignModule | null {
  const found = (scope as ExpoGlobal).expo?.modules?.[moduleName];
  return found === undefined || found === null ? null : (found as CountersignModule);
}
