import { createVirtualBrowser } from "../virtual-browser.ts";
import { readConfiguration } from "../wire/configuration.ts";
import type { Attack } from "./attack.ts";
import { everySecret } from "./every-secret.ts";
import { createExchange } from "./exchange.ts";
import { createRawInstance } from "./raw-instance.ts";

/** A script that read the configuration string out of the app, with a key of its own and nothing that vouches for it. */
export const bareScript: Attack = {
  name: "bare-script",
  platform: "any",
  attack: "A script without a device claims to be the Android app and sends no evidence.",
  expected: { kind: "refused", code: "evidence_missing" },
  run: async (lab) => {
    const exchange = createExchange(lab);
    const { project } = readConfiguration(lab.configuration);
    const software = createVirtualBrowser({ app: lab.pixel().app, project });
    const device = { ...software, keys: { ...software.keys, platform: "android" as const } };
    const script = createRawInstance({ configuration: lab.configuration, device, exchange });
    return exchange.outcome(await script.enrol({ asks: everySecret(lab) }));
  },
};
