/** The App Attest environment that an app was built for (com.apple.developer.devicecheck.appattest-environment). */
export type AppAttestEnvironment = "production" | "development";

const aaguids: Readonly<Record<AppAttestEnvironment, Buffer>> = {
  production: Buffer.from("appattest\0\0\0\0\0\0\0", "latin1"),
  development: Buffer.from("appattestdevelop", "latin1"),
};

/** The environment whose aaguid this is, all 16 bytes compared; null for every other. */
export function toEnvironment(aaguid: Uint8Array): AppAttestEnvironment | null {
  if (aaguids.production.equals(aaguid)) return "production";
  return aaguids.development.equals(aaguid) ? "development" : null;
}
