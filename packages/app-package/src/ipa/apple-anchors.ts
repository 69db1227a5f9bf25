/** The key of an authority, and its name: what a path of certificates must end at. */
export interface CodeAnchor {
  readonly name: string;
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array;
}

/**
 * What vouches for iOS code signatures and provisioning profiles (https://www.apple.com/certificateauthority/): Apple Root CA, RSA 2048,
 * certificate SHA-256 B0B1730ECBC7FF4505142C49F1295E6EDA6BCAED7E2C68C5BE91B5A11001F024, and Apple Root CA - G3, P-384, certificate SHA-256
 * 63343ABFB89A6A03EBB57E9B3F5FA7BE7C4F5C756F3017B3A8C488C3653E9179.
 */
export const appleCodeAnchors: readonly CodeAnchor[] = [
  anchor(
    "CN=Apple Root CA, OU=Apple Certification Authority, O=Apple Inc., C=US",
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA5JGpCR+R2x5HUOsF7V55hC3rNqJXTFXsixmJ3vlLbPUHqyIwAugYPvhQCdN/QaiY+dHKZpwkaxHQo7vkGyrDH5WeegykR4tb1BY3M8vED03OFGnRyRly9V0O1X9fm/IlA7pVj01dDfFkNSMVSxVZHbOU9/acns9QusFYUGePCLQg98usLCBvcLY/ATCMt0PPD5098ytJKBrI/s61uQ7ZXhzWyz21Oq30Dw4AkguxIRYudNU8DdtiFqujcZJHU1XBry9Bs/j743DN5qNMRX4fTGtQlkGJxHRiCxCDQYczioGxMFjsWgQyjGizjx3eZXP/Z15lvEnYdp8zFGWhd5TJLQIDAQAB",
  ),
  anchor(
    "CN=Apple Root CA - G3, OU=Apple Certification Authority, O=Apple Inc., C=US",
    "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEmOkvPUBypO2TInKBExzdEJXxxaNOcdwUFtkO5aYFKndke19OONO7HES1f/UftjJiXcnphFtPME8RWgD9WFgMpfUPLE0HRxN12peXl28xXO0rnXsgO9i5VNlemaQ6UQox",
  ),
];

function anchor(name: string, spki: string): CodeAnchor {
  return { name, spki: new Uint8Array(Buffer.from(spki, "base64")) };
}
