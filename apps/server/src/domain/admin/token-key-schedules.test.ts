import fc from "fast-check";
import { expect, it } from "vitest";
import { createTokenKeyRing, type PublishedKeys } from "../project/token-key-ring.ts";
import { tokenKeyTimes } from "../project/token-key-state.ts";
import { type AdminLab, openAdminLab, refusalOf } from "./admin-lab.suite.ts";

type Step =
  | { readonly does: "rotate"; readonly inSeconds: number | undefined; readonly now: boolean }
  | { readonly does: "stage" }
  | { readonly does: "activate" | "retire"; readonly which: number; readonly now: boolean }
  | { readonly does: "wait"; readonly ms: number };

interface Fetched extends PublishedKeys {
  readonly atMs: number;
}

/** Times that matter are a few minutes; some steps come right at a boundary. */
const { overlapMs, tailMs, cacheMs, longestTokenMs } = tokenKeyTimes;
const ms = fc.oneof(
  fc.integer({ min: 1, max: 400_000 }),
  fc.constantFrom(1, 999, 1000, cacheMs, overlapMs - 1, overlapMs, tailMs - 1, tailMs, longestTokenMs),
);
const nat = fc.nat(7);
const stepOf = (now: fc.Arbitrary<boolean>): fc.Arbitrary<Step> =>
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ does: fc.constant("wait" as const), ms }) },
    {
      weight: 2,
      arbitrary: fc.record({
        does: fc.constant("rotate" as const),
        inSeconds: fc.option(fc.integer({ min: 360, max: 1200 }), { nil: undefined }),
        now,
      }),
    },
    { weight: 1, arbitrary: fc.record({ does: fc.constant("stage" as const) }) },
    {
      weight: 2,
      arbitrary: fc.record({ does: fc.constantFrom("activate" as const, "retire" as const), which: nat, now }),
    },
  );

/** Runs a schedule on a real record and has `look` see the keys after each step, a moment before the next, and at each end of a key between. */
async function run(steps: readonly Step[], look: (ring: ReturnType<typeof createTokenKeyRing>, nowMs: number) => void) {
  const lab = await openAdminLab();
  try {
    const { id } = await lab.admin.createProject(lab.actor, { name: "p", kind: "production" });
    const token = { header: "Countersign-Token", alg: "EdDSA" } as const;
    await lab.admin.putApi(lab.actor, id, "nasa", { host: "h.example", channel: "system", token }, "create");
    const api = await lab.store.protectedApis.get(id, "nasa");
    if (api === null) throw new TypeError("the API is gone");
    const see = async (): Promise<void> => {
      const rows = await lab.store.tokenKeys.ofProject(id);
      look(createTokenKeyRing(lab.vault, rows, new Map([["nasa", api]])), lab.nowMs());
    };
    await see();
    for (const step of steps) {
      await take(lab, id, step, see);
      await see();
    }
  } finally {
    await lab.close();
  }
}

/** A refusal is an outcome like any other: nothing has changed then. */
async function take(lab: AdminLab, id: string, step: Step, see: () => Promise<void>): Promise<void> {
  const { admin, actor } = lab;
  if (step.does === "wait") {
    lab.advance(Math.floor(step.ms / 2));
    await see();
    lab.advance(Math.ceil(step.ms / 2));
    return;
  }
  if (step.does === "rotate") {
    const { inSeconds, now } = step;
    await refusalOf(admin.rotateTokenKey(actor, id, { api: "nasa", inSeconds: now ? undefined : inSeconds, now }));
    return;
  }
  if (step.does === "stage") {
    await refusalOf(admin.stageTokenKey(actor, id, { api: "nasa" }));
    return;
  }
  const keys = await admin.listTokenKeys(id);
  const { kid } = keys[step.which % keys.length] ?? { kid: "" };
  if (step.does === "activate") await refusalOf(admin.activateTokenKey(actor, id, kid, { now: step.now }));
  else await refusalOf(admin.retireTokenKey(actor, id, kid, { now: step.now }));
}

const isFresh = ({ atMs, maxAgeSeconds }: Fetched, nowMs: number): boolean => nowMs - atMs < maxAgeSeconds * 1000;
const holds = ({ keys }: PublishedKeys, kid: string): boolean => keys.some((key) => key.kid === kid);

it("a token signed now verifies by every key set that a cache may hold, until it has ended; no cache holds a retired key", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(stepOf(fc.constant(false)), { maxLength: 14 }), async (steps) => {
      let fetched: Fetched[] = [];
      const tokens: { readonly kid: string; readonly endsAtMs: number }[] = [];
      const ends = new Map<string, number>();
      await run(steps, (ring, nowMs) => {
        const key = ring.tokenKeyOf("nasa", nowMs);
        if (key === null) throw new TypeError("nothing signs");
        const set = ring.jwksOf("nasa", nowMs);
        if (set === null) throw new TypeError("nothing is published");
        for (const accepted of ring.verificationKeysOf("nasa", nowMs)) {
          if (accepted.retiresAtMs !== null) ends.set(accepted.kid, accepted.retiresAtMs);
        }
        fetched = [...fetched.filter((each) => isFresh(each, nowMs)), { ...set, atMs: nowMs }];
        tokens.push({ kid: key.kid, endsAtMs: nowMs + longestTokenMs + 60_000 });
        for (const each of fetched) {
          for (const { kid, endsAtMs } of tokens) {
            if (nowMs < endsAtMs) expect(holds(each, kid)).toBe(true);
          }
          for (const { kid } of each.keys) expect(ends.get(kid) ?? Number.POSITIVE_INFINITY).toBeGreaterThan(nowMs);
        }
      });
    }),
    { numRuns: 60 },
  );
}, 120_000);

it("emergencies included, something signs at every moment, and no retired key is published, signs or is accepted", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(stepOf(fc.boolean()), { maxLength: 14 }), async (steps) => {
      await run(steps, (ring, nowMs) => {
        const accepted = ring.verificationKeysOf("nasa", nowMs);
        const published = ring.jwksOf("nasa", nowMs);
        const signing = ring.tokenKeyOf("nasa", nowMs);
        expect(signing).not.toBeNull();
        expect(accepted.filter(({ state }) => state === "signing").map(({ kid }) => kid)).toEqual([signing?.kid]);
        expect(accepted.every(({ retiresAtMs }) => retiresAtMs === null || retiresAtMs > nowMs)).toBe(true);
        expect(published?.keys.map(({ kid }) => kid)).toEqual(accepted.map(({ kid }) => kid));
        for (const { exp } of published?.keys ?? []) {
          if (exp !== undefined) expect(nowMs + (published?.maxAgeSeconds ?? 0) * 1000).toBeLessThanOrEqual(exp * 1000);
        }
      });
    }),
    { numRuns: 60 },
  );
}, 120_000);
