import { randomBytes } from "node:crypto";
import { inspect } from "node:util";
import { describe, expect, it, vi } from "vitest";
import { MaskedSecret } from "./masked-secret.ts";

const randomness = { bytes: (length: number) => new Uint8Array(randomBytes(length)) };

describe("a masked secret", () => {
  it("reveals exactly the value, as often as asked", () => {
    for (const value of ["", "plain", "ünïcödé ✓ 🚀", "x".repeat(4096)]) {
      const secret = new MaskedSecret(value, randomness);
      expect([secret.reveal(), secret.reveal()]).toEqual([value, value]);
    }
  });

  it("shows nothing when printed, serialised, inspected or concatenated", () => {
    const secret = new MaskedSecret("hunter2-hunter2", randomness);
    const holder = { secret, list: [secret] };
    const shown = [
      String(secret),
      `${secret}`,
      JSON.stringify(holder),
      inspect(holder, { depth: 9, showHidden: true }),
      Object.entries(secret).join(),
      Object.getOwnPropertyNames(secret).join(),
    ].join("\n");
    expect(shown).toContain("[secret]");
    expect(shown).not.toContain("hunter2");
  });

  it("draws a fresh mask for each store of the same value", () => {
    const drawn: string[] = [];
    const spying = {
      bytes(length: number) {
        const bytes = randomness.bytes(length);
        drawn.push(Buffer.from(bytes).toString("hex"));
        return bytes;
      },
    };
    new MaskedSecret("same value", spying);
    new MaskedSecret("same value", spying);
    expect(new Set(drawn).size).toBe(2);
  });

  it("is masked anew at each use", () => {
    let draws = 0;
    const counting = {
      bytes(length: number) {
        draws += 1;
        return randomness.bytes(length);
      },
    };
    const secret = new MaskedSecret("value", counting);
    for (let use = 0; use < 3; use += 1) expect(secret.reveal()).toBe("value");
    expect(draws).toBe(4);
  });

  it("lies in shares of which no two give the value", () => {
    const drawn: Uint8Array[] = [];
    const kept = {
      bytes(length: number) {
        const bytes = randomness.bytes(length);
        drawn.push(bytes.slice());
        return bytes;
      },
    };
    new MaskedSecret("0123456789", kept);
    expect(drawn.map((bytes) => bytes.length)).toEqual([20]);
  });

  it("leaves no buffer with the value in it, neither while it is held nor once it is used, and none but zeros once it is wiped", () => {
    const buffers: Uint8Array[] = [];
    const Bytes = globalThis.Uint8Array;
    const noting = new Proxy(Bytes, {
      construct(target, given, newTarget) {
        const made = Reflect.construct(target, given, newTarget) as Uint8Array;
        buffers.push(made);
        return made;
      },
    });
    const value = "hunter2-hunter2";
    const texts = () => buffers.map((bytes) => Buffer.from(bytes).toString("latin1")).join("\n");
    vi.stubGlobal("Uint8Array", noting);
    try {
      const secret = new MaskedSecret(value, randomness);
      expect(buffers.length).toBeGreaterThan(3);
      expect(texts()).not.toContain(value);
      expect(secret.reveal()).toBe(value);
      expect(texts()).not.toContain(value);
      secret.wipe();
    } finally {
      vi.unstubAllGlobals();
    }
    expect(buffers.flatMap((bytes) => [...bytes]).filter((byte) => byte !== 0)).toEqual([]);
  });

  it("gives nothing after it was wiped", () => {
    const secret = new MaskedSecret("value", randomness);
    secret.wipe();
    expect(secret.reveal()).toBeNull();
  });

  it("refuses a generator that gives another number of bytes", () => {
    expect(() => new MaskedSecret("value", { bytes: () => new Uint8Array(1) })).toThrow(TypeError);
  });
});
