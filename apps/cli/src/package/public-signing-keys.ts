/**
 * Certificates whose private keys stand in public sources: who has them signs as anybody else who has them. SHA-256 of the certificate, and
 * what the key is called (AOSP, build/target/product/security).
 */
export const publicSigningKeys: ReadonlyMap<string, string> = new Map([
  ["a40da80a59d170caa950cf15c18c454d47a39b26989d8b640ecd745ba71bf5dc", "AOSP's test key"],
]);
