import { describe, expect, test } from "vitest";
import { keepAnswers } from "./kept-answers.ts";
import type { Resolve } from "./resolve-peer.ts";

function lab(keptMs = 1000, names = 2) {
  const state = { nowMs: 0, asked: [] as string[], fails: false };
  const resolve: Resolve = async (host) => {
    state.asked.push(host);
    if (state.fails) throw new Error("no such name");
    return [{ address: `192.0.2.${state.asked.length}`, family: 4 }];
  };
  return { state, resolve: keepAnswers(resolve, { nowMs: () => state.nowMs, keptMs, names }) };
}

describe("what a name resolves to", () => {
  test("is asked once for calls at the same time, and for those a moment later", async () => {
    const { state, resolve } = lab();
    const [one, other] = await Promise.all([resolve("a"), resolve("a")]);
    expect(one).toBe(other);
    state.nowMs = 999;
    expect(await resolve("a")).toBe(one);
    expect(state.asked).toEqual(["a"]);
  });

  test("is asked anew when that moment is over, and each time where none is kept", async () => {
    const { state, resolve } = lab();
    await resolve("a");
    state.nowMs = 1000;
    expect(await resolve("a")).toEqual([{ address: "192.0.2.2", family: 4 }]);
    const none = lab(0);
    await none.resolve("a");
    await none.resolve("a");
    expect(none.state.asked).toEqual(["a", "a"]);
  });

  test("is not kept where it was not found", async () => {
    const { state, resolve } = lab();
    state.fails = true;
    await expect(resolve("a")).rejects.toThrow();
    state.fails = false;
    expect(await resolve("a")).toHaveLength(1);
  });

  test("is kept for so many names", async () => {
    const { state, resolve } = lab();
    for (const name of ["a", "b", "c", "b", "a"]) await resolve(name);
    expect(state.asked).toEqual(["a", "b", "c", "a"]);
  });
});
