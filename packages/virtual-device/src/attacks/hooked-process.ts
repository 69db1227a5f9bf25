import type { Attack, AttackOutcome } from "./attack.ts";
import { everySecret } from "./every-secret.ts";
import { createExchange } from "./exchange.ts";
import { assertSession } from "./genuine-session.ts";
import type { AttackLab } from "./lab.ts";
import { createRawInstance } from "./raw-instance.ts";

const hook = { name: "hook", count: 1, ageSeconds: 0 };

export const hookSignal: Attack = {
  name: "hook-signal",
  platform: "android",
  attack: "A hooking framework enters the process of a genuine instance.",
  expected: { kind: "refused", code: "signal_hook" },
  run: (lab) => hooked(lab, false),
};

export const hookQuarantine: Attack = {
  name: "hook-quarantine",
  platform: "android",
  attack: "After a hook was seen, the instance sends a clean statement.",
  expected: { kind: "refused", code: "quarantined" },
  run: (lab) => hooked(lab, true),
};

async function hooked(lab: AttackLab, thenClean: boolean): Promise<AttackOutcome> {
  const exchange = createExchange(lab);
  const device = lab.pixel();
  const instance = createRawInstance({ configuration: lab.configuration, device, exchange });
  assertSession(await instance.enrol(), "the genuine device");
  device.see(hook);
  const answer = await instance.session({ asks: everySecret(lab) });
  if (!thenClean) return exchange.outcome(answer);
  device.evil.clearSignals();
  return exchange.outcome(await instance.session({ asks: everySecret(lab) }));
}
