import { describe, expect, it } from "vitest";
import type { Pass } from "../credential.ts";
import { openDecoyPass, openPass, openPassBy, sealPass } from "./credential.ts";
import { deriveKey } from "./derive-key.ts";
import { derivePassKeys, proofKeyBy } from "./pass-keys.ts";
import { proofKeyOf } from "./subject.ts";

const seed = new Uint8Array(32).fill(7);
const project = new Uint8Array(16).fill(1);
const bytes = (length: number): string => Buffer.alloc(length, 9).toString("base64url");
const contents: Pass = {
  instance: bytes(16),
  subject: bytes(16),
  app: "astropiks",
  verdict: "trusted",
  session: bytes(16),
  issuedAtMs: 1_000,
  exp: 2,
  secrets: ["nasa-key"],
};
const how = { projectSeed: seed, generation: 3, project, salt: new Uint8Array(16).fill(2) };
const genuine = sealPass(contents, how) ?? "";
const decoy = sealPass(contents, { ...how, decoy: true }) ?? "";
const keys = derivePassKeys(seed, project);
const own = { keysOf: (generation: number) => (generation === 3 ? keys : null), project };

describe("pass keys", () => {
  it("open what the seed opens, each kind by its own key alone", () => {
    const bySeed = { seedOf: () => seed, project };
    expect(openPassBy("pass", genuine, own)).toEqual(openPass(genuine, bySeed));
    expect(openPassBy("decoyPass", decoy, own)).toEqual(openDecoyPass(decoy, bySeed));
    expect(openPassBy("pass", genuine, own)).toEqual({ ok: true, value: contents });
    expect(openPassBy("pass", decoy, own).ok).toBe(false);
    expect(openPassBy("decoyPass", genuine, own).ok).toBe(false);
  });

  it("open no pass of another generation, and none for another project", () => {
    expect(openPassBy("pass", sealPass(contents, { ...how, generation: 4 }) ?? "", own).ok).toBe(false);
    expect(openPassBy("pass", genuine, { ...own, project: new Uint8Array(16) }).ok).toBe(false);
  });

  it("make the bearer's key that the seed makes, and are no other key of the project", () => {
    expect(proofKeyBy(keys, genuine)).toEqual(proofKeyOf(seed, project, genuine));
    for (const name of ["credential", "decoy-credential", "subject", "canary", "values", "decoy"]) {
      expect(Object.values(keys)).not.toContainEqual(deriveKey(seed, name, project));
    }
  });
});
