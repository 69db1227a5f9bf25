import type { VirtualDevice } from "../virtual-device.ts";
import { createVirtualSimulator } from "../virtual-simulator.ts";
import { type DevelopmentItem, developmentEvidence } from "../wire/bindings.ts";
import { readConfiguration } from "../wire/configuration.ts";
import type { Attack } from "./attack.ts";
import { everySecret } from "./every-secret.ts";
import { createExchange } from "./exchange.ts";
import { assertSession } from "./genuine-session.ts";
import type { AttackLab } from "./lab.ts";
import { createRawInstance, type RawInstance } from "./raw-instance.ts";

const hourSeconds = 3600;

function simulatorOf(lab: AttackLab, configuration: string): VirtualDevice {
  return createVirtualSimulator({ app: lab.iphone().app, project: readConfiguration(configuration).project });
}

function instanceOf(
  lab: AttackLab,
  exchange: ReturnType<typeof createExchange>,
  development: (statement: Uint8Array) => DevelopmentItem,
  configuration = lab.configuration,
): RawInstance {
  return createRawInstance({ configuration, device: simulatorOf(lab, configuration), exchange, development });
}

export const developmentKeyReplayed: Attack = {
  name: "development-key-replayed",
  platform: "ios",
  attack: "What a simulator made with its development key is read along and sent with another's enrolment.",
  expected: { kind: "refused", code: "development_key_invalid" },
  run: async (lab) => {
    const exchange = createExchange(lab);
    const key = await lab.createDevelopmentKey({ project: "demo", expiresInSeconds: hourSeconds });
    const recorded: DevelopmentItem[] = [];
    const simulator = instanceOf(lab, exchange, (statement) => {
      const item = developmentEvidence(key, statement);
      recorded.push(item);
      return item;
    });
    assertSession(await simulator.enrol(), "the simulator");
    const thief = instanceOf(lab, exchange, (statement) => recorded[0] ?? developmentEvidence(key, statement));
    return exchange.outcome(await thief.enrol({ asks: everySecret(lab) }));
  },
};

export const developmentKeyOfAnotherProject: Attack = {
  name: "development-key-of-another-project",
  platform: "ios",
  attack: "A development key that the same service made for another development project is used.",
  expected: { kind: "refused", code: "development_key_unknown" },
  run: async (lab) => {
    const exchange = createExchange(lab);
    const key = await lab.createDevelopmentKey({ project: "play", expiresInSeconds: hourSeconds });
    const other = instanceOf(lab, exchange, (statement) => developmentEvidence(key, statement), lab.play.configuration);
    assertSession(await other.enrol(), "the simulator in the key's own project");
    const stranger = instanceOf(lab, exchange, (statement) => developmentEvidence(key, statement));
    return exchange.outcome(await stranger.enrol({ asks: everySecret(lab) }));
  },
};

export const developmentKeyAfterExpiry: Attack = {
  name: "development-key-after-expiry",
  platform: "ios",
  attack: "An instance that enrolled with a development key goes on after the key has expired.",
  expected: { kind: "refused", code: "development_key_expired" },
  run: async (lab) => {
    const exchange = createExchange(lab);
    const key = await lab.createDevelopmentKey({ project: "demo", expiresInSeconds: hourSeconds });
    const simulator = instanceOf(lab, exchange, (statement) => developmentEvidence(key, statement));
    assertSession(await simulator.enrol(), "the simulator");
    lab.advanceServiceClock(hourSeconds * 1000);
    const challenge = await exchange.challenge(readConfiguration(lab.configuration).project);
    return exchange.outcome(await simulator.session({ challenge, asks: everySecret(lab) }));
  },
};

export const developmentKeyInProduction: Attack = {
  name: "development-key-in-production",
  platform: "ios",
  attack: "A good development key is shown to a production project.",
  expected: { kind: "refused", code: "development_key_not_allowed" },
  run: async (lab) => {
    const exchange = createExchange(lab);
    const key = await lab.createDevelopmentKey({ project: "demo", expiresInSeconds: hourSeconds });
    const development = (statement: Uint8Array): DevelopmentItem => developmentEvidence(key, statement);
    const instance = instanceOf(lab, exchange, development, lab.productionConfiguration);
    return exchange.outcome(await instance.enrol({ asks: everySecret(lab) }));
  },
};
