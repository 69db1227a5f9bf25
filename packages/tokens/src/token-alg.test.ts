import { createPrivateKey, createPublicKey, createSecretKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { describe, expect, it } from "vitest";
import { algorithms, type TokenAlg, tokenAlgs } from "./token-alg.ts";

const secretOf = (k: string): KeyObject => createSecretKey(Buffer.from(k, "base64url"));
const privateOf = (jwk: Readonly<Record<string, string>>): KeyObject =>
  createPrivateKey({ key: { ...jwk }, format: "jwk" });

const rfc7515Payload = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

const rfc7515Rsa = {
  kty: "RSA",
  n: "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
  e: "AQAB",
  d: "Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46sui395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ",
  p: "4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNPY8cQn7ouZ2KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc",
  q: "uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD66t62wDmpe_HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc",
  dp: "BwKfV3Akq5_MFZDFZCnW-wzl-CCo83WoZvnLQwCTeDv8uzluRSnm71I3QCLdhrqE2e9YkxvuxdBfpT_PI7Yz-FOKnu1R6HsJeDCjn12Sk3vmAktV2zb34MCdy7cpdTh_YVr7tss2u6vneTwrA86rZtu5Mbr1C1XsmvkxHQAdYo0",
  dq: "h_96-mK1R_7glhsum81dZxjTnYynPbZpHziZjeeHcXYsXaaMwkOlODsWa7I9xXDoRwbKgB719rrmI2oKr6N3Do9U0ajaHF-NKJnwgjMd2w9cjz3_-kyNlxAr2v4IKhGNpmM5iIgOS1VZnOZ68m6_pbLBSp3nssTdlqvd0tIiTHU",
  qi: "IYd7DHOhrWvxkwPQsRM2tOgrjbcrfvtQJipd-DlcxyVuuM9sQLdgjVk2oy26F0EmpScGLq2MowX7fhd_QJQ3ydy5cY7YIBi87w93IKLEdfnbJtoOPLUW0ITrJReOgo1cq9SbsxYawBgfp_gh6A5603k2-ZQwVK0JKSHuLFkuQ3U",
};

const rfc7515Ec = {
  kty: "EC",
  crv: "P-256",
  x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
  y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
  d: "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",
};

const rfc8037Okp = {
  kty: "OKP",
  crv: "Ed25519",
  d: "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
  x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
};

const vectors: readonly {
  readonly source: string;
  readonly alg: TokenAlg;
  readonly key: KeyObject;
  readonly jws: readonly [header: string, payload: string, signature: string];
}[] = [
  {
    source: "RFC 7515 A.1",
    alg: "HS256",
    key: secretOf("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"),
    jws: ["eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9", rfc7515Payload, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"],
  },
  {
    source: "RFC 7515 A.2",
    alg: "RS256",
    key: privateOf(rfc7515Rsa),
    jws: [
      "eyJhbGciOiJSUzI1NiJ9",
      rfc7515Payload,
      "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
    ],
  },
  {
    source: "RFC 7515 A.3",
    alg: "ES256",
    key: privateOf(rfc7515Ec),
    jws: [
      "eyJhbGciOiJFUzI1NiJ9",
      rfc7515Payload,
      "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
    ],
  },
  {
    source: "RFC 8037 A.4",
    alg: "EdDSA",
    key: privateOf(rfc8037Okp),
    jws: [
      "eyJhbGciOiJFZERTQSJ9",
      "RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
      "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
    ],
  },
  {
    source: "RFC 7520 §4.4",
    alg: "HS256",
    key: secretOf("hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg"),
    jws: [
      "eyJhbGciOiJIUzI1NiIsImtpZCI6IjAxOGMwYWU1LTRkOWItNDcxYi1iZmQ2LWVlZjMxNGJjNzAzNyJ9",
      "SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4",
      "s0h6KThzkfBBBkLspW1h84VsJZFTsPPqMDA7g1Md7p0",
    ],
  },
];

describe.each(vectors)("$source", ({ alg, key, jws: [header, payload, signature] }) => {
  const input = Buffer.from(`${header}.${payload}`);
  const published = Buffer.from(signature, "base64url");
  const publicHalf = key.type === "secret" ? key : createPublicKey(key);

  it(`is verified as ${alg}, and not after a flip of any byte of the signature`, () => {
    expect(algorithms[alg].verify(publicHalf, input, published)).toBe(true);
    for (let index = 0; index < published.length; index += 1) {
      const flipped = Buffer.from(published);
      flipped[index] = (flipped[index] ?? 0) ^ 1;
      expect(algorithms[alg].verify(publicHalf, input, flipped), String(index)).toBe(false);
    }
    expect(algorithms[alg].verify(publicHalf, input, published.subarray(1))).toBe(false);
  });
});

// ECDSA draws a new nonce for each signature.
it.each(vectors.filter(({ alg }) => alg !== "ES256"))("$source is signed byte for byte", ({ alg, key, jws }) => {
  const [header, payload, signature] = jws;
  expect(algorithms[alg].sign(key, Buffer.from(`${header}.${payload}`)).toString("base64url")).toBe(signature);
});

const rsa = (modulusLength: number, publicExponent = 65537): KeyObject =>
  generateKeyPairSync("rsa", { modulusLength, publicExponent }).privateKey;

const good: Readonly<Record<TokenAlg, KeyObject>> = {
  HS256: createSecretKey(Buffer.alloc(32)),
  ES256: privateOf(rfc7515Ec),
  EdDSA: privateOf(rfc8037Okp),
  RS256: privateOf(rfc7515Rsa),
  PS256: privateOf(rfc7515Rsa),
};

describe("fits", () => {
  it.each(tokenAlgs)("%s takes its own kind of key and no other", (alg) => {
    for (const other of tokenAlgs) {
      expect(algorithms[alg].fits(good[other]), other).toBe(alg === other || (isRsa(alg) && isRsa(other)));
    }
  });

  it.each(["ES256", "EdDSA", "RS256", "PS256"] as const)("%s does not sign with a public key", (alg) => {
    expect(algorithms[alg].fits(createPublicKey(good[alg]))).toBe(false);
  });

  it("refuses what is too weak, too slow, or of another curve or scheme", () => {
    expect(algorithms.HS256.fits(createSecretKey(Buffer.alloc(31)))).toBe(false);
    expect(algorithms.ES256.fits(generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey)).toBe(false);
    expect(algorithms.ES256.fits(generateKeyPairSync("ec", { namedCurve: "secp256k1" }).privateKey)).toBe(false);
    expect(algorithms.EdDSA.fits(generateKeyPairSync("ed448").privateKey)).toBe(false);
    expect(algorithms.EdDSA.fits(generateKeyPairSync("x25519").privateKey)).toBe(false);
    expect(algorithms.RS256.fits(rsa(1024))).toBe(false);
    expect(algorithms.RS256.fits(rsa(2048, 3))).toBe(false);
    expect(algorithms.PS256.fits(generateKeyPairSync("rsa-pss", { modulusLength: 2048 }).privateKey)).toBe(false);
  });
});

function isRsa(alg: TokenAlg): boolean {
  return alg === "RS256" || alg === "PS256";
}
