import { describe, expect, it } from "vitest";
import { decodeBase64url } from "./base64url.ts";
import { concatBytes } from "./bytes.ts";
import { dpopSigningInput, thumbprintOf, toJwk, toJws, tokenHashOf } from "./dpop.ts";
import { sha256 } from "./server/derive-key.ts";
import { fromUtf8 } from "./utf8.ts";

// The key and token of RFC 9449's examples (sections 4.1, 6.1 and 7.1).
const x = "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs";
const y = "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA";
const point = concatBytes(
  new Uint8Array([4]),
  decodeBase64url(x) ?? new Uint8Array(0),
  decodeBase64url(y) ?? new Uint8Array(0),
);
const token = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";

describe("DPoP", () => {
  it("makes RFC 9449's key, thumbprint and token hash", () => {
    expect(toJwk(point)).toEqual({ kty: "EC", crv: "P-256", x, y });
    expect(thumbprintOf(sha256, point)).toBe("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
    expect(tokenHashOf(sha256, token)).toBe("fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo");
  });

  it("names the method and the URL without query and fragment", () => {
    const proof = { point, method: "GET", url: "https://a.example/x?api_key=secret#f", token, iat: 5, jti: "j" };
    const parts = dpopSigningInput(sha256, proof).split(".");
    const [header, claims] = parts.map(
      (part) => JSON.parse(fromUtf8(decodeBase64url(part) ?? new Uint8Array(0)) ?? "") as object,
    );
    expect(header).toEqual({ typ: "dpop+jwt", alg: "ES256", jwk: { kty: "EC", crv: "P-256", x, y } });
    expect(claims).toEqual({
      jti: "j",
      htm: "GET",
      htu: "https://a.example/x",
      iat: 5,
      ath: tokenHashOf(sha256, token),
    });
    expect(dpopSigningInput(sha256, { ...proof, nonce: "n" })).not.toBe(parts.join("."));
  });

  it("becomes a compact JWS", () => {
    expect(toJws("a.b", new Uint8Array(3))).toBe("a.b.AAAA");
  });
});
