import { expect, test } from "vitest";
import { createMaskBook } from "./mask-book.ts";

function lab(masks = 2) {
  const state = { nowMs: 0 };
  return { state, book: createMaskBook({ nowMs: () => state.nowMs, keptMs: 1000, masks }) };
}

test("masks the same values by the same mask for a while from its making, used or not", () => {
  const { state, book } = lab();
  const mask = book.of(["one", "other"]);
  expect(mask.text("one and other")).toBe("*** and *****");
  state.nowMs = 999;
  expect(book.of(["one", "other"])).toBe(mask);
  state.nowMs = 1000;
  expect(book.of(["one", "other"])).not.toBe(mask);
  book.clear();
});

test("never takes a mask of other values, however they are put together", () => {
  const { book } = lab(8);
  const texts = [["a", "b"], ["ab"], ["a,b"], ['a","b'], ["b", "a"], ["a", ""].slice(0, 1), []].map((values) =>
    book.of(values),
  );
  expect(new Set(texts).size).toBe(texts.length);
  expect(book.of([]).text("a b")).toBe("a b");
  book.clear();
});

test("holds so many, and none when it was cleared", () => {
  const { book } = lab();
  const first = book.of(["a"]);
  const second = book.of(["b"]);
  book.of(["c"]);
  expect([book.of(["a"]) === first, book.of(["a"]) === second]).toEqual([false, false]);
  const held = book.of(["a"]);
  book.clear();
  expect(book.of(["a"])).not.toBe(held);
  book.clear();
});
