import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findLeaks } from "../../../../testing/leak-detector.ts";
import { openFileVault, VaultError } from "./file-vault.ts";
import { keyFileName } from "./key-file.ts";

const context = ["secret", "project", "nasa", "1"];
const clear = Buffer.from("the-NASA-key-0123456789");

describe("the vault", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "countersign-vault-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const keyFile = (): string => join(folder, keyFileName);

  it("opens what it sealed, of any length", async () => {
    const vault = await openFileVault({ folder });
    for (const length of [0, 1, 15, 16, 17, 4096, 32_768, 1_000_003]) {
      const bytes = new Uint8Array(length).fill(length & 0xff);
      expect(Buffer.compare(vault.open(vault.seal(bytes, context), context).reveal(), bytes)).toBe(0);
    }
  });

  it("opens what it sealed, in any context", async () => {
    const vault = await openFileVault({ folder });
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.array(fc.string({ unit: "grapheme" }), { maxLength: 6 }),
        (bytes, parts) => {
          expect(vault.open(vault.seal(bytes, parts), parts).reveal()).toEqual(bytes);
        },
      ),
    );
  });

  it("opens after a restart", async () => {
    const sealed = (await openFileVault({ folder })).seal(clear, context);
    expect(Buffer.from((await openFileVault({ folder, create: false })).open(sealed, context).reveal())).toEqual(clear);
  });

  it("seals equal values to different texts that show nothing of them", async () => {
    const vault = await openFileVault({ folder });
    const sealed = Array.from({ length: 20 }, () => vault.seal(clear, context));
    expect(new Set(sealed).size).toBe(20);
    for (const text of sealed)
      expect(findLeaks(Buffer.concat([Buffer.from(text), Buffer.from(text, "base64url")]), clear)).toEqual([]);
  });

  it("refuses a sealed value in which any bit was changed", async () => {
    const vault = await openFileVault({ folder });
    const bytes = Buffer.from(vault.seal(clear, context), "base64url");
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => vault.open(changed.toString("base64url"), context)).toThrow(VaultError);
    }
  });

  it("refuses a sealed value in which any character was changed, removed or added", async () => {
    const vault = await openFileVault({ folder });
    const sealed = vault.seal(clear, context);
    for (let at = 0; at < sealed.length; at += 1) {
      for (const character of ["A", "B", "_", "=", "+", " ", "\n", "ü", ""].filter((other) => other !== sealed[at])) {
        const changed = sealed.slice(0, at) + character + sealed.slice(at + 1);
        expect(() => vault.open(changed, context)).toThrow(VaultError);
      }
      expect(() => vault.open(sealed.slice(0, at), context)).toThrow(VaultError);
      expect(() => vault.open(`${sealed}${"A".repeat(at + 1)}`, context)).toThrow(VaultError);
    }
  });

  it("refuses, and throws nothing else at, any other text", async () => {
    const vault = await openFileVault({ folder });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          fc.uint8Array({ maxLength: 300 }).map((b) => Buffer.from(b).toString("base64url")),
        ),
        (text) => {
          expect(() => vault.open(text, context)).toThrow(VaultError);
        },
      ),
    );
  });

  it("opens a value in no other context", async () => {
    const vault = await openFileVault({ folder });
    const sealed = vault.seal(clear, context);
    const others = [
      [],
      ["secret", "project", "nasa", "2"],
      ["secret", "project", "nas", "a1"],
      ["secret", "project", "nasa1"],
      ["secret", "project", "nasa", "1", ""],
      ["", "secret", "project", "nasa", "1"],
      ["secretproject", "nasa", "1"],
      ["project", "secret", "nasa", "1"],
    ];
    for (const other of others) expect(() => vault.open(sealed, other)).toThrow(VaultError);
  });

  it("refuses a context that is not well-formed text", async () => {
    const vault = await openFileVault({ folder });
    expect(() => vault.seal(clear, ["\ud800"])).toThrow(TypeError);
  });

  it("opens nothing under another key", async () => {
    const sealed = (await openFileVault({ folder })).seal(clear, context);
    rmSync(keyFile());
    const other = await openFileVault({ folder });
    expect(() => other.open(sealed, context)).toThrow(VaultError);
  });

  it("lends a copy: wiping it changes nothing", async () => {
    const vault = await openFileVault({ folder });
    const value = vault.open(vault.seal(clear, context), context);
    value.reveal().fill(0);
    expect(Buffer.from(value.reveal())).toEqual(clear);
  });

  describe("its key file", () => {
    it("is made at the first start, 32 bytes for its owner alone, with nothing left beside it", async () => {
      await openFileVault({ folder });
      expect(statSync(keyFile()).mode & 0o777).toBe(0o600);
      expect(readFileSync(keyFile())).toHaveLength(32);
      expect(readdirSync(folder)).toEqual([keyFileName]);
    });

    it("is one, however many start at once", async () => {
      const vaults = await Promise.all(Array.from({ length: 10 }, () => openFileVault({ folder })));
      const sealed = vaults[0]?.seal(clear, context) ?? "";
      for (const vault of vaults) expect(Buffer.from(vault.open(sealed, context).reveal())).toEqual(clear);
    });

    it("is completed by the next start where the first was interrupted", async () => {
      writeFileSync(`${keyFile()}.0123456789abcdef.unfinished`, "half a key", { mode: 0o600 });
      const vault = await openFileVault({ folder });
      expect(Buffer.from(vault.open(vault.seal(clear, context), context).reveal())).toEqual(clear);
      expect(readdirSync(folder)).toEqual([keyFileName]);
    });

    it("is refused where group or world has any right to it", async () => {
      await openFileVault({ folder });
      for (const mode of [0o640, 0o604, 0o620, 0o610, 0o777]) {
        chmodSync(keyFile(), mode);
        await expect(openFileVault({ folder })).rejects.toMatchObject({ name: "StartError", code: "key_file_exposed" });
      }
    });

    it("is refused with any other length, and left as it is", async () => {
      for (const length of [0, 31, 33, 64]) {
        writeFileSync(keyFile(), new Uint8Array(length), { mode: 0o600 });
        await expect(openFileVault({ folder })).rejects.toMatchObject({
          name: "StartError",
          code: "key_file_malformed",
        });
        expect(readFileSync(keyFile())).toHaveLength(length);
      }
    });

    it("is not made anew where values are sealed already", async () => {
      await expect(openFileVault({ folder, create: false })).rejects.toMatchObject({
        name: "StartError",
        code: "key_file_missing",
      });
      expect(existsSync(keyFile())).toBe(false);
    });
  });
});
