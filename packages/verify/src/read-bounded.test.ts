import { describe, expect, it } from "vitest";
import { readBounded } from "./read-bounded.ts";

/** An answer of that many bytes, ten at a time, and whether its reader gave it up. */
function answerOf(length: number, announced: number | null) {
  const state = { sent: 0, isCancelled: false };
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      state.sent += 10;
      controller.enqueue(new Uint8Array(10));
      if (state.sent >= length) controller.close();
    },
    cancel() {
      state.isCancelled = true;
    },
  });
  const headers = new Headers(announced === null ? [] : [["content-length", String(announced)]]);
  return { state, response: new Response(body, { headers }) };
}

describe("a bounded answer", () => {
  it("is read whole up to its bound", async () => {
    expect((await readBounded(answerOf(100, null).response, 100))?.length).toBe(100);
    expect((await readBounded(answerOf(100, 100).response, 100))?.length).toBe(100);
    expect((await readBounded(new Response(null), 100))?.length).toBe(0);
  });

  it.each([
    ["announced", 1000],
    ["sent", null],
  ])("past its bound, by what was %s, is given up and its connection with it", async (_, announced) => {
    const { state, response } = answerOf(1000, announced);
    expect(await readBounded(response, 100)).toBe(null);
    expect(state.isCancelled).toBe(true);
    expect(state.sent).toBeLessThanOrEqual(130);
  });
});
