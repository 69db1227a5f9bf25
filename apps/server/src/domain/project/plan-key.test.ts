import fc from "fast-check";
import { expect, it } from "vitest";
import type { StoredTokenKey, TokenKeyTimes } from "../ports/index.ts";
import { planKey } from "./plan-key.ts";
import { earliestActivation, planSuccession } from "./token-key-plan.ts";
import { isRetired, isStaged, signingKeyOf, tokenKeyTimes } from "./token-key-state.ts";

type Alg = StoredTokenKey["alg"];
type Step =
  | { readonly does: "choose"; readonly alg: Alg }
  | { readonly does: "activate"; readonly which: number }
  | { readonly does: "wait"; readonly ms: number };

const algs = ["HS256", "ES256", "EdDSA", "RS256"] as const;
const { overlapMs, tailMs, cacheMs, longestTokenMs } = tokenKeyTimes;
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ does: fc.constant("choose" as const), alg: fc.constantFrom(...algs) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("activate" as const), which: fc.nat(9) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constant("wait" as const),
      ms: fc.oneof(
        fc.integer({ min: 1, max: 400_000 }),
        fc.constantFrom(1, 1000, cacheMs, overlapMs - 1, overlapMs, tailMs - 1, tailMs),
      ),
    }),
  },
);

/** Runs a schedule on the plans alone; `look` sees the keys after each step and at each moment at which one begins or stops. */
function run(
  steps: readonly Step[],
  look: (living: readonly StoredTokenKey[], nowMs: number, activated: ReadonlySet<string>) => void,
): void {
  let keys: readonly StoredTokenKey[] = [];
  let nowMs = 1_800_000_000_000;
  let made = 0;
  const activated = new Set<string>();
  const living = () => keys.filter((key) => !isRetired(key, nowMs));
  const set = (times: readonly TokenKeyTimes[]) => {
    keys = keys.map((key) => ({ ...key, ...times.find(({ kid }) => kid === key.kid) }));
  };
  const choose = (alg: Alg) => {
    const { make, times } = planKey(living(), alg, nowMs);
    set(times);
    if (make === null) return;
    made += 1;
    const kid = `k${made}`;
    // What matters here of a public key is that there is one.
    const publicJwk = alg === "HS256" ? null : { kty: "EC" };
    const key = {
      project: "p",
      purpose: "api",
      api: "a",
      alg,
      kid,
      publicJwk,
      material: "",
      createdAtMs: nowMs,
      ...make,
    };
    keys = [...keys, key as StoredTokenKey];
    if (keys.length === 1) activated.add(kid);
  };
  const activate = (which: number) => {
    const key = living()[which % living().length];
    if (key === undefined || key.retiresAtMs !== null || key.activeFromMs !== null) return;
    const activeFromMs = earliestActivation(key, nowMs);
    const others = living().filter((each) => each !== key);
    const { retiresAtMs, times } = planSuccession(others, { activeFromMs, atOnce: false }, nowMs);
    set([...times, { kid: key.kid, activeFromMs, retiresAtMs }]);
    activated.add(key.kid);
  };
  choose("ES256");
  for (const each of steps) {
    if (each.does === "choose") choose(each.alg);
    else if (each.does === "activate") activate(each.which);
    const untilMs = nowMs + (each.does === "wait" ? each.ms : 0);
    const moments = keys
      .flatMap(({ activeFromMs, retiresAtMs }) => [activeFromMs, retiresAtMs, (retiresAtMs ?? 0) - longestTokenMs])
      .flatMap((ms) => (ms === null ? [] : [ms - 1, ms]))
      .filter((ms) => ms > nowMs && ms < untilMs);
    for (const ms of [...moments.toSorted((a, b) => a - b), untilMs]) {
      nowMs = ms;
      look(living(), nowMs, activated);
    }
  }
}

it("however an algorithm is changed something signs at every moment, known to every cache and accepted until its last token has ended", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const tokens: { readonly kid: string; readonly endsAtMs: number }[] = [];
      run(steps, (living, nowMs, activated) => {
        const signing = signingKeyOf(living, nowMs);
        if (signing === null) throw new TypeError("nothing signs");
        const isFirst = signing.kid === "k1";
        if (signing.alg === "HS256") expect(activated.has(signing.kid)).toBe(true);
        else if (!isFirst) expect(nowMs - signing.createdAtMs).toBeGreaterThanOrEqual(cacheMs);
        tokens.push({ kid: signing.kid, endsAtMs: nowMs + longestTokenMs });
        for (const { kid, endsAtMs } of tokens) {
          if (nowMs < endsAtMs) expect(living.some((key) => key.kid === kid)).toBe(true);
        }
      });
    }),
    { numRuns: 500 },
  );
});

it("however often an algorithm is changed at most one key of each waits that never signed", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      run(steps, (living, nowMs) => {
        for (const alg of algs) {
          const staged = living.filter((key) => key.alg === alg && isStaged(key, nowMs));
          expect(staged.length).toBeLessThanOrEqual(1);
        }
      });
    }),
    { numRuns: 500 },
  );
});

it("an algorithm that stays what it is changes nothing, however often it is asked for", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), fc.constantFrom(...algs), (steps, alg) => {
      const seen: { readonly living: readonly StoredTokenKey[]; readonly nowMs: number }[] = [];
      run([...steps, { does: "choose", alg }], (living, nowMs) => seen.push({ living, nowMs }));
      const { living, nowMs } = seen.at(-1) ?? { living: [], nowMs: 0 };
      expect(planKey(living, alg, nowMs)).toEqual({ make: null, times: [] });
    }),
    { numRuns: 300 },
  );
});
