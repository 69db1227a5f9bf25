import type { NativeBridge, NativeIdentity } from "@countersign/client/native";

/** The name that the native classes register under. */
export const moduleName = "Countersign";

/** The native half of an app: its calls, and three things that JavaScript must have at once. */
export interface NativeModule {
  readonly bridge: NativeBridge;
  identity(): NativeIdentity;
  /** b64u of so many bytes of the platform's generator: Hermes has none of its own. */
  randomBytes(length: number): string;
  /** Milliseconds on a clock that runs in sleep. */
  continuousMs(): number;
}
