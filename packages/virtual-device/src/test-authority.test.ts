import { createPublicKey, X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createTestAuthority, statusListRevoking } from "./index.ts";

const nowMs = Date.UTC(2026, 10, 22);

describe("createTestAuthority", () => {
  it("makes the same trust anchors from the same seed, and others from another", () => {
    const spkis = (seed: string): string[] =>
      createTestAuthority({ seed, nowMs }).pems.map((pem) =>
        createPublicKey(pem).export({ type: "spki", format: "der" }).toString("hex"),
      );
    expect(spkis("one")).toEqual(spkis("one"));
    expect(spkis("one").filter((spki) => spkis("two").includes(spki))).toEqual([]);
  });

  it("makes new anchors each time without a seed", () => {
    expect(createTestAuthority({ nowMs }).pems[0]).not.toBe(createTestAuthority({ nowMs }).pems[0]);
  });

  it("names no vendor and no trusted root in its roots", () => {
    for (const pem of createTestAuthority({ seed: "names", nowMs }).pems) {
      expect(new X509Certificate(pem).subject).not.toMatch(/Apple Inc|Google LLC|f92009e853b6b045/);
    }
  });

  it("has an RSA factory root and EC P-384 roots for the rest", () => {
    const { apple, google } = createTestAuthority({ seed: "kinds", nowMs });
    expect(new X509Certificate(google.factoryRootPem).publicKey.asymmetricKeyDetails?.modulusLength).toBe(2048);
    for (const pem of [apple.rootPem, google.rootPem]) {
      expect(new X509Certificate(pem).publicKey.asymmetricKeyDetails?.namedCurve).toBe("secp384r1");
    }
  });
});

describe("statusListRevoking", () => {
  it("is a status list in Google's format", () => {
    expect(JSON.parse(statusListRevoking(["ab12"]))).toEqual({
      entries: { ab12: { status: "REVOKED", reason: "KEY_COMPROMISE" } },
    });
  });
});
