import { enrolmentAttack } from "./enrolment-attack.ts";

export const otherAppId = enrolmentAttack({
  name: "other-app-id",
  platform: "ios",
  attack: "Another app on a genuine iPhone claims to be the registered one.",
  reason: "app_id_mismatch",
  device: (lab) => lab.iphone({ appId: "ATTACKER01.com.example.clone" }),
});

export const repackagedBuild = enrolmentAttack({
  name: "repackaged-build",
  platform: "android",
  attack: "The registered package, altered and signed by the attacker, runs on a genuine Pixel.",
  reason: "signing_digest_mismatch",
  device: (lab) => lab.pixel({ signingDigest: "66".repeat(32) }),
});

export const otherPackage = enrolmentAttack({
  name: "other-package",
  platform: "android",
  attack: "Another app on a genuine Pixel claims to be the registered one.",
  reason: "package_mismatch",
  device: (lab) => lab.pixel({ packageName: "com.example.clone" }),
});

export const developmentEnvironment = enrolmentAttack({
  name: "development-environment",
  platform: "ios",
  attack: "A build run from Xcode attests in App Attest's development environment where production is required.",
  reason: "environment_mismatch",
  device: (lab) => lab.iphone({ environment: "development" }),
});
