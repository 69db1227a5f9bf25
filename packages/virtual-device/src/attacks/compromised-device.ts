import { enrolmentAttack } from "./enrolment-attack.ts";

export const unlockedBootloader = enrolmentAttack({
  name: "unlocked-bootloader",
  platform: "android",
  attack: "The registered app runs on a Pixel whose bootloader is unlocked.",
  reason: "bootloader_unlocked",
  device: (lab) => lab.pixel({ locked: false }),
});

export const customSystem = enrolmentAttack({
  name: "custom-operating-system",
  platform: "android",
  attack: "The registered app runs on a locked Pixel with an operating system that its owner signed.",
  reason: "boot_key_unknown",
  device: (lab) => lab.pixel({ bootState: "self_signed", verifiedBootKey: "c4".repeat(32) }),
});

export const softwareKey = enrolmentAttack({
  name: "software-key",
  platform: "android",
  attack: "The key lives in software, as on an emulator, under a chain that reaches the trust anchor.",
  reason: "security_level_software",
  device: (lab) => lab.pixel({ security: "software", provisioning: "factory" }),
});

export const revokedCertificate = enrolmentAttack({
  name: "revoked-certificate",
  platform: "android",
  attack: "Evidence is made with an attestation key whose batch leaked and was revoked.",
  reason: "certificate_revoked",
  device: (lab) => lab.pixel({ revokedBatch: true }),
});

export const extendedChain = enrolmentAttack({
  name: "chain-extension",
  platform: "android",
  attack:
    "With a key that a genuine Pixel attested for another app, the attacker signs a certificate that claims the registered app.",
  reason: "chain_extended",
  device: (lab) => lab.pixel({ security: "tee", provisioning: "factory" }),
  makeKey: (device, challenge) => device.evil.extendChain(challenge),
});

export const extendedRemoteChain = enrolmentAttack({
  name: "chain-extension-remote",
  platform: "android",
  attack: "The same with a remotely provisioned chain, which is one certificate longer.",
  reason: "chain_extended",
  device: (lab) => lab.pixel({ security: "tee", provisioning: "remote" }),
  makeKey: (device, challenge) => device.evil.extendChain(challenge),
});
