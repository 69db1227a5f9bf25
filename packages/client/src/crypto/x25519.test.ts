import { createPublicKey, diffieHellman, generateKeyPairSync, type KeyObject } from "node:crypto";
import { decodeBase64url, encodeBase64url, toHex } from "@countersign/protocol";
import { expect, it } from "vitest";
import { createX25519KeyPair, sharedSecret } from "./x25519.ts";

const rawOf = (key: KeyObject, member: "x" | "d"): Uint8Array =>
  decodeBase64url(String(key.export({ format: "jwk" })[member])) ?? new Uint8Array(0);

it("comes to what RFC 7748 section 5.2 shows after one and after a thousand rounds", () => {
  let [scalar, point] = [new Uint8Array(32).fill(0), new Uint8Array(32).fill(0)];
  scalar[0] = 9;
  point[0] = 9;
  const shown = new Map([
    [1, "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079"],
    [1000, "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51"],
  ]);
  for (let round = 1; round <= 1000; round += 1) {
    const next = sharedSecret(scalar, point);
    if (next === null) throw new TypeError("no secret");
    [scalar, point] = [Uint8Array.from(next), scalar];
    const text = shown.get(round);
    if (text !== undefined) expect(toHex(scalar)).toBe(text);
  }
});

it("agrees with node:crypto", () => {
  for (let round = 0; round < 20; round += 1) {
    const { privateKey, publicKey } = generateKeyPairSync("x25519");
    const own = createX25519KeyPair(rawOf(generateKeyPairSync("x25519").privateKey, "d"));
    const ownPublic = createPublicKey({
      key: { kty: "OKP", crv: "X25519", x: encodeBase64url(own.publicKey) },
      format: "jwk",
    });
    const theirs = toHex(diffieHellman({ privateKey, publicKey: ownPublic }));
    expect(toHex(sharedSecret(own.secretKey, rawOf(publicKey, "x")) ?? new Uint8Array(0))).toBe(theirs);
  }
});
