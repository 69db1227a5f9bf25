import { expect, test } from "vitest";
import { HeldBytes } from "./held-bytes.ts";

test("gives what it was given, once, whatever the pieces", () => {
  const held = new HeldBytes();
  const pieces = ["", "a", "bcd", "", "efghijklmnop", "q"].map((text) => Buffer.from(text));
  for (const piece of pieces) held.push(piece);
  expect(held.length).toBe(17);
  expect(held.take().toString()).toBe("abcdefghijklmnopq");
  expect([held.length, held.take().length]).toEqual([0, 0]);
  held.push(Buffer.from("r"));
  expect(held.take().toString()).toBe("r");
});

test("keeps none of the pieces themselves: a million of one byte are no more than their bytes", () => {
  const held = new HeldBytes();
  const piece = Buffer.alloc(1);
  for (let at = 0; at < 1_000_000; at += 1) {
    piece[0] = at % 251;
    held.push(piece);
  }
  const all = held.take();
  expect([all[0], all[250], all[251], all[999_999], all.length]).toEqual([0, 250, 0, 999_999 % 251, 1_000_000]);
  expect(all.buffer.byteLength).toBeLessThanOrEqual(2_000_000);
});
