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

/**
 * What vouches for App Attest receipts: Apple Root CA - G3, P-384, certificate SHA-256
 * 63343ABFB89A6A03EBB57E9B3F5FA7BE7C4F5C756F3017B3A8C488C3653E9179 (https://www.apple.com/certificateauthority/).
 */
export const appleReceiptAnchors: readonly TrustAnchor[] = [
  fromConstant({
    name: "CN=Apple Root CA - G3, OU=Apple Certification Authority, O=Apple Inc., C=US",
    spkiSha256: "9b219d0fbff36a5fb32090571906bceea68617c833a3f61b81e962a8e64db8af",
    notBefore: "2014-04-30T18:19:06Z",
    notAfter: "2039-04-30T18:19:06Z",
    subject:
      "MGcxGzAZBgNVBAMMEkFwcGxlIFJvb3QgQ0EgLSBHMzEmMCQGA1UECwwdQXBwbGUgQ2VydGlmaWNhdGlvbiBBdXRob3JpdHkxEzARBgNVBAoMCkFwcGxlIEluYy4xCzAJBgNVBAYTAlVT",
    spki: "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEmOkvPUBypO2TInKBExzdEJXxxaNOcdwUFtkO5aYFKndke19OONO7HES1f/UftjJiXcnphFtPME8RWgD9WFgMpfUPLE0HRxN12peXl28xXO0rnXsgO9i5VNlemaQ6UQox",
  }),
];
