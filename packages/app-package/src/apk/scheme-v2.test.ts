import { describe, expect, test } from "vitest";
import { attribute, field, keys, type MadeSigner, u32 } from "./apk-writer.suite.ts";
import { verdictOf } from "./scheme-verdict.suite.ts";
import { schemeBlock } from "./signing-block.ts";

const signer: MadeSigner = { key: keys.first };
const signed = (...signers: readonly MadeSigner[]) => ({ blocks: [[schemeBlock.v2, signers] as const] });
const stripping = (scheme: number) => [[attribute.strippingProtection, u32(scheme)] as const];

describe("a v2 block", () => {
  test.each([
    ["by one signer", [signer]],
    ["by ten signers", Array.from({ length: 10 }, () => signer)],
    ["with RSA and PKCS #1", [{ key: keys.rsa, algorithms: [0x0103] }]],
    ["with RSA, PKCS #1 and SHA-512", [{ key: keys.rsa, algorithms: [0x0104] }]],
    ["with RSA-PSS", [{ key: keys.rsa, algorithms: [0x0101] }]],
    ["with RSA-PSS and SHA-512", [{ key: keys.rsa, algorithms: [0x0102] }]],
    ["with several algorithms", [{ key: keys.rsa, algorithms: [0x0101, 0x0102, 0x0103] }]],
    ["with ECDSA and SHA-512", [{ key: keys.third }]],
    ["with an algorithm nobody knows beside one they do", [{ key: keys.rsa, algorithms: [0x0103, 0x7777] }]],
    [
      "with more certificates than the signer's",
      [{ ...signer, certificates: [keys.first.certificate, keys.rsa.certificate] }],
    ],
    ["with an attribute nobody knows", [{ ...signer, attributes: [[0x12345678, u32(1)] as const] }]],
    ["that names a scheme nobody knows", [{ ...signer, attributes: stripping(99) }]],
  ])("%s holds", async (_, signers) => {
    expect(await verdictOf(signed(...signers))).toBe("good v2");
  });

  test("with a verity digest holds where the signing block is whole pages, and is refused where it is not", async () => {
    const verity = { key: keys.first, algorithms: [0x0201, 0x0423] };
    expect(await verdictOf({ ...signed(verity), aligned: true })).toBe("good v2");
    expect(await verdictOf(signed(verity))).toBe("apk_verity_alignment");
    expect(await verdictOf({ ...signed({ key: keys.rsa, algorithms: [0x0103, 0x0421] }), aligned: true })).toBe(
      "good v2",
    );
  });

  const wrong = Buffer.alloc(32);
  test.each<[string, string, readonly MadeSigner[]]>([
    ["has eleven signers", "apk_too_many_signers", Array.from({ length: 11 }, () => signer)],
    ["has no signer", "apk_signature_malformed", []],
    ["has a signature over other data", "apk_signature_invalid", [{ ...signer, breakSignature: true }]],
    ["has a signature by another key", "apk_signature_invalid", [{ ...signer, signWith: keys.second }]],
    [
      "has a second signer whose signature is broken",
      "apk_signature_invalid",
      [signer, { key: keys.second, breakSignature: true }],
    ],
    ["has no signature", "apk_no_signature", [{ ...signer, algorithms: [] }]],
    ["has no signature that the devices know", "apk_no_signature", [{ ...signer, algorithms: [0x7777] }]],
    [
      "has verity signatures alone, which Android 7 does not know",
      "apk_no_signature",
      [{ ...signer, algorithms: [0x0423] }],
    ],
    ["has a post-quantum signature", "apk_no_signature", [{ key: keys.postQuantum }]],
    ["has a key of another kind than its algorithm", "apk_public_key", [{ key: keys.rsa, publicKey: keys.first.spki }]],
    [
      "has a key and a certificate of another kind than its algorithm",
      "apk_public_key",
      [{ key: keys.rsa, algorithms: [0x0201] }],
    ],
    ["has a key that is none", "apk_public_key", [{ ...signer, publicKey: Buffer.from("key") }]],
    ["has a certificate of another key", "apk_public_key", [{ ...signer, certificates: [keys.second.certificate] }]],
    ["has no certificate", "apk_certificate", [{ ...signer, certificates: [] }]],
    ["has a certificate that is none", "apk_certificate", [{ ...signer, certificates: [Buffer.from("certificate")] }]],
    [
      "signed digests of other algorithms",
      "apk_algorithms",
      [{ key: keys.rsa, algorithms: [0x0103], digestAlgorithms: [0x0101] }],
    ],
    [
      "signed digests of more algorithms",
      "apk_algorithms",
      [{ key: keys.rsa, algorithms: [0x0103], digestAlgorithms: [0x0103, 0x0104] }],
    ],
    ["signed other content", "apk_content_digest", [{ ...signer, digest: wrong }]],
    ["says that v3 signed, too, where it did not", "apk_scheme_stripped", [{ ...signer, attributes: stripping(3) }]],
    [
      "has a cut off stripping protection",
      "apk_signature_malformed",
      [{ ...signer, attributes: [[attribute.strippingProtection, wrong.subarray(3, 4)]] }],
    ],
  ])("is refused that %s", async (_, code, signers) => {
    expect(await verdictOf(signed(...signers))).toBe(code);
  });

  test("that says v3 signed, too, holds for devices that do not know v3", async () => {
    expect(await verdictOf(signed({ ...signer, attributes: stripping(3) }), { maxSdk: 27 })).toBe("good v2");
  });

  test("is not looked at where no device of the range knows v2, or all know the v3 block beside it", async () => {
    expect(await verdictOf(signed({ ...signer, breakSignature: true }), { maxSdk: 23, minSdk: 1 })).toBe("good");
    const v3 = [schemeBlock.v3, [{ ...signer, levels: [28, 0x7fffffff] as const }]] as const;
    const both = { blocks: [v3, [schemeBlock.v2, [{ ...signer, breakSignature: true }]] as const] };
    expect(await verdictOf(both, { minSdk: 28 })).toBe("good v3");
    expect(await verdictOf(both, { minSdk: 27 })).toBe("apk_signature_invalid");
  });

  test("of three million empty signers, or of as many signatures, is malformed: no more than 1000 of anything are read", async () => {
    const empty = Buffer.alloc(12_000_000);
    expect(await verdictOf({ blocks: [[schemeBlock.v2, field(empty)]] })).toBe("apk_signature_malformed");
    const signatures = field(field(Buffer.alloc(0)), field(empty), field(keys.first.spki));
    expect(await verdictOf({ blocks: [[schemeBlock.v2, field(signatures)]] })).toBe("apk_signature_malformed");
  });

  test.each([0, 1, 5, 20, 100])("cut to %i bytes is malformed", async (length) => {
    const block = Buffer.alloc(length, 0x7f);
    expect(await verdictOf({ blocks: [[schemeBlock.v2, block]] })).toBe("apk_signature_malformed");
  });
});
