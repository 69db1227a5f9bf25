import { enrolmentAttack } from "./enrolment-attack.ts";

export const forgedRoot = enrolmentAttack({
  name: "forged-root",
  platform: "android",
  attack: "The attacker runs an attestation authority of their own.",
  reason: "chain_untrusted",
  device: (lab) => lab.pixel({ authority: lab.foreignAuthority }),
});

export const testRootInProduction = enrolmentAttack({
  name: "test-root-in-production",
  platform: "android",
  attack: "Evidence under the test root that a development project trusts is sent to a production project.",
  reason: "chain_untrusted",
  device: (lab) => lab.pixel(),
  configuration: (lab) => lab.productionConfiguration,
});

export const testRootInProductionOnIos = enrolmentAttack({
  name: "test-root-in-production-ios",
  platform: "ios",
  attack: "App Attest evidence under the test root that a development project trusts is sent to a production project.",
  reason: "chain_untrusted",
  device: (lab) => lab.iphone(),
  configuration: (lab) => lab.productionConfiguration,
});
