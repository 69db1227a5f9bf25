import { readConfiguration } from "../wire/configuration.ts";
import type { Attack } from "./attack.ts";
import { everySecret } from "./every-secret.ts";
import { createExchange, randomness } from "./exchange.ts";
import { createRawInstance } from "./raw-instance.ts";

const openLifetimeMs = 120_000;
const toleranceMs = 5_000;

export const expiredChallenge: Attack = {
  name: "expired-challenge",
  platform: "android",
  attack: "A genuine device's enrolment is held back until its challenge has expired.",
  expected: { kind: "problem", code: "challenge_expired" },
  run: async (lab) => {
    const exchange = createExchange(lab);
    const instance = createRawInstance({ configuration: lab.configuration, device: lab.pixel(), exchange });
    const held = await instance.prepareEnrolment({ asks: everySecret(lab) });
    lab.advanceServiceClock(openLifetimeMs + toleranceMs + 1_000);
    return exchange.outcome(await exchange.send(held));
  },
};

export const forgedChallenge: Attack = {
  name: "forged-challenge",
  platform: "android",
  attack: "The attacker writes a challenge of their own, with a MAC made up.",
  expected: { kind: "problem", code: "challenge_invalid" },
  run: async (lab) => {
    const exchange = createExchange(lab);
    const instance = createRawInstance({ configuration: lab.configuration, device: lab.pixel(), exchange });
    const challenge = await exchange.challenge(readConfiguration(lab.configuration).project);
    challenge.set(randomness(48), 12);
    return exchange.outcome(await instance.enrol({ challenge, asks: everySecret(lab) }));
  },
};

export const foreignChallenge: Attack = {
  name: "challenge-of-another-project",
  platform: "android",
  attack: "A challenge that the same service made for another project is used.",
  expected: { kind: "problem", code: "challenge_invalid" },
  run: async (lab) => {
    const exchange = createExchange(lab);
    const instance = createRawInstance({ configuration: lab.configuration, device: lab.pixel(), exchange });
    const challenge = await exchange.challenge(readConfiguration(lab.productionConfiguration).project);
    return exchange.outcome(await instance.enrol({ challenge, asks: everySecret(lab) }));
  },
};
