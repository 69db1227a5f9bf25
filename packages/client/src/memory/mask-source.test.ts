import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createMaskSource } from "./mask-source.ts";
import { MaskedSecret } from "./masked-secret.ts";

function countedSource() {
  const drawn: Uint8Array[] = [];
  const given: Uint8Array[] = [];
  const source = createMaskSource({
    bytes(length) {
      const bytes = new Uint8Array(randomBytes(length));
      drawn.push(bytes);
      given.push(bytes.slice());
      return bytes;
    },
  });
  return { source, drawn, given };
}

describe("a source of masks", () => {
  it("gives every random byte once, in buffers of their own, and keeps none it gave", () => {
    const { source, drawn, given } = countedSource();
    const parts = Array.from({ length: 60 }, (_, index) => source.bytes(index));
    const [pool, kept] = [drawn[0], given[0]];
    const first = Buffer.concat(parts.slice(0, 45));
    expect(Buffer.from(kept ?? []).subarray(0, first.length)).toEqual(first);
    expect(pool?.subarray(0, first.length).every((byte) => byte === 0)).toBe(true);
    expect(drawn).toHaveLength(2);
    expect(new Set(parts.map(({ buffer }) => buffer)).size).toBe(60);
    expect(parts.map(({ length }) => length)).toEqual(Array.from({ length: 60 }, (_, index) => index));
  });

  it("draws what is longer than its pool for itself", () => {
    const { source, given } = countedSource();
    expect(source.bytes(5000)).toEqual(given[0]);
  });

  it("masks each store of a value otherwise", () => {
    const { source, drawn } = countedSource();
    const secrets = Array.from({ length: 500 }, () => new MaskedSecret("a value of some length", source));
    expect(secrets.map((secret) => secret.reveal())).toEqual(secrets.map(() => "a value of some length"));
    expect(drawn.length).toBeGreaterThan(20);
  });

  it("leaves a generator that gives too few bytes to be refused", () => {
    const broken = createMaskSource({ bytes: () => new Uint8Array(1) });
    expect(() => new MaskedSecret("value", broken)).toThrow(TypeError);
  });
});
