import { describe, expect, it } from "vitest";
import type { StoredTokenKey } from "../ports/index.ts";
import { planSuccession } from "./token-key-plan.ts";
import {
  cacheSecondsOf,
  isRetired,
  keySetOf,
  keysOfSet,
  signingKeyOf,
  type TokenKeyState,
  tokenKeyState,
  tokenKeyTimes,
} from "./token-key-state.ts";

const born = Date.UTC(2026, 10, 22);

function keyOf(kid: string, more: Partial<StoredTokenKey> = {}): StoredTokenKey {
  return {
    project: "p",
    kid,
    purpose: "api",
    api: "nasa",
    alg: "ES256",
    publicJwk: null,
    material: "",
    createdAtMs: born,
    activeFromMs: born,
    retiresAtMs: null,
    ...more,
  };
}

describe("a key that was rotated", () => {
  const activeFromMs = born + 1_000_000;
  const { times } = planSuccession([keyOf("old")], { activeFromMs, atOnce: false }, born);
  const endsAtMs = times[0]?.retiresAtMs ?? 0;
  const set = [keyOf("old", { retiresAtMs: endsAtMs }), keyOf("new", { createdAtMs: born + 1, activeFromMs })];

  it.each<[string, number, TokenKeyState, TokenKeyState]>([
    ["before it is there", born - 1, "staged", "staged"],
    ["from its beginning", born, "signing", "staged"],
    ["until the last millisecond before the successor begins", activeFromMs - 1, "signing", "staged"],
    ["from the successor's beginning", activeFromMs, "retiring", "signing"],
    ["until the last millisecond before its end", endsAtMs - 1, "retiring", "signing"],
    ["from its end", endsAtMs, "retired", "signing"],
    ["ever after", endsAtMs + 1, "retired", "signing"],
  ])("%s stands beside its successor", (_, atMs, old, young) => {
    expect(set.map((key) => tokenKeyState(key, set, atMs))).toEqual([old, young]);
  });

  it("ends when its last token has ended for a verifier whose clock is a minute behind", () => {
    const lastExpMs = activeFromMs - 1 + tokenKeyTimes.longestTokenMs;
    expect(endsAtMs).toBeGreaterThanOrEqual(lastExpMs + 60_000);
  });

  it("leaves no cache behind that has not got its successor", () => {
    expect(tokenKeyTimes.overlapMs).toBeGreaterThan(tokenKeyTimes.cacheMs);
    expect(tokenKeyTimes.tailMs).toBeGreaterThanOrEqual(tokenKeyTimes.cacheMs);
  });
});

describe("a key whose end is set", () => {
  const activeFromMs = born + 1_000_000;
  const endsAtMs = activeFromMs + tokenKeyTimes.tailMs;
  const ends = (retiresAtMs: number, atOnce = false) =>
    planSuccession([keyOf("old", { retiresAtMs })], { activeFromMs, atOnce }, born).times.map(
      (each) => each.retiresAtMs,
    );

  it("ends no later for being succeeded again, and sooner where its last token ends sooner", () => {
    expect([ends(endsAtMs - 1), ends(endsAtMs), ends(endsAtMs + 1)]).toEqual([[], [], [endsAtMs]]);
  });

  it("ends now in an emergency, and is left alone where it has ended", () => {
    expect([ends(born + 1, true), ends(born, true), ends(born - 1)]).toEqual([[born], [], []]);
  });
});

describe("what signs", () => {
  it("is a key that every token of now is outlived by", () => {
    const endsAtMs = born + tokenKeyTimes.longestTokenMs;
    const alone = [keyOf("a", { retiresAtMs: endsAtMs })];
    expect(signingKeyOf(alone, born)).toBeNull();
    expect(signingKeyOf([keyOf("a", { retiresAtMs: endsAtMs + 1 })], born)?.kid).toBe("a");
    expect(tokenKeyState(alone[0] ?? keyOf("a"), alone, born)).toBe("retiring");
  });

  it("is the key that became active last, whichever was made last; of two the one that was not succeeded, else by name", () => {
    const early = keyOf("early", { createdAtMs: born + 9, activeFromMs: born });
    const late = keyOf("late", { createdAtMs: born, activeFromMs: born + 5 });
    expect(signingKeyOf([early, late], born + 10)?.kid).toBe("late");
    const succeeded = keyOf("a", { retiresAtMs: born + tokenKeyTimes.tailMs });
    expect(signingKeyOf([succeeded, keyOf("b")], born)?.kid).toBe("b");
    expect(signingKeyOf([keyOf("b"), keyOf("a")], born)?.kid).toBe("a");
    expect(signingKeyOf([keyOf("b"), keyOf("a", { createdAtMs: born - 1 })], born)?.kid).toBe("b");
  });

  it("is never a key that waits for its activation", () => {
    const staged = keyOf("a", { activeFromMs: null });
    expect(signingKeyOf([staged], Number.MAX_SAFE_INTEGER)).toBeNull();
    expect(tokenKeyState(staged, [staged], Number.MAX_SAFE_INTEGER)).toBe("staged");
  });
});

describe("a set of keys", () => {
  const keys = [
    keyOf("own"),
    keyOf("own-rsa", { alg: "RS256" }),
    keyOf("other", { api: "other" }),
    keyOf("shared", { api: null }),
    keyOf("shared-rsa", { api: null, alg: "RS256" }),
    keyOf("attester", { api: null, purpose: "attester" }),
  ];
  const kids = (keySet: Parameters<typeof keysOfSet>[1]) => keysOfSet(keys, keySet).map(({ kid }) => kid);

  it("is an API's own, whatever their algorithm, or those shared for one algorithm; the attester's are apart", () => {
    expect(kids(keySetOf("nasa", { keys: "api", alg: "ES256" }))).toEqual(["own", "own-rsa"]);
    expect(kids(keySetOf("nasa", { keys: "project", alg: "RS256" }))).toEqual(["shared-rsa"]);
    expect(kids({ purpose: "attester", api: null, alg: "ES256" })).toEqual(["attester"]);
  });
});

describe("how long a key set may be kept", () => {
  it.each([
    ["without an end in sight", null, 300],
    ["with an end beyond the longest", 300_001, 300],
    ["with an end at the longest", 300_000, 300],
    ["with an end just before", 299_999, 299],
    ["a second before an end", 1000, 1],
    ["less than a second before an end", 999, 0],
    ["a millisecond before an end", 1, 0],
  ])("%s is whole seconds and never past it", (_, inMs, seconds) => {
    const retiresAtMs = inMs === null ? null : born + inMs;
    expect(cacheSecondsOf([{ retiresAtMs: null }, { retiresAtMs }], born)).toBe(seconds);
  });

  it("ends at the millisecond", () => {
    expect([born - 1, born, born + 1].map((atMs) => isRetired({ retiresAtMs: born }, atMs))).toEqual([
      false,
      true,
      true,
    ]);
  });
});
