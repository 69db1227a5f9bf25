import type { Manifest } from "@countersign/protocol";
import { describe, expect, it } from "vitest";
import type { BrokerContent, BrokerState } from "../domain/brokers/broker-state.ts";
import { createSecretValue } from "../vault/secret-value.ts";
import { createHeldState } from "./held-state.ts";

const contentOf = (version: number, value = "value"): BrokerContent => ({
  manifest: { epoch: 0, version } as Manifest,
  passKeys: new Map([[1, { pass: new Uint8Array([1]), decoyPass: new Uint8Array([2]), proof: new Uint8Array([3]) }]]),
  linkKeys: new Map([
    [1, { link: new Uint8Array([1]), linkSalt: new Uint8Array([2]), decoyLink: new Uint8Array([3]) }],
  ]),
  links: new Map(),
  secrets: [
    {
      name: "key",
      version: 1,
      mode: "brokered",
      apps: null,
      terms: { processor: null, budgets: [] },
      value: Buffer.from(value),
      canary: null,
    },
  ],
  watched: [],
  decoys: false,
  decoyAnswers: new Map(),
  allowPrivate: false,
});
const stateOf = (more: { project?: BrokerState["project"]; bans?: BrokerState["bans"] }): BrokerState => ({
  serverTimeMs: 0,
  origin: null,
  project: more.project ?? { revision: "p1", content: contentOf(1) },
  bans: more.bans ?? { revision: "b1", sequence: 5, content: [] },
});
const ban = { kind: "ban", by: "instance", target: "one", untilMs: null } as const;

function held(staleMs?: number) {
  const clock = { now: 0 };
  const state = createHeldState({
    monotonicMs: () => clock.now,
    hold: createSecretValue,
    ...(staleMs !== undefined && { staleMs }),
  });
  return { clock, state };
}

describe("what is held of a project", () => {
  it("counts for 30 s from the question, and everybody is banned before the first answer", () => {
    const { clock, state } = held();
    expect([state.current(), state.isBanned("one", "s", 0)]).toEqual([null, true]);
    expect(state.take(stateOf({}), 1_000)).toBe("taken");
    clock.now = 31_000;
    expect(state.current()).not.toBeNull();
    clock.now = 31_001;
    expect(state.current()).toBeNull();
  });

  it("is never replaced by an older manifest or an older set of bans, nor kept current by one", () => {
    const { clock, state } = held();
    state.take(stateOf({ project: { revision: "p2", content: contentOf(2) } }), 0);
    clock.now = 20_000;
    expect(state.take(stateOf({ project: { revision: "p1", content: contentOf(1) } }), 20_000)).toBe("rolled_back");
    const older = { revision: "b0", sequence: 4, content: [ban] };
    expect(state.take(stateOf({ project: { revision: "p2", content: null }, bans: older }), 20_000)).toBe(
      "rolled_back",
    );
    expect([state.current()?.manifest.version, state.isBanned("one", "s", 0)]).toEqual([2, false]);
    clock.now = 30_001;
    expect(state.current()).toBeNull();
    state.forget();
    expect(state.take(stateOf({ project: { revision: "p1", content: contentOf(1) } }), 30_001)).toBe("rolled_back");
  });

  it("keeps a part that has not changed, and takes no word for one that it does not hold", () => {
    const { state } = held();
    const project = { revision: "p1", content: null };
    expect(state.take(stateOf({ project }), 0)).toBe("incomplete");
    state.take(stateOf({}), 0);
    expect(state.take(stateOf({ project, bans: { revision: "b1", sequence: 6, content: null } }), 0)).toBe("taken");
    const same = { revision: "b1", sequence: 6, content: null };
    expect(state.take(stateOf({ project: { revision: "p9", content: null }, bans: same }), 0)).toBe("incomplete");
    expect(state.take(stateOf({ project, bans: { revision: "b9", sequence: 6, content: null } }), 0)).toBe(
      "incomplete",
    );
    expect(state.take(stateOf({ project, bans: { revision: "b2", sequence: 7, content: [ban] } }), 0)).toBe("taken");
    expect([state.isBanned("one", "s", 0), state.isBanned("two", "s", 0)]).toEqual([true, false]);
    expect(state.holds()).toEqual({ project: "p1", bans: "b2" });
  });

  it("wipes values that are replaced or forgotten, and those that it was handed", () => {
    const { state } = held();
    const [first, second] = [contentOf(1, "first"), contentOf(2, "second")];
    state.take(stateOf({ project: { revision: "p1", content: first } }), 0);
    const value = state.current()?.secrets.get("key")?.value;
    expect([JSON.stringify(value), Buffer.from(value?.reveal() ?? []).toString()]).toEqual(['"[secret]"', "first"]);
    expect(first.secrets[0]?.value?.every((byte) => byte === 0)).toBe(true);
    state.take(stateOf({ project: { revision: "p2", content: second } }), 0);
    expect(() => value?.reveal()).toThrow(TypeError);
    const keys = [first.passKeys, first.linkKeys]
      .flatMap((each): object[] => [...each.values()])
      .flatMap((each): Uint8Array[] => Object.values(each));
    expect(keys.map((key) => [...key])).toEqual(Array.from({ length: 6 }, () => [0]));
    state.forget();
    expect([state.current(), state.holds(), state.isBanned("two", "s", 0)]).toEqual([
      null,
      { project: null, bans: null },
      true,
    ]);
  });
});
