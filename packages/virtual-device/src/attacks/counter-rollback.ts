import type { Attack } from "./attack.ts";
import { everySecret } from "./every-secret.ts";
import { createExchange } from "./exchange.ts";
import { assertSession } from "./genuine-session.ts";
import { createRawInstance } from "./raw-instance.ts";

export const counterRollback: Attack = {
  name: "counter-rollback",
  platform: "ios",
  attack: "A cloned App Attest key makes an assertion over a fresh challenge with a counter that was seen before.",
  expected: { kind: "problem", code: "counter_stale" },
  run: async (lab) => {
    const exchange = createExchange(lab);
    const device = lab.iphone();
    const instance = createRawInstance({ configuration: lab.configuration, device, exchange });
    assertSession(await instance.enrol(), "the genuine device");
    assertSession(await instance.session(), "the genuine device");
    device.evil.setCounter(instance.key().alias, 0);
    return exchange.outcome(await instance.session({ asks: everySecret(lab) }));
  },
};
