import { Capacitor } from "@capacitor/core";
import type { AgentPorts, PlayIntegrity } from "@countersign/client";
import { createNativePorts } from "@countersign/client/native";
import { createWebPorts } from "@countersign/client/web";
import { capacitorHalf } from "./capacitor-half.ts";

export interface CapacitorPortsOptions {
  /** `cs1~…` or `csd1~…`. */
  readonly configuration: string;
  readonly app: {
    /** The app's id in the project, as registered with `app add`. */
    readonly id: string;
    /** What the web build of the app says of itself: a page knows no package. In the app the package's own count. */
    readonly version: string;
    readonly build: string;
  };
  /** Google's library, on Android: `{ token: (requestHash) => … }` over whichever plugin the app has for it. */
  readonly play?: PlayIntegrity;
}

/**
 * Everything the core needs in a Capacitor app: keys, connections and detectors of the phone through the plugin. The same app opened as a page has the
 * browser's, which prove nothing of it.
 *
 * @throws Error in an app that was built without the plugin's native classes, or whose page they refuse: it is not taken for a page.
 */
export async function createCapacitorPorts({ configuration, app, play }: CapacitorPortsOptions): Promise<AgentPorts> {
  if (!Capacitor.isNativePlatform()) return createWebPorts({ configuration, app });
  return createNativePorts({
    configuration,
    app: app.id,
    ...(await capacitorHalf()),
    ...(play === undefined ? {} : { play }),
  });
}
