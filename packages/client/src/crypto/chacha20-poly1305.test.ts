import { createCipheriv, randomBytes } from "node:crypto";
import { concatBytes, fromHex, toHex, toUtf8 } from "@countersign/protocol";
import { describe, expect, it } from "vitest";
import { open, seal } from "./chacha20-poly1305.ts";

const hex = (text: string): Uint8Array => fromHex(text) ?? new Uint8Array(0);
const random = (length: number): Uint8Array => Uint8Array.from(randomBytes(length));

describe("ChaCha20-Poly1305", () => {
  it("seals and opens what RFC 8439 section 2.8.2 shows", () => {
    const key = Uint8Array.from({ length: 32 }, (_, at) => 0x80 + at);
    const nonce = hex("070000004041424344454647");
    const aad = hex("50515253c0c1c2c3c4c5c6c7");
    const clear = toUtf8(
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
    );
    const shown =
      "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b" +
      "1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc" +
      "3ff4def08e4b7a9de576d26586cec64b6116" +
      "1ae10b594f09e26a7e902ecbd0600691";
    expect(toHex(seal(key, nonce, clear, aad))).toBe(shown);
    expect(open(key, nonce, hex(shown), aad)).toEqual(clear);
  });

  it("seals as OpenSSL does, whatever the lengths of text and additional data", () => {
    for (let length = 0; length <= 260; length += 1) {
      const [key, nonce, clear, aad] = [random(32), random(12), random(length), random(length % 37)];
      const cipher = createCipheriv("chacha20-poly1305", key, nonce, { authTagLength: 16 });
      cipher.setAAD(aad, { plaintextLength: length });
      const theirs = concatBytes(cipher.update(clear), cipher.final(), cipher.getAuthTag());
      expect(toHex(seal(key, nonce, clear, aad)), String(length)).toBe(toHex(theirs));
      expect(open(key, nonce, theirs, aad)).toEqual(clear);
    }
  });

  it("opens nothing of which one bit is another, or that is shorter", () => {
    const [key, nonce, clear, aad] = [random(32), random(12), random(33), random(9)];
    const sealed = seal(key, nonce, clear, aad);
    for (const [at, part] of [key, nonce, sealed, aad].entries()) {
      for (let bit = 0; bit < 8 * part.length; bit += 1) {
        const parts = [key, nonce, sealed, aad].map((each) => Uint8Array.from(each));
        const [otherKey = key, otherNonce = nonce, otherSealed = sealed, otherAad = aad] = parts;
        const changed = parts[at] ?? key;
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(open(otherKey, otherNonce, otherSealed, otherAad)).toBeNull();
      }
    }
    for (let length = 0; length < sealed.length; length += 1) {
      expect(open(key, nonce, sealed.slice(0, length), aad)).toBeNull();
    }
  });

  it("takes no key and no nonce of another length", () => {
    for (const [key, nonce] of [
      [31, 12],
      [33, 12],
      [0, 12],
      [32, 8],
      [32, 24],
    ] as const) {
      expect(() => seal(random(key), random(nonce), random(1), random(0))).toThrow(TypeError);
      expect(() => open(random(key), random(nonce), random(17), random(0))).toThrow(TypeError);
    }
  });
});
