import { describe, expect, it } from "vitest";
import { draw16, otherProject, project, projectSeed } from "../../vectors/world.ts";
import { decodeBase64url, encodeBase64url } from "../base64url.ts";
import type { Credential, Pass } from "../credential.ts";
import {
  openCredential,
  openDecoyCredential,
  openDecoyPass,
  openPass,
  sealCredential,
  sealPass,
} from "./credential.ts";

const id = encodeBase64url(draw16(1));
const point = encodeBase64url(new Uint8Array(65).fill(4));
const credential: Credential = {
  instance: id,
  platform: "web",
  app: "astropiks",
  attestedKey: point,
  instanceKey: point,
  counter: 0,
  subject: id,
  evidenceAt: 1,
  factsVersion: 1,
  facts: { platform: "web", origin: "https://app.example" },
  iat: 1,
  exp: 2,
};
const pass: Pass = {
  instance: id,
  subject: id,
  app: "astropiks",
  verdict: "restricted",
  session: id,
  issuedAtMs: 1_700_000_000_000,
  exp: 3,
  secrets: ["a"],
};
const how = { projectSeed, generation: 2, project, salt: draw16(2) };
const opener = { seedOf: (generation: number) => (generation === 2 ? projectSeed : null), project };

function sealed(text: string | null): string {
  if (text === null) throw new Error("too long");
  return text;
}

describe("credentials", () => {
  it("come back as they were sealed", () => {
    expect(openCredential(sealed(sealCredential(credential, how)), opener)).toEqual({ ok: true, value: credential });
    expect(openPass(sealed(sealPass(pass, how)), opener)).toEqual({ ok: true, value: pass });
  });

  it("are opened by their project, their seed and their kind alone", () => {
    const text = sealed(sealCredential(credential, how));
    const refused = { ok: false, code: "credential_invalid" };
    expect(openCredential(text, { ...opener, project: otherProject })).toMatchObject(refused);
    expect(openCredential(text, { ...opener, seedOf: () => new Uint8Array(32) })).toMatchObject(refused);
    expect(openCredential(text, { ...opener, seedOf: () => null })).toMatchObject(refused);
    expect(openPass(text, opener)).toMatchObject(refused);
    expect(openCredential(sealed(sealPass(pass, how)), opener)).toMatchObject(refused);
  });

  it("of decoys are as long as genuine ones, and neither opens as the other", () => {
    const decoy = { ...how, decoy: true };
    const [one, other] = [sealed(sealCredential(credential, how)), sealed(sealCredential(credential, decoy))];
    expect(other).toHaveLength(one.length);
    expect(openDecoyCredential(other, opener)).toEqual({ ok: true, value: credential });
    expect([openCredential(other, opener).ok, openDecoyCredential(one, opener).ok]).toEqual([false, false]);
    const [pass1, pass2] = [sealed(sealPass(pass, how)), sealed(sealPass(pass, decoy))];
    expect(pass2).toHaveLength(pass1.length);
    expect(openDecoyPass(pass2, opener)).toEqual({ ok: true, value: pass });
    expect([openPass(pass2, opener).ok, openDecoyPass(pass1, opener).ok]).toEqual([false, false]);
    expect([openDecoyPass(other, opener).ok, openDecoyCredential(pass2, opener).ok]).toEqual([false, false]);
  });

  it("are refused with any byte changed, cut or added", () => {
    const bytes = decodeBase64url(sealed(sealCredential(credential, how))) ?? new Uint8Array(0);
    for (let offset = 0; offset < bytes.length; offset += 1) {
      const changed = bytes.slice();
      changed[offset] = (changed[offset] ?? 0) ^ 0x10;
      expect(openCredential(encodeBase64url(changed), opener).ok, `byte ${offset}`).toBe(false);
    }
    for (const length of [0, 17, 18, 33, 34, bytes.length - 1]) {
      expect(openCredential(encodeBase64url(bytes.slice(0, length)), opener).ok).toBe(false);
    }
    expect(openCredential(encodeBase64url(new Uint8Array([...bytes, 0])), opener).ok).toBe(false);
  });

  it("differ with every salt", () => {
    expect(sealCredential(credential, { ...how, salt: draw16(3) })).not.toBe(sealCredential(credential, how));
  });

  it("have at most 1500 characters, or are not made", () => {
    const long = {
      ...pass,
      secrets: Array.from({ length: 64 }, (_, index) => `secret-with-a-rather-long-name-${index}`),
    };
    expect(sealPass(long, how)).toBeNull();
    expect(openPass("A".repeat(1501), opener)).toMatchObject({ ok: false, code: "credential_invalid" });
    const text = sealed(sealPass({ ...pass, secrets: Array.from({ length: 60 }, (_, index) => `key-${index}`) }, how));
    expect(text.length).toBeLessThanOrEqual(1500);
  });
});
