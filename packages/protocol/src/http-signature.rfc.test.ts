import { constants, createHmac, createPublicKey, type KeyObject, verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import { decodeBase64 } from "./base64.ts";
import { contentDigest, type SignatureComponent, signatureBaseOf } from "./http-signature.ts";
import { sha256 } from "./server/derive-key.ts";
import { verifyEs256 } from "./server/es256.ts";
import { fromUtf8, toUtf8 } from "./utf8.ts";

/** RFC 9421 appendix B: its keys, messages and signatures. Our builder makes the bases; only the verification differs by algorithm. */

function spki(base64: string): KeyObject {
  return createPublicKey({ key: Buffer.from(base64, "base64"), format: "der", type: "spki" });
}

// B.1.2, B.1.3, B.1.4 and B.1.5.
const rsaPss = spki(
  "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAr4tmm3r20Wd/PbqvP1s2+QEtvpuRaV8Yq40gjUR8y2Rjxa6dpG2GXHbPfvMs8ct+Lh1GH45x28Rw3Ry53mm+" +
    "oAXjyQ86OnDkZ5N8lYbggD4O3w6M6pAvLkhk95AndTrifbIFPNU8PPMO7OyrFAHqgDsznjPFmTOtCEcN2Z1FpWgchwuYLPL+Wokqltd11nqqzi+bJ9cvSKADYdUAAN5W" +
    "Utzdpiy6LbTgSxP7ociU4Tn0g5I6aDZJ7A8Lzo0KSyZYoA485mqcO0GVAdVw9lq4aOT9v6d+nb4bnNkQVklLQ3fVAvJm+xdDOp9LCNCN48V2pnDOkFV6+U9nV5oyc6XI" +
    "2wIDAQAB",
);
const p256 = decodeBase64("BKiFWGVSwqz2Rxh4z9ewk1tP/g/S38NBJI6he8QeBYrwMc4nN9LTDOBhfoUeg8Ye9WedFRhnZXZJA12Qp0zZ6F0=");
const ed25519 = spki("MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=");
const sharedSecret = Buffer.from(
  "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==",
  "base64",
);

// The request and the response of B.2.
const requestDigest =
  "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:";
const responseDigest =
  "sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5oGX69wWdXymyU0rjJuahq4l5aGgfLQ==:";
const request: Readonly<Record<string, string>> = {
  date: "Tue, 20 Apr 2021 02:07:55 GMT",
  "@method": "POST",
  "@path": "/foo",
  "@query": "?param=Value&Pet=dog",
  "@authority": "example.com",
  "content-type": "application/json",
  "content-digest": requestDigest,
  "content-length": "18",
};
const response: Readonly<Record<string, string>> = {
  "@status": "200",
  "content-type": "application/json",
  "content-digest": responseDigest,
  "content-length": "23",
};
const pet: SignatureComponent = { name: "@query-param", parameters: ';name="Pet"', value: "dog" };

function of(message: Readonly<Record<string, string>>, ...names: string[]): SignatureComponent[] {
  return names.map((name) => ({ name, value: message[name] ?? "" }));
}

const isPss = (base: Uint8Array, signature: Uint8Array): boolean =>
  verify("sha512", base, { key: rsaPss, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 64 }, signature);
const isEs256 = (base: Uint8Array, signature: Uint8Array): boolean =>
  verifyEs256(p256 ?? new Uint8Array(0), base, signature);
const isEd25519 = (base: Uint8Array, signature: Uint8Array): boolean => verify(null, base, ed25519, signature);
const isHmac = (base: Uint8Array, mac: Uint8Array): boolean =>
  createHmac("sha256", sharedSecret).update(base).digest().equals(mac);

const created = ";created=1618884473";
const cases = [
  {
    name: "B.2.1, minimal, rsa-pss-sha512",
    components: [],
    parameters: `${created};keyid="test-key-rsa-pss";nonce="b3k2pp5k7z-50gnwp.yemd"`,
    innerList: '();created=1618884473;keyid="test-key-rsa-pss";nonce="b3k2pp5k7z-50gnwp.yemd"',
    isSigned: isPss,
    signature:
      "d2pmTvmbncD3xQm8E9ZV2828BjQWGgiwAaw5bAkgibUopemLJcWDy/lkbbHAve4cRAtx31Iq786U7it++wgGxbtRxf8Udx7zFZsckzXaJMkA7ChG52eSkFxykJeNqsrW" +
      "H5S+oxNFlD4dzVuwe8DhTSja8xxbR/Z2cOGdCbzR72rgFWhzx2VjBqJzsPLMIQKhO4DGezXehhWwE56YCE+O6c0mKZsfxVrogUvA4HELjVKWmAvtl6UnCh8jYzuVG5WS" +
      "b/QEVPnP5TmcAnLH1g+s++v6d4s8m0gCw1fV5/SITLq9mhho8K3+7EPYTU8IU1bLhdxO5Nyt8C8ssinQ98Xw9Q==",
  },
  {
    name: "B.2.2, selective, rsa-pss-sha512",
    components: [...of(request, "@authority", "content-digest"), pet],
    parameters: `${created};keyid="test-key-rsa-pss";tag="header-example"`,
    innerList:
      '("@authority" "content-digest" "@query-param";name="Pet");created=1618884473;keyid="test-key-rsa-pss";tag="header-example"',
    isSigned: isPss,
    signature:
      "LjbtqUbfmvjj5C5kr1Ugj4PmLYvx9wVjZvD9GsTT4F7GrcQEdJzgI9qHxICagShLRiLMlAJjtq6N4CDfKtjvuJyE5qH7KT8UCMkSowOB4+ECxCmT8rtAmj/0PIXxi0A0" +
      "nxKyB09RNrCQibbUjsLS/2YyFYXEu4TRJQzRw1rLEuEfY17SARYhpTlaqwZVtR8NV7+4UKkjqpcAoFqWFQh62s7Cl+H2fjBSpqfZUJcsIk4N6wiKYd4je2U/lankenQ9" +
      "9PZfB4jY3I5rSV2DSBVkSFsURIjYErOs0tFTQosMTAoxk//0RoKUqiYY8Bh0aaUEb0rQl3/XaVe4bXTugEjHSw==",
  },
  {
    name: "B.2.3, full, rsa-pss-sha512",
    components: of(
      request,
      "date",
      "@method",
      "@path",
      "@query",
      "@authority",
      "content-type",
      "content-digest",
      "content-length",
    ),
    parameters: `${created};keyid="test-key-rsa-pss"`,
    innerList:
      '("date" "@method" "@path" "@query" "@authority" "content-type" "content-digest" "content-length");created=1618884473;keyid="test-key-rsa-pss"',
    isSigned: isPss,
    signature:
      "bbN8oArOxYoyylQQUU6QYwrTuaxLwjAC9fbY2F6SVWvh0yBiMIRGOnMYwZ/5MR6fb0Kh1rIRASVxFkeGt683+qRpRRU5p2voTp768ZrCUb38K0fUxN0O0iC59DzYx8DF" +
      "ll5GmydPxSmme9v6ULbMFkl+V5B1TP/yPViV7KsLNmvKiLJH1pFkh/aYA2HXXZzNBXmIkoQoLd7YfW91kE9o/CCoC1xMy7JA1ipwvKvfrs65ldmlu9bpG6A9BmzhuzF8" +
      "Eim5f8ui9eH8LZH896+QIF61ka39VBrohr9iyMUJpvRX2Zbhl5ZJzSRxpJyoEZAFL2FUo5fTIztsDZKEgM4cUA==",
  },
  {
    name: "B.2.4, a response, ecdsa-p256-sha256",
    components: of(response, "@status", "content-type", "content-digest", "content-length"),
    parameters: `${created};keyid="test-key-ecc-p256"`,
    innerList:
      '("@status" "content-type" "content-digest" "content-length");created=1618884473;keyid="test-key-ecc-p256"',
    isSigned: isEs256,
    signature: "wNmSUAhwb5LxtOtOpNa6W5xj067m5hFrj0XQ4fvpaCLx0NKocgPquLgyahnzDnDAUy5eCdlYUEkLIj+32oiasw==",
  },
  {
    name: "B.2.5, hmac-sha256",
    components: of(request, "date", "@authority", "content-type"),
    parameters: `${created};keyid="test-shared-secret"`,
    innerList: '("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret"',
    isSigned: isHmac,
    signature: "pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=",
  },
  {
    name: "B.2.6, ed25519",
    components: of(request, "date", "@method", "@path", "@authority", "content-type", "content-length"),
    parameters: `${created};keyid="test-key-ed25519"`,
    innerList:
      '("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"',
    isSigned: isEd25519,
    signature: "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==",
  },
] as const;

describe("the signature base of RFC 9421", () => {
  it.each(cases)("$name: the printed signature verifies over it, and over no other", (each) => {
    const made = signatureBaseOf(each.components, each.parameters);
    if (!made.ok) throw new Error(made.detail);
    const { base, innerList } = made.value;
    const signature = decodeBase64(each.signature) ?? new Uint8Array(0);
    expect(innerList).toBe(each.innerList);
    expect(each.isSigned(base, signature)).toBe(true);
    const other = toUtf8((fromUtf8(base) ?? "").replace("1618884473", "1618884474"));
    expect(each.isSigned(other, signature)).toBe(false);
  });

  it("is, for B.2.4, the text that the RFC prints", () => {
    const { components, parameters } = cases[3];
    const made = signatureBaseOf(components, parameters);
    expect(made.ok && fromUtf8(made.value.base)).toBe(
      [
        '"@status": 200',
        '"content-type": application/json',
        `"content-digest": ${responseDigest}`,
        '"content-length": 23',
        '"@signature-params": ("@status" "content-type" "content-digest" "content-length");created=1618884473;keyid="test-key-ecc-p256"',
      ].join("\n"),
    );
  });

  it.each([
    { name: "Upper", value: "x" },
    { name: "@a b", value: "x" },
    { name: 'a": b\n"c', value: "x" },
    { name: "", value: "x" },
    { name: "a", value: "b\nc" },
    { name: "a", value: " b" },
    { name: "a", value: "" },
  ])("refuses the component %j", (component) => {
    expect(signatureBaseOf([component], created)).toMatchObject({ ok: false, code: "malformed" });
  });
});

describe("digests of RFC 9530", () => {
  it.each([
    ["appendix B, the whole content", '{"hello": "world"}\n', "RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg="],
    ["appendix B, a part of it", '"world"}\n', "jjcgBDWNAtbYUXI37CVG3gRuGOAjaaDRGpIUFsdyepQ="],
    [
      "section 6 of RFC 9421's text, without the line feed",
      '{"hello": "world"}',
      "X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=",
    ],
  ])("%s", (_name, content, digest) => {
    expect(contentDigest(sha256, toUtf8(content))).toBe(`sha-256=:${digest}:`);
  });
});
