import { encodeBase64url } from "@countersign/protocol";
import * as limits from "@countersign/protocol/limits";
import { expect, it } from "vitest";
import { createMaskSource } from "../memory/mask-source.ts";
import { MaskedSecret } from "../memory/masked-secret.ts";
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

/** As both native halves do: 1 to 1024 bytes at once. */
const asPhones = (length: number): string =>
  length >= 1 && length <= 1024 ? encodeBase64url(Uint8Array.from({ length }, (_, at) => (at * 7 + length) % 256)) : "";

it("asks a phone for no more at once than it gives", () => {
  for (const length of [1, 1024, 1025, 8192]) expect(nativeRandomness(asPhones).bytes(length)).toHaveLength(length);
});

it("masks the longest secret that a session may bring", () => {
  const value = "v".repeat(limits.secretValueBytes);
  const secret = new MaskedSecret(value, createMaskSource(nativeRandomness(asPhones)));
  expect([secret.reveal() === value, secret.reveal() === value]).toEqual([true, true]);
});
