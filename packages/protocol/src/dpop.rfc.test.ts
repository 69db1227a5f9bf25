import { describe, expect, it } from "vitest";
import { decodeBase64url } from "./base64url.ts";
import { concatBytes } from "./bytes.ts";
import { clientAttestationSigningInput } from "./client-attestation.ts";
import { dpopSigningInput, thumbprintOf } from "./dpop.ts";
import { sha256 } from "./server/derive-key.ts";
import { verifyEs256 } from "./server/es256.ts";
import { fromUtf8, toUtf8 } from "./utf8.ts";

/** The proofs that RFC 9449 and draft-ietf-oauth-attestation-based-client-auth-10 print. Signatures are random, so what is compared is what is signed. */

function bytesOf(text: string | undefined): Uint8Array {
  return decodeBase64url(text ?? "") ?? new Uint8Array(0);
}

function pointOf(x: string, y: string): Uint8Array {
  return concatBytes(new Uint8Array([4]), bytesOf(x), bytesOf(y));
}

interface ReadJws {
  readonly header: Record<string, unknown>;
  readonly claimsText: string | undefined;
  isSignedBy(point: Uint8Array): boolean;
}

function readJws(text: string): ReadJws {
  const [header, claims, signature] = text.split(".");
  return {
    header: JSON.parse(fromUtf8(bytesOf(header)) ?? "") as Record<string, unknown>,
    claimsText: claims,
    isSignedBy: (point) => verifyEs256(point, toUtf8(`${header}.${claims}`), bytesOf(signature)),
  };
}

// RFC 9449 sections 4.1 and 7.1.
const dpopPoint = pointOf("l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs", "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA");
const dpopHeader =
  "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19";
const dpopProofs = [
  {
    name: "section 4.1, at the token endpoint",
    jws: `${dpopHeader}.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg`,
    request: { method: "POST", url: "https://server.example.com/token", token: null },
    iat: 1562262616,
    jti: "-BwC3ESc6acc2lTc",
  },
  {
    name: "section 7.1, at a resource",
    jws: `${dpopHeader}.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA`,
    request: {
      method: "GET",
      url: "https://resource.example.org/protectedresource",
      token: "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU",
    },
    iat: 1562262618,
    jti: "e1j3V_bKic8-LAEB",
  },
];

describe("a DPoP proof of RFC 9449", () => {
  it.each(dpopProofs)("$name: verifies, and says what ours says of the same request, byte for byte", (printed) => {
    const { jws, request, iat, jti } = printed;
    const read = readJws(jws);
    expect(read.isSignedBy(dpopPoint)).toBe(true);
    const ours = readJws(`${dpopSigningInput(sha256, { ...request, point: dpopPoint, iat, jti })}.`);
    expect(ours.claimsText).toBe(read.claimsText);
    expect(ours.header).toEqual(read.header);
  });

  it("does not verify under another key", () => {
    expect(readJws(dpopProofs[0]?.jws ?? "").isSignedBy(attestedPoint)).toBe(false);
  });

  it("names the key by the thumbprint of section 6.1", () => {
    expect(thumbprintOf(sha256, dpopPoint)).toBe("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
  });
});

// The draft's sections on the attestation, its proof, and use at a resource server.
const attestedPoint = pointOf(
  "VcKVNBZ4IaBAYW3jxM4w3TJFVA7myeUGQyGt-g_yvpQ",
  "f-E-hYE3TAWKwhVv9pej9NABs9SX9XsNO80x57jFTyU",
);
const popHeader = "eyJ0eXAiOiJvYXV0aC1jbGllbnQtYXR0ZXN0YXRpb24tcG9wK2p3dCIsImFsZyI6IkVTMjU2In0";
const popRest =
  "IiwianRpIjoiZDI1ZDAwYWItNTUyYi00NmZjLWFlMTktOThmNDQwZjI1MDY0IiwiaWF0IjoxNzcyNDg3NTk1LCJjaGFsbGVuZ2UiOiI1YzFhOWUxMC0yOWZmLTRjMmItYWU3My01N2MwOTU3YzA5YzQifQ";
const clientProofs = [
  {
    audience: "https://as.example.com",
    jws: `${popHeader}.eyJhdWQiOiJodHRwczovL2FzLmV4YW1wbGUuY29t${popRest}.M4Uc4rWVAqaLlmDDUXQKkKPbAQKj0JrTizLgWhZndmbkvM3VL8y-w_QJr7Z0HZlH94E64cLa8L5fSjJItYv0jg`,
  },
  {
    audience: "https://rs.example.com",
    jws: `${popHeader}.eyJhdWQiOiJodHRwczovL3JzLmV4YW1wbGUuY29t${popRest}.Uh-vRynTGGARZNqijGyovBMm_EsX5qu0fg0VGPVRsp1rJdF7rElbZcEv0CAtzm5kXhjSXHYGxEVb0I7HIeUFRg`,
  },
];

describe("a proof of the attestation draft", () => {
  it.each(clientProofs)(
    "for $audience verifies by the attested key, and is what ours signs, byte for byte",
    (printed) => {
      const { audience, jws } = printed;
      expect(readJws(jws).isSignedBy(attestedPoint)).toBe(true);
      expect(readJws(jws).isSignedBy(dpopPoint)).toBe(false);
      const ours = clientAttestationSigningInput({
        audience,
        challenge: "5c1a9e10-29ff-4c2b-ae73-57c0957c09c4",
        iat: 1772487595,
        jti: "d25d00ab-552b-46fc-ae19-98f440f25064",
      });
      expect(ours).toBe(jws.slice(0, jws.lastIndexOf(".")));
    },
  );

  it("without a challenge has none", () => {
    const ours = clientAttestationSigningInput({ audience: "https://as.example.com", iat: 5, jti: "j" });
    expect(JSON.parse(fromUtf8(bytesOf(ours.split(".")[1])) ?? "")).toEqual({
      aud: "https://as.example.com",
      jti: "j",
      iat: 5,
    });
  });
});
