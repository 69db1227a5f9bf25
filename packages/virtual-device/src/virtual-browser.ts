import type { AppClaims } from "@countersign/client";
import { createSoftwareDevice } from "./software-device.ts";
import type { VirtualDevice } from "./virtual-device.ts";

export interface VirtualBrowserOptions {
  readonly app: AppClaims;
  /** The project's id, b64u. */
  readonly project: string;
}

/** A browser: a software key and no evidence of anything. */
export function createVirtualBrowser({ app, project }: VirtualBrowserOptions): VirtualDevice {
  return createSoftwareDevice({ name: "Browser", app, project, platform: "web" });
}
