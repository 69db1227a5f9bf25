import type { Credential, Facts } from "@countersign/protocol";
import { parseCredential, toUtf8 } from "@countersign/protocol";
import { sealCredential } from "@countersign/protocol/server";
import { describe, expect, it } from "vitest";
import { keptFacts, leastFacts } from "./fitting-facts.ts";

const long = "x".repeat(2000);
const ios: Facts = {
  platform: "ios",
  appId: `ABCDE12345.${"b".repeat(155)}`,
  environment: "development",
  osVersion: long,
  bundleVersion: long,
  validationCategory: Number.MAX_SAFE_INTEGER,
};
const android: Facts = {
  platform: "android",
  packages: [
    { name: "org.example.other", version: 1 },
    { name: "p".repeat(255), version: Number.MAX_SAFE_INTEGER },
    { name: "p".repeat(255), version: 2 },
  ],
  signingDigests: Array.from({ length: 20 }, (_, i) => (i % 16).toString(16).repeat(64)),
  securityLevel: "strongbox",
  provisioning: "factory",
  deviceLocked: false,
  verifiedBootState: "self_signed",
  verifiedBootKey: "ab".repeat(32),
  osVersion: Number.MAX_SAFE_INTEGER,
  osPatchLevel: Number.MAX_SAFE_INTEGER,
};
const web: Facts = { platform: "web", origin: "\\".repeat(256) };

const credentialOf = (facts: Facts): Credential => ({
  instance: "A".repeat(22),
  platform: facts.platform,
  app: "a".repeat(48),
  attestedKey: Buffer.alloc(65, 4).toString("base64url"),
  instanceKey: Buffer.alloc(65, 4).toString("base64url"),
  counter: Number.MAX_SAFE_INTEGER,
  subject: "A".repeat(22),
  evidenceAt: Number.MAX_SAFE_INTEGER,
  factsVersion: 0,
  facts,
  iat: Number.MAX_SAFE_INTEGER,
  exp: Number.MAX_SAFE_INTEGER,
});
const seal = (facts: Facts) =>
  sealCredential(credentialOf(facts), {
    projectSeed: new Uint8Array(32),
    generation: 0,
    project: new Uint8Array(16),
    salt: new Uint8Array(16),
  });

describe("facts in a credential", () => {
  it("fit in their least form, whatever was registered and attested, and can be read again", () => {
    expect(seal(android)).toBeNull();
    for (const facts of [ios, android, web]) {
      const least = leastFacts(keptFacts(facts, "p".repeat(255)));
      expect(seal(least)).not.toBeNull();
      expect(parseCredential(toUtf8(JSON.stringify(credentialOf(least)))).ok).toBe(true);
    }
  });

  it("keep the registered package once, each digest once, and no endless version", () => {
    expect(keptFacts(android, "p".repeat(255))).toMatchObject({
      packages: [{ name: "p".repeat(255), version: Number.MAX_SAFE_INTEGER }],
      signingDigests: Array.from({ length: 16 }, (_, i) => i.toString(16).repeat(64)),
    });
    expect(keptFacts(ios, null)).toMatchObject({ osVersion: null, bundleVersion: null });
    expect(keptFacts({ ...ios, osVersion: "27.0", bundleVersion: "1.2" }, null)).toMatchObject({
      osVersion: "27.0",
      bundleVersion: "1.2",
    });
  });
});
