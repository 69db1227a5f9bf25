/**
 * SHA-256 of the SPKI of AOSP's software attestation certificates: both roots and the intermediate below each. Their private keys stand
 * in AOSP's source (system/keymaster, contexts/soft_attestation_cert.cpp): whoever trusts one trusts everybody.
 */
export const aospSoftwareKeys: ReadonlySet<string> = new Set([
  // Android Keystore Software Attestation Root and Intermediate (EC)
  "d5100c7942ef2e8310dc30ef82729680cf48d690735c3f68179a33c7c370f286",
  "f7d20ab04f01da6cbb6d1e3d9d00cd28495cb6f9a27ec85cf3e3e872d7c35878",
  // Android root and Android Software Attestation Key (RSA)
  "f2c4746f545946c100e72297f8f946344d7052f03a2f694221f9c893b0e6f711",
  "9f09e6e690f8d0474b5b7096ea7da9e3d316d889649443c2d8bf5c831f0f6b69",
]);
