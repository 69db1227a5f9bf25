import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hpkeSteps } from "../../vectors/hpke-steps.ts";
import { hex } from "../../vectors/vector.ts";
import { toHex } from "../bytes.ts";
import { generateSessionKey, openSealed, sealTo, sessionPublicKey } from "./hpke.ts";

// RFC 9180 appendix A.2.1, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20Poly1305, base mode, sequence number 0.
const published = {
  info: "4f6465206f6e2061204772656369616e2055726e",
  pkEm: "1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a",
  skEm: "f4ec9b33b792c372c1d2c2063507b684ef925b8c75a42dbcbf57d63ccd381600",
  pkRm: "4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a",
  skRm: "8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb",
  sharedSecret: "0bbe78490412b4bbea4812666f7916932b828bba79942424abb65244930d69a7",
  keyScheduleContext:
    "00431df6cd95e11ff49d7013563baf7f11588c75a6611ee2a4404a49306ae4cfc5b69c5718a60cc5876c358d3f7fc31ddb598503f67be58ea1e798c0bb19eb9796",
  secret: "5b9cd775e64b437a2335cf499361b2e0d5e444d5cb41a8a53336d8fe402282c6",
  key: "ad2744de8e17f4ebba575b3f5f5a8fa1f69c2a07f6e7500bc60ca6e3e3ec1c91",
  baseNonce: "5c4d98150661b848853b547f",
  exporterSecret: "a3b010d4994890e2c6968a36f64470d3c824c8f5029942feb11e7a74b2921922",
  aad: "436f756e742d30",
  pt: "4265617574792069732074727574682c20747275746820626561757479",
  ct: "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28",
};

describe("HPKE", () => {
  it("gives every published figure of RFC 9180 A.2.1", () => {
    const steps = hpkeSteps(hex(published.skEm), hex(published.pkRm), hex(published.info));
    for (const name of [
      "sharedSecret",
      "keyScheduleContext",
      "secret",
      "key",
      "baseNonce",
      "exporterSecret",
    ] as const) {
      expect(toHex(steps[name] ?? hex("")), name).toBe(published[name]);
    }
    const sealed = sealTo({
      recipient: hex(published.pkRm),
      info: hex(published.info),
      aad: hex(published.aad),
      plaintext: hex(published.pt),
      ephemeral: hex(published.skEm),
    });
    expect(sealed).toEqual({ enc: hex(published.pkEm), sealed: hex(published.ct) });
    expect(sessionPublicKey(hex(published.skRm))).toEqual(hex(published.pkRm));
  });

  it("opens the published ciphertext", () => {
    const opened = openSealed({
      privateKey: hex(published.skRm),
      enc: hex(published.pkEm),
      info: hex(published.info),
      aad: hex(published.aad),
      sealed: hex(published.ct),
    });
    expect(toHex(opened ?? hex(""))).toBe(published.pt);
  });

  it("opens what it sealed, with the same key and info alone", () => {
    const { privateKey, publicKey } = generateSessionKey();
    const info = hex("00");
    fc.assert(
      fc.property(fc.uint8Array(), (plaintext) => {
        const sealed = sealTo({ recipient: publicKey, info, plaintext });
        if (sealed === null) throw new Error("unusable key");
        expect(openSealed({ privateKey, info, ...sealed })).toEqual(plaintext);
        expect(openSealed({ privateKey, info: hex("01"), ...sealed })).toBeNull();
        expect(openSealed({ privateKey: generateSessionKey().privateKey, info, ...sealed })).toBeNull();
      }),
      { numRuns: 20 },
    );
  });

  it("seals the same message to the same key differently each time", () => {
    const { publicKey } = generateSessionKey();
    const seal = () => sealTo({ recipient: publicKey, info: hex(""), plaintext: hex("00") });
    expect(seal()).not.toEqual(seal());
  });

  it.each([
    ["zero", "00".repeat(32)],
    ["one", `01${"00".repeat(31)}`],
    ["order 8", "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"],
    ["order 8, the other", "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"],
    ["p - 1", `ec${"ff".repeat(30)}7f`],
    ["p", `ed${"ff".repeat(30)}7f`],
    ["p + 1", `ee${"ff".repeat(30)}7f`],
  ])("refuses a key of small order: %s", (_, point) => {
    expect(sealTo({ recipient: hex(point), info: hex(""), plaintext: hex("") })).toBeNull();
    const { privateKey } = generateSessionKey();
    expect(openSealed({ privateKey, enc: hex(point), info: hex(""), sealed: new Uint8Array(32) })).toBeNull();
  });

  it("never throws on hostile keys and ciphertexts", () => {
    const { privateKey } = generateSessionKey();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 40 }), (key, sealed) => {
        sealTo({ recipient: key, info: hex(""), plaintext: sealed });
        expect(openSealed({ privateKey, enc: key, info: hex(""), sealed })).toBeNull();
      }),
    );
  });
});
