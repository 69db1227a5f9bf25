import { describe, expect, it } from "vitest";
import { fromHex, hex } from "../encoding/bytes.ts";
import { openSeal, toSessionKey } from "./open-seal.ts";

/** RFC 9180 appendix A.2.1: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20Poly1305, base mode, sequence number 0. */
const vector = {
  info: "4f6465206f6e2061204772656369616e2055726e",
  recipientPrivate: "8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb",
  recipientPublic: "4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a",
  enc: "1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a",
  plaintext: "4265617574792069732074727574682c20747275746820626561757479",
  associatedData: "436f756e742d30",
  sealed: "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28",
};

describe("toSessionKey", () => {
  it("derives the public key of RFC 9180's recipient", () => {
    expect(hex(toSessionKey(fromHex(vector.recipientPrivate)).publicKey)).toBe(vector.recipientPublic);
  });
});

describe("openSeal", () => {
  it("opens RFC 9180's sealed text", () => {
    const opened = openSeal(
      toSessionKey(fromHex(vector.recipientPrivate)),
      fromHex(vector.info),
      fromHex(vector.enc),
      fromHex(vector.sealed),
      fromHex(vector.associatedData),
    );
    expect(hex(opened)).toBe(vector.plaintext);
  });

  it("refuses a seal that was not made to this key", () => {
    const key = toSessionKey(fromHex(vector.recipientPrivate));
    expect(() => openSeal(key, fromHex(vector.info), fromHex(vector.enc), new Uint8Array(64))).toThrow();
  });
});
