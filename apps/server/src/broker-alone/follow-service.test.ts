import { setImmediate as turn } from "node:timers/promises";
import type { Manifest } from "@countersign/protocol";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type BrokerState, encodeState } from "../domain/brokers/broker-state.ts";
import { createSecretValue } from "../vault/secret-value.ts";
import { type Follower, followService, type LinkEvent } from "./follow-service.ts";
import { createHeldState } from "./held-state.ts";
import type { LinkAnswered } from "./service-link.ts";

const key = new Uint8Array(32);
const stateOf = (version: number, sequence = 1): BrokerState => ({
  serverTimeMs: 1_000,
  origin: null,
  project: {
    revision: `p${version}`,
    content: {
      manifest: {
        v: 1,
        project: "AAAAAAAAAAAAAAAAAAAAAA",
        environment: "production",
        app: "broker",
        epoch: 0,
        version,
        issuedAtMs: 0,
        staleAfterSeconds: 1,
        apis: [],
        secrets: [],
        roots: [],
        signals: { required: [] },
      } satisfies Manifest,
      passKeys: new Map([[1, { pass: key, decoyPass: key, proof: key }]]),
      linkKeys: new Map([[1, { link: key, linkSalt: key, decoyLink: key }]]),
      links: new Map(),
      secrets: [],
      watched: [],
      decoys: false,
      decoyAnswers: new Map(),
      allowPrivate: false,
    },
  },
  bans: { revision: `b${sequence}`, sequence, content: [] },
});
const ok = (state: BrokerState): LinkAnswered => ({ ok: true, plaintext: encodeState(state) });

/** A service whose answers and stream are the test's to say. */
function scripted() {
  let answer: LinkAnswered | (() => Promise<LinkAnswered>) = ok(stateOf(1));
  let onChange: () => void = () => {};
  let endStream: () => void = () => {};
  const seen = { asked: 0, streams: 0 };
  return {
    seen,
    say: (next: typeof answer) => {
      answer = next;
    },
    tell: () => onChange(),
    end: () => endStream(),
    link: {
      ask: async (): Promise<LinkAnswered> => {
        seen.asked += 1;
        const given = typeof answer === "function" ? await answer() : answer;
        return given.ok ? { ok: true, plaintext: given.plaintext.slice() } : given;
      },
      listen: (listener: () => void) => {
        seen.streams += 1;
        onChange = listener;
        return new Promise<void>((resolve) => {
          endStream = resolve;
        });
      },
      close: () => endStream(),
    },
  };
}

const started: Follower[] = [];
afterEach(async () => {
  for (const follower of started.splice(0)) await follower.close();
});

function follow(reconcileMs = 1_000_000, backOff = { leastMs: 1, mostMs: 2 }, gapMs = 1) {
  const service = scripted();
  const held = createHeldState({ monotonicMs: () => 0, hold: createSecretValue });
  const events: LinkEvent[] = [];
  const learned: number[] = [];
  const begin = (): Follower => {
    const follower = followService({
      link: service.link,
      held,
      clock: { nowMs: () => 0, knownSinceMs: () => 0, learn: (serverTimeMs) => learned.push(serverTimeMs) },
      monotonicMs: () => 0,
      reconcileMs,
      backOff,
      gapMs,
      onEvent: (event) => events.push(event),
      chance: () => 0.5,
    });
    started.push(follower);
    return follower;
  };
  return { service, held, events, learned, begin };
}

describe("following the service", () => {
  it("holds what it says after the first question, and its clock", async () => {
    const { service, held, events, learned, begin } = follow();
    await begin().first;
    expect([held.current()?.manifest.version, events, learned]).toEqual([1, ["current"], [1_000]]);
    expect(service.seen.asked).toBe(1);
  });

  it("asks at every word, and once more where a word came while a question was on its way", async () => {
    const { service, held, begin } = follow();
    await begin().first;
    let release: () => void = () => {};
    service.say(
      () =>
        new Promise((resolve) => {
          release = () => resolve(ok(stateOf(2)));
        }),
    );
    service.tell();
    await vi.waitFor(() => expect(service.seen.asked).toBe(2));
    service.tell();
    service.say(ok(stateOf(3)));
    release();
    await vi.waitFor(() => expect(held.current()?.manifest.version).toBe(3));
    expect(service.seen.asked).toBe(3);
  });

  it.each([ok(stateOf(1)), { ok: false, reason: "unreachable" }] as const)(
    "leaves a while between two questions, however much it is told",
    async (answer) => {
      const { service, begin } = follow(1_000_000, { leastMs: 1, mostMs: 2 }, 1_000_000);
      service.say(answer);
      await begin().first;
      for (let turns = 0; turns < 50; turns += 1) {
        service.tell();
        await turn();
      }
      expect(service.seen.asked).toBe(1);
    },
  );

  it("goes on asking after failures, and says how it does once for each change", async () => {
    const { service, held, events, begin } = follow();
    service.say({ ok: false, reason: "unreachable" });
    await begin().first;
    await vi.waitFor(() => expect(service.seen.asked).toBeGreaterThan(3));
    service.say({ ok: true, plaintext: new Uint8Array(9) });
    await vi.waitFor(() => expect(events.at(-1)).toBe("malformed"));
    service.say({ ok: false, reason: "untrusted" });
    await vi.waitFor(() => expect(events.at(-1)).toBe("untrusted"));
    expect(held.current()).toBeNull();
    service.say(ok(stateOf(1)));
    await vi.waitFor(() => expect(held.current()).not.toBeNull());
    expect(events).toEqual(["unreachable", "malformed", "untrusted", "current"]);
  });

  it("keeps what it holds where the service cannot be reached, or says what is not to be believed", async () => {
    const { service, held, events, begin } = follow();
    await begin().first;
    for (const answer of [
      { ok: false, reason: "unreachable" },
      { ok: false, reason: "untrusted" },
      ok(stateOf(0)),
      ok(stateOf(1, 0)),
    ] as const) {
      const { asked } = service.seen;
      service.say(answer);
      service.tell();
      await vi.waitFor(() => expect(service.seen.asked).toBeGreaterThan(asked + 1));
      expect(held.current()?.manifest.version).toBe(1);
    }
    expect(new Set(events)).toEqual(new Set(["current", "unreachable", "untrusted", "rolled_back"]));
  });

  it.each(["unauthorized", "superseded"] as const)("forgets all it holds at once when it is %s", async (reason) => {
    const { service, held, events, begin } = follow();
    await begin().first;
    service.say({ ok: false, reason });
    service.tell();
    await vi.waitFor(() => expect(events.at(-1)).toBe(reason));
    expect([held.current(), held.holds()]).toEqual([null, { project: null, bans: null }]);
  });

  it("asks when a stream that spoke ends, and listens again", async () => {
    const { service, begin } = follow();
    await begin().first;
    service.tell();
    await vi.waitFor(() => expect(service.seen.asked).toBe(2));
    service.end();
    await vi.waitFor(() => expect([service.seen.asked, service.seen.streams]).toEqual([3, 2]));
  });

  it("stops at once, and leaves nothing behind", async () => {
    const { service, held, begin } = follow();
    const follower = begin();
    await follower.first;
    await follower.close();
    const { asked } = service.seen;
    service.tell();
    expect([held.current(), service.seen.asked]).toEqual([null, asked]);
  });
});
