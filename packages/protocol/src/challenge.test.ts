import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { androidInstance, draw16, nowMs, otherProject, project, serviceSeed } from "../vectors/world.ts";
import { encodeBase64url } from "./base64url.ts";
import { u32 } from "./bytes.ts";
import {
  type ChallengeFields,
  checkWork,
  isChallengeInTime,
  isEvidenceChallengeInTime,
  parseChallenge,
} from "./challenge.ts";
import { checkChallengeMac, mintChallenge } from "./server/challenge.ts";
import { sha256 } from "./server/derive-key.ts";

const open = mintChallenge({ kind: "open", project, generation: 3, seed: serviceSeed, nowMs, random: draw16(1) });
const continuing = mintChallenge({
  kind: "continuing",
  project,
  scope: androidInstance,
  generation: 3,
  seed: serviceSeed,
  nowMs,
  workBits: 4,
  random: draw16(1),
});

function fieldsOf(bytes: Uint8Array): ChallengeFields {
  const parsed = parseChallenge(bytes);
  if (!parsed.ok) throw new Error(parsed.detail);
  return parsed.value;
}

describe("parseChallenge", () => {
  it("reads the fields from 80 characters or 60 bytes", () => {
    expect(fieldsOf(open)).toMatchObject({
      kind: "open",
      generation: 3,
      workBits: 0,
      issuedAtMs: nowMs,
      lifetimeSeconds: 120,
    });
    expect(fieldsOf(continuing)).toMatchObject({ kind: "continuing", workBits: 4, lifetimeSeconds: 3600 });
    expect(parseChallenge(encodeBase64url(open))).toEqual(parseChallenge(open));
    expect(encodeBase64url(open)).toHaveLength(80);
  });

  it.each([
    ["another version", 0, 2],
    ["an unknown kind", 1, 2],
    ["more work than 20 bits", 3, 21],
  ])("refuses %s", (_, offset, value) => {
    const bytes = open.slice();
    bytes[offset] = value;
    expect(parseChallenge(bytes)).toMatchObject({ ok: false, code: "challenge_invalid" });
  });

  it("refuses any other length and any other text without throwing", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.uint8Array({ maxLength: 70 })), (input) => {
        const parsed = parseChallenge(input);
        if (!parsed.ok) expect(parsed.code).toBe("challenge_invalid");
      }),
    );
    expect(parseChallenge(encodeBase64url(open.slice(1))).ok).toBe(false);
    expect(parseChallenge(`${encodeBase64url(open)}A`).ok).toBe(false);
  });
});

describe("checkChallengeMac", () => {
  it("accepts a challenge for its project and scope alone", () => {
    expect(checkChallengeMac(open, { project, seed: serviceSeed })).toBe(true);
    expect(checkChallengeMac(open, { project: otherProject, seed: serviceSeed })).toBe(false);
    expect(checkChallengeMac(open, { project, seed: new Uint8Array(32) })).toBe(false);
    expect(checkChallengeMac(continuing, { project, scope: androidInstance, seed: serviceSeed })).toBe(true);
    expect(checkChallengeMac(continuing, { project, scope: draw16(2), seed: serviceSeed })).toBe(false);
    expect(checkChallengeMac(continuing, { project, seed: serviceSeed })).toBe(false);
  });

  it("refuses any changed byte", () => {
    for (let offset = 0; offset < 60; offset += 1) {
      const changed = open.slice();
      changed[offset] = (changed[offset] ?? 0) ^ 1;
      expect(checkChallengeMac(changed, { project, scope: androidInstance, seed: serviceSeed }), `byte ${offset}`).toBe(
        false,
      );
    }
  });
});

describe("time", () => {
  it("is judged to the millisecond with 5 seconds of tolerance", () => {
    const fields = fieldsOf(open);
    const at = (ms: number): boolean => isChallengeInTime(fields, nowMs + ms);
    expect([at(-5001), at(-5000), at(124_999), at(125_000)]).toEqual([false, true, true, false]);
  });

  it("allows evidence an hour, and only over an open challenge", () => {
    expect(isEvidenceChallengeInTime(fieldsOf(open), nowMs + 3_604_999)).toBe(true);
    expect(isEvidenceChallengeInTime(fieldsOf(open), nowMs + 3_605_000)).toBe(false);
    expect(isEvidenceChallengeInTime(fieldsOf(continuing), nowMs)).toBe(false);
  });
});

describe("checkWork", () => {
  it("demands the bits the challenge names", () => {
    const fields = fieldsOf(continuing);
    const found: boolean[] = [];
    for (let count = 0; count < 256; count += 1)
      found.push(checkWork(sha256, fields, new Uint8Array([0, 0, 0, 0, ...u32(count)])));
    const hits = found.filter(Boolean).length;
    expect(hits).toBeGreaterThan(0);
    expect(hits).toBeLessThan(64);
    expect(checkWork(sha256, fields, null)).toBe(false);
    expect(checkWork(sha256, fields, new Uint8Array(7))).toBe(false);
  });

  it("demands nothing of a challenge without work", () => {
    expect(checkWork(sha256, fieldsOf(open), null)).toBe(true);
  });
});

describe("mintChallenge", () => {
  it("takes wrong lengths and too much work for a programmer's mistake", () => {
    const good = { kind: "open", project, generation: 1, seed: serviceSeed, nowMs, random: draw16(3) } as const;
    for (const bad of [
      { project: new Uint8Array(15) },
      { random: new Uint8Array(8) },
      { workBits: 21 },
      { seed: new Uint8Array(16) },
    ]) {
      expect(() => mintChallenge({ ...good, ...bad })).toThrow(TypeError);
    }
    expect(() => mintChallenge({ ...good, kind: "continuing" })).toThrow(TypeError);
  });
});
