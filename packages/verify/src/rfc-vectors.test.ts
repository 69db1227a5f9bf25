import { describe, expect, it } from "vitest";
import { secretKeys } from "./keys/secret-keys.ts";
import { claimsOf, header, issuer, macJws, nowMs, ports, reasonOf, secret, viewOf } from "./minting.suite.ts";
import { openVerifier } from "./open-verifier.ts";
import { checkDpop } from "./proof/dpop.ts";
import { createProofKeys } from "./proof/proof-key.ts";

describe.each(ports)("over %s", (_, port) => {
  const verifies = async (
    alg: "HS256" | "ES256" | "EdDSA" | "RS256",
    material: Parameters<typeof port.importKey>[1],
    jws: string,
  ) => {
    const [head = "", payload = "", signature = ""] = jws.split(".");
    const key = await port.importKey(alg, material);
    if (key === null) return null;
    const last = signature.at(-3) === "A" ? "B" : "A";
    const altered = `${signature.slice(0, -3)}${last}${signature.slice(-2)}`;
    return [
      await port.verify(key, `${head}.${payload}`, signature),
      await port.verify(key, `${head}.${payload}`, altered),
    ];
  };

  it("RFC 7515 appendix A.1 verifies, and as a whole token in the profile that asks for exp alone", async () => {
    const jws =
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const key = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
    const bytes = Buffer.from(key, "base64url");
    expect(await verifies("HS256", { kind: "secret", bytes }, jws)).toEqual([true, false]);
    const at = (seconds: number) =>
      openVerifier(port, {
        issuer: "joe",
        audience: null,
        profile: "approov",
        keys: secretKeys([{ secret: key }]),
        nowMs: () => seconds * 1000,
      }).verifyToken(jws);
    const accepted = await at(1300819379);
    expect(accepted.ok && accepted.token.claims).toEqual({
      iss: "joe",
      exp: 1300819380,
      "http://example.com/is_root": true,
    });
    expect(reasonOf(await at(1300819385))).toBe("token_expired");
  });

  it("RFC 7515 appendix A.3 verifies", async () => {
    const jwk = {
      kty: "EC",
      crv: "P-256",
      x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
      y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    } as const;
    const jws =
      "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    expect(await verifies("ES256", { kind: "jwk", jwk }, jws)).toEqual([true, false]);
  });

  it("RFC 8037 appendix A.5 verifies", async () => {
    const jwk = { kty: "OKP", crv: "Ed25519", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" } as const;
    const jws =
      "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    expect(await verifies("EdDSA", { kind: "jwk", jwk }, jws)).toEqual([true, false]);
    expect(await verifies("ES256", { kind: "jwk", jwk }, jws)).toBe(null);
  });

  // RFC 9449 section 7.1: the request for a protected resource, its token and its key.
  const rfc9449 = {
    token: "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU",
    jkt: "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I",
    proof:
      "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA",
    issuedAtMs: 1_562_262_618_000,
  } as const;

  const checkRfc9449 = ({
    token = rfc9449.token,
    jkt = rfc9449.jkt,
    atMs = rfc9449.issuedAtMs,
    method = "GET",
  }: {
    token?: string;
    jkt?: string;
    atMs?: number;
    method?: string;
  } = {}) =>
    checkDpop(
      { crypto: port, keys: createProofKeys(port), origin: "https://resource.example.org", nonces: null },
      { text: token, confirmation: { jkt } },
      viewOf([["DPoP", rfc9449.proof]], { method, url: "/protectedresource" }),
      atMs,
    );

  it("the proof that RFC 9449 section 7.1 prints passes for its request, and for no other", async () => {
    expect(await checkRfc9449()).toEqual({
      ok: true,
      spent: { key: `dpop:${rfc9449.jkt}:e1j3V_bKic8-LAEB`, goodUntilMs: rfc9449.issuedAtMs + 61_000 },
    });
    expect(await checkRfc9449({ token: "other" })).toEqual({ ok: false, reason: "proof_token_wrong" });
    expect(await checkRfc9449({ jkt: "other" })).toEqual({ ok: false, reason: "proof_key_wrong" });
    expect(await checkRfc9449({ method: "POST" })).toEqual({ ok: false, reason: "proof_method_wrong" });
    expect(await checkRfc9449({ atMs: rfc9449.issuedAtMs + 61_000 })).toEqual({ ok: false, reason: "proof_stale" });
  });

  it("the proof that RFC 9449 section 4.1 prints is for a token request: no protected resource takes it", async () => {
    const proof =
      "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";
    const token = macJws(header, claimsOf({ cnf: { jkt: rfc9449.jkt } }));
    const verifier = openVerifier(port, {
      issuer,
      audience: "nasa",
      keys: secretKeys([{ secret }]),
      proof: "dpop",
      origin: "https://server.example.com",
      nowMs: () => nowMs,
    });
    const view = viewOf(
      [
        ["Countersign-Token", token],
        ["DPoP", proof],
      ],
      { method: "POST", url: "/token" },
    );
    // Its signature verifies; what it lacks is `ath`.
    expect(reasonOf(await verifier.verify(view))).toBe("proof_malformed");
  });
});
