import { fromHex, toHex, toUtf8 } from "@countersign/protocol";
import { generateSessionKey, sealTo } from "@countersign/protocol/server";
import { describe, expect, it } from "vitest";
import { openHpke } from "./hpke.ts";
import { createX25519KeyPair, sharedSecret } from "./x25519.ts";

function hex(text: string): Uint8Array {
  const bytes = fromHex(text);
  if (bytes === null) throw new TypeError("not hex");
  return bytes;
}

// RFC 9180 appendix A.2.1: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20Poly1305, base mode, sequence number 0.
const vector = {
  skRm: hex("8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb"),
  pkRm: hex("4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a"),
  enc: hex("1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a"),
  info: hex("4f6465206f6e2061204772656369616e2055726e"),
  aad: hex("436f756e742d30"),
  pt: "4265617574792069732074727574682c20747275746820626561757479",
  ct: hex("1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28"),
};

describe("HPKE base mode", () => {
  it("opens RFC 9180 appendix A.2.1", () => {
    const recipient = createX25519KeyPair(vector.skRm);
    expect(toHex(recipient.publicKey)).toBe(toHex(vector.pkRm));
    const opened = openHpke(recipient, vector.enc, vector.info, vector.ct, vector.aad);
    expect(opened === null ? null : toHex(opened)).toBe(vector.pt);
  });

  it("refuses every changed byte of ciphertext, key, info and AAD", () => {
    const recipient = createX25519KeyPair(vector.skRm);
    for (const part of ["enc", "info", "ct", "aad"] as const) {
      for (let at = 0; at < vector[part].length; at += 1) {
        const changed = { ...vector, [part]: vector[part].map((byte, index) => (index === at ? byte ^ 1 : byte)) };
        expect(openHpke(recipient, changed.enc, changed.info, changed.ct, changed.aad), `${part} ${at}`).toBeNull();
      }
    }
  });

  it("opens what the service seals, and nothing sealed to another key", () => {
    const recipient = createX25519KeyPair(generateSessionKey().privateKey);
    const info = toUtf8("info");
    const sealed = sealTo({ recipient: recipient.publicKey, info, plaintext: toUtf8("session") });
    if (sealed === null) throw new TypeError("not sealed");
    expect(openHpke(recipient, sealed.enc, info, sealed.sealed)).toEqual(toUtf8("session"));
    const other = createX25519KeyPair(generateSessionKey().privateKey);
    expect(openHpke(other, sealed.enc, info, sealed.sealed)).toBeNull();
  });

  it("refuses points of small order, which would make the shared secret zero", () => {
    const recipient = createX25519KeyPair(vector.skRm);
    const small = [
      "0000000000000000000000000000000000000000000000000000000000000000",
      "0100000000000000000000000000000000000000000000000000000000000000",
      "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
      "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
      "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ];
    for (const point of small) {
      expect(sharedSecret(recipient.secretKey, hex(point)), point).toBeNull();
      expect(openHpke(recipient, hex(point), vector.info, vector.ct, vector.aad)).toBeNull();
    }
  });

  it("never throws on keys and ciphertexts of other lengths", () => {
    const recipient = createX25519KeyPair(vector.skRm);
    for (const length of [0, 1, 15, 16, 31, 33, 64]) {
      expect(openHpke(recipient, new Uint8Array(length), vector.info, vector.ct)).toBeNull();
      expect(openHpke(recipient, vector.enc, vector.info, new Uint8Array(length))).toBeNull();
    }
  });
});
