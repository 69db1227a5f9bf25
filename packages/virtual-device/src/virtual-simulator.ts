import type { AppClaims } from "@countersign/client";
import { createSoftwareDevice } from "./software-device.ts";
import type { VirtualDevice } from "./virtual-device.ts";

export interface VirtualSimulatorOptions {
  readonly app: AppClaims;
  /** The project's id, b64u. */
  readonly project: string;
  /** What is simulated. Default `ios`. */
  readonly platform?: "ios" | "android";
}

/** The iOS simulator or an Android emulator: the app runs, and there is neither App Attest nor hardware to vouch for a key. */
export function createVirtualSimulator({ app, project, platform = "ios" }: VirtualSimulatorOptions): VirtualDevice {
  const name = platform === "ios" ? "iOS simulator" : "Android emulator";
  return createSoftwareDevice({ name, app, project, platform });
}
