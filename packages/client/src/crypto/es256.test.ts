import { concatBytes, fromHex, toUtf8 } from "@countersign/protocol";
import { generateSigningKey, signEs256 } from "@countersign/protocol/server";
import { describe, expect, it } from "vitest";
import { verifyEs256 } from "./es256.ts";

const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const message = toUtf8("message");
const key = generateSigningKey();
const signature = signEs256(key.privateKey, message);

function scalar(value: bigint): Uint8Array {
  return fromHex(value.toString(16).padStart(64, "0")) ?? new Uint8Array(0);
}

function toBigInt(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
}

describe("ES256", () => {
  it("verifies signatures of node:crypto", () => {
    for (let round = 0; round < 20; round += 1) {
      const pair = generateSigningKey();
      const text = toUtf8(`message ${round}`);
      expect(verifyEs256(pair.point, text, signEs256(pair.privateKey, text))).toBe(true);
    }
  });

  it("verifies the malleable twin: a signature is never a key", () => {
    const s = toBigInt(signature.slice(32));
    expect(verifyEs256(key.point, message, concatBytes(signature.slice(0, 32), scalar(order - s)))).toBe(true);
  });

  it("refuses any changed byte of message, signature or point", () => {
    const flip = (bytes: Uint8Array, at: number): Uint8Array =>
      bytes.map((byte, index) => (index === at ? byte ^ 1 : byte));
    for (let at = 0; at < message.length; at += 1)
      expect(verifyEs256(key.point, flip(message, at), signature)).toBe(false);
    for (let at = 0; at < 64; at += 1) expect(verifyEs256(key.point, message, flip(signature, at))).toBe(false);
    for (let at = 0; at < 65; at += 1) expect(verifyEs256(flip(key.point, at), message, signature)).toBe(false);
  });

  it("refuses r or s of zero, of the group order and above", () => {
    const r = signature.slice(0, 32);
    const s = signature.slice(32);
    for (const bad of [0n, order, order + 1n, 2n ** 256n - 1n]) {
      expect(verifyEs256(key.point, message, concatBytes(scalar(bad), s))).toBe(false);
      expect(verifyEs256(key.point, message, concatBytes(r, scalar(bad)))).toBe(false);
    }
    expect(verifyEs256(key.point, message, new Uint8Array(64))).toBe(false);
  });

  it("refuses compressed points, the point at infinity and other lengths", () => {
    const compressed = concatBytes(Uint8Array.of(2 + ((key.point[64] ?? 0) & 1)), key.point.slice(1, 33));
    for (const point of [compressed, Uint8Array.of(0), new Uint8Array(65), new Uint8Array(0), key.point.slice(1)]) {
      expect(verifyEs256(point, message, signature)).toBe(false);
    }
    for (const length of [0, 63, 65, 70]) expect(verifyEs256(key.point, message, new Uint8Array(length))).toBe(false);
  });
});
