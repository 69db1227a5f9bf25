import { fromConstant, type TrustAnchor } from "../trust-anchor.ts";

/**
 * What vouches for genuine App Attest evidence: Apple App Attestation Root CA, P-384, certificate SHA-256
 * 1CB9823BA28BA6AD2D33A006941DE2AE4F513EF1D4E831B9F7E0FA7B6242C932 (https://www.apple.com/certificateauthority/private/).
 */
export const appleAppAttestAnchors: readonly TrustAnchor[] = [
  fromConstant({
    name: "CN=Apple App Attestation Root CA, O=Apple Inc., ST=California",
    spkiSha256: "1ae751fd29896d0f1f13fe226c063f445d40d8938acc6245c251ecc0679330bd",
    notBefore: "2020-03-18T18:32:53Z",
    notAfter: "2045-03-15T00:00:00Z",
    subject:
      "MFIxJjAkBgNVBAMMHUFwcGxlIEFwcCBBdHRlc3RhdGlvbiBSb290IENBMRMwEQYDVQQKDApBcHBsZSBJbmMuMRMwEQYDVQQIDApDYWxpZm9ybmlh",
    spki: "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAERTHhmLW07ATaFQIEVwTtT4dyctdhNbJhFs/Ii2FdCgAHGbpphY3+d8qjuDngIN3WVhQUBHAoMeQ/cLiP1sOUtgjqK9auYen1mMEvRq9Sk3Jm5X8U62H+xTD3FE9TgS41",
  }),
];
