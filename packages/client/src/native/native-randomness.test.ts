import { expect, it } from "vitest";
import { nativeRandomness } from "./native-randomness.ts";

it("gives the bytes that the native half drew", () => {
  expect(nativeRandomness(() => "AQID").bytes(3)).toEqual(new Uint8Array([1, 2, 3]));
});

it.each([
  ["another number of bytes", "AQI"],
  ["nothing", ""],
  ["no b64u", "!!!!"],
  ["no text", null],
])("never goes on with %s", (_, given) => {
  expect(() => nativeRandomness(() => given).bytes(3)).toThrow("no randomness");
});
