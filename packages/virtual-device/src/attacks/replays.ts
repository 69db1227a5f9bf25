import { readConfiguration } from "../wire/configuration.ts";
import type { Attack } from "./attack.ts";
import { everySecret } from "./every-secret.ts";
import { createExchange } from "./exchange.ts";
import { assertSession } from "./genuine-session.ts";
import { createRawInstance } from "./raw-instance.ts";

export const replayedChallenge: Attack = {
  name: "replayed-challenge",
  platform: "android",
  attack: "A new statement uses an open challenge that an earlier statement has spent.",
  expected: { kind: "problem", code: "challenge_spent" },
  run: async (lab) => {
    const exchange = createExchange(lab);
    const instance = createRawInstance({ configuration: lab.configuration, device: lab.pixel(), exchange });
    const challenge = await exchange.challenge(readConfiguration(lab.configuration).project);
    assertSession(await instance.enrol({ challenge }), "the genuine device");
    return exchange.outcome(await instance.session({ challenge, asks: everySecret(lab) }));
  },
};

export const replayedSessionRequest: Attack = {
  name: "replayed-session-request",
  platform: "android",
  attack: "A recorded session request of a genuine device is sent again, byte for byte.",
  expected: { kind: "problem", code: "challenge_spent" },
  run: async (lab) => {
    const exchange = createExchange(lab);
    const instance = createRawInstance({ configuration: lab.configuration, device: lab.pixel(), exchange });
    assertSession(await instance.enrol(), "the genuine device");
    const recorded = await instance.prepareSession({ asks: everySecret(lab) });
    assertSession(await exchange.send(recorded), "the genuine device");
    return exchange.outcome(await exchange.send(recorded));
  },
};

export const replayedAssertion: Attack = {
  name: "replayed-assertion",
  platform: "ios",
  attack: "A recorded session request of a genuine iPhone is sent again, byte for byte.",
  expected: { kind: "problem", code: "challenge_spent" },
  run: async (lab) => {
    const exchange = createExchange(lab);
    const instance = createRawInstance({ configuration: lab.configuration, device: lab.iphone(), exchange });
    assertSession(await instance.enrol(), "the genuine device");
    const recorded = await instance.prepareSession({ asks: everySecret(lab) });
    assertSession(await exchange.send(recorded), "the genuine device");
    return exchange.outcome(await exchange.send(recorded));
  },
};

export const reusedEvidenceChallenge: Attack = {
  name: "reused-evidence-challenge",
  platform: "android",
  attack: "A second key is attested over the challenge that a first key's evidence was made for.",
  expected: { kind: "problem", code: "evidence_challenge_reused" },
  run: async (lab) => {
    const exchange = createExchange(lab);
    const device = lab.pixel();
    const { configuration } = lab;
    const first = createRawInstance({ configuration, device, exchange });
    const challenge = await exchange.challenge(readConfiguration(configuration).project);
    assertSession(await first.enrol({ challenge }), "the genuine device");
    const makeKey = (): ReturnType<typeof device.keys.enrol> => device.keys.enrol(challenge);
    const second = createRawInstance({ configuration, device, exchange, makeKey });
    return exchange.outcome(await second.enrol({ asks: everySecret(lab) }));
  },
};
