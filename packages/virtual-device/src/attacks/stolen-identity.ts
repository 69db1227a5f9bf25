import type { VirtualDevice } from "../virtual-device.ts";
import type { Attack, AttackOutcome } from "./attack.ts";
import { everySecret } from "./every-secret.ts";
import { createExchange } from "./exchange.ts";
import { assertSession } from "./genuine-session.ts";
import type { AttackLab } from "./lab.ts";
import { createRawInstance, wireProof } from "./raw-instance.ts";

export const stolenCredential: Attack = {
  name: "stolen-credential",
  platform: "android",
  attack: "A thief presents a victim's credential with a key of their own.",
  expected: { kind: "problem", code: "credential_invalid" },
  run: async (lab) => {
    const exchange = createExchange(lab);
    const { configuration } = lab;
    const victim = createRawInstance({ configuration, device: lab.pixel(), exchange });
    assertSession(await victim.enrol(), "the victim");
    const thief = createRawInstance({ configuration, device: lab.pixel(), exchange });
    assertSession(await thief.enrol(), "the thief's own device");
    const prepared = await thief.prepareSession({ asks: everySecret(lab) });
    const stolen = { ...prepared, body: { ...prepared.body, credential: victim.credential() } };
    return exchange.outcome(await exchange.send(stolen));
  },
};

export const impersonatedVictim: Attack = {
  name: "stolen-credential-and-names",
  platform: "android",
  attack: "A thief presents a victim's credential, names the victim's keys, and signs with a key of their own.",
  expected: { kind: "problem", code: "proof_invalid" },
  run: async (lab) => {
    const exchange = createExchange(lab);
    const { configuration } = lab;
    const victim = createRawInstance({ configuration, device: lab.pixel(), exchange });
    assertSession(await victim.enrol(), "the victim");
    const thief = lab.pixel();
    const { alias } = await thief.keys.enrol(new Uint8Array(60));
    const prepared = await victim.prepareSession({ asks: everySecret(lab) });
    const proof = wireProof(thief.evil.prove(alias, "session", prepared.statement));
    return exchange.outcome(await exchange.send({ ...prepared, body: { ...prepared.body, proof } }));
  },
};

export const copiedChain: Attack = {
  name: "copied-chain",
  platform: "android",
  attack: "A victim's evidence, which is public, is presented by someone without the key it certifies.",
  expected: { kind: "problem", code: "proof_invalid" },
  run: async (lab) => {
    const exchange = createExchange(lab);
    const victim = createRawInstance({ configuration: lab.configuration, device: lab.pixel(), exchange });
    const thief = lab.pixel();
    const { alias } = await thief.keys.enrol(new Uint8Array(60));
    const prepared = await victim.prepareEnrolment({ asks: everySecret(lab) });
    const proof = wireProof(thief.evil.prove(alias, "enrol", prepared.statement));
    return exchange.outcome(await exchange.send({ ...prepared, body: { ...prepared.body, proof } }));
  },
};

export const copiedChainOwnKey: Attack = {
  name: "copied-chain-own-key",
  platform: "android",
  attack:
    "A victim's evidence is presented under the victim's name by someone who names a key of their own and proves with it.",
  expected: { kind: "problem", code: "malformed" },
  run: (lab) => enrolWithCopiedEvidence(lab, lab.pixel(), lab.pixel()),
};

export const copiedAttestationOwnKeys: Attack = {
  name: "copied-attestation-own-keys",
  platform: "ios",
  attack: "A victim's attestation is presented under the victim's name by an iPhone that proves with keys of its own.",
  expected: { kind: "problem", code: "proof_invalid" },
  run: (lab) => enrolWithCopiedEvidence(lab, lab.iphone(), lab.iphone()),
};

/** The thief's own keys make the proof and stand in the statement; evidence and the name that follows from it are the victim's. */
async function enrolWithCopiedEvidence(
  lab: AttackLab,
  victim: VirtualDevice,
  thief: VirtualDevice,
): Promise<AttackOutcome> {
  const exchange = createExchange(lab);
  const makeKey = async (challenge: Uint8Array) => {
    const { attestedKey, evidence } = await victim.keys.enrol(challenge);
    return { ...(await thief.keys.enrol(challenge)), attestedKey, evidence };
  };
  const instance = createRawInstance({ configuration: lab.configuration, device: thief, exchange, makeKey });
  return exchange.outcome(await instance.enrol({ asks: everySecret(lab) }));
}
