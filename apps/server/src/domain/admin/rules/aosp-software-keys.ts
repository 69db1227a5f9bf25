/**
 * SHA-256 of the SPKI of AOSP's software attestation certificates. Their private keys stand in AOSP's source
 * (system/keymaster, contexts/soft_attestation_cert.cpp): whoever trusts one trusts everybody.
 */
export const aospSoftwareKeys: ReadonlySet<string> = new Set([
  // Android Keystore Software Attestation Root (EC), 2016-01-11
  "d5100c7942ef2e8310dc30ef82729680cf48d690735c3f68179a33c7c370f286",
  // Android software attestation root (RSA), 2016-01-04
  "f2c4746f545946c100e72297f8f946344d7052f03a2f694221f9c893b0e6f711",
]);
