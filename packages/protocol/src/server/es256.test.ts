import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keys } from "../../vectors/world.ts";
import { isPoint, isSignatureInRange } from "../point.ts";
import { toUtf8 } from "../utf8.ts";
import { generateSigningKey, importSigningKey, pointOfKey, publicKeyOfPoint, signEs256, verifyEs256 } from "./es256.ts";

const message = toUtf8("message");
const { privateKey, point, pkcs8 } = generateSigningKey();
const signature = signEs256(privateKey, message);
const order = Buffer.from("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", "hex");
const halves = (r: Uint8Array, s: Uint8Array): Uint8Array => new Uint8Array([...r, ...s]);

describe("ES256", () => {
  it("verifies its own signatures and those of another library", () => {
    expect(verifyEs256(point, message, signature)).toBe(true);
    expect(verifyEs256(keys.root.point, message, keys.root.sign(message))).toBe(true);
    expect(verifyEs256(keys.root.point, message, signature)).toBe(false);
    expect(verifyEs256(point, toUtf8("massage"), signature)).toBe(false);
  });

  it("takes a kept key as well as a point", () => {
    const key = publicKeyOfPoint(point);
    expect(key !== null && verifyEs256(key, message, signature)).toBe(true);
  });

  it("refuses r and s outside 1..n-1", () => {
    const zero = new Uint8Array(32);
    const r = signature.slice(0, 32);
    const s = signature.slice(32);
    for (const bad of [
      halves(zero, s),
      halves(r, zero),
      halves(order, s),
      halves(r, order),
      halves(new Uint8Array(32).fill(255), s),
    ]) {
      expect(isSignatureInRange(bad)).toBe(false);
      expect(verifyEs256(point, message, bad)).toBe(false);
    }
    expect(isSignatureInRange(signature)).toBe(true);
  });

  it("refuses points that are not on the curve, compressed, at infinity or past the field", () => {
    const field = Buffer.from("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff", "hex");
    const bad = [
      new Uint8Array(0),
      new Uint8Array(1),
      new Uint8Array(65),
      new Uint8Array(65).fill(4),
      new Uint8Array([2, ...point.slice(1, 33)]),
      new Uint8Array([6, ...point.slice(1)]),
      new Uint8Array([4, ...point.slice(1, 64), (point[64] ?? 0) ^ 1]),
      new Uint8Array([4, ...field, ...point.slice(33)]),
      new Uint8Array([...point, 0]),
    ];
    for (const bytes of bad) {
      expect(isPoint(bytes)).toBe(false);
      expect(verifyEs256(bytes, message, signature)).toBe(false);
    }
    expect(isPoint(point)).toBe(true);
  });

  it("never throws on hostile points and signatures", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 60, maxLength: 70 }),
        fc.uint8Array({ minLength: 60, maxLength: 66 }),
        (key, bytes) => {
          expect(verifyEs256(key, message, bytes)).toBe(false);
          expect(verifyEs256(point, message, bytes)).toBe(false);
        },
      ),
    );
  });

  it("comes back from PKCS#8, and takes other keys for a programmer's mistake", () => {
    expect(pointOfKey(importSigningKey(pkcs8))).toEqual(point);
    expect(() => importSigningKey(new Uint8Array(8))).toThrow();
  });
});
