/** A key of a keystore, as far as an app's identity needs it: never the private half. */
export interface KeyEntry {
  /** What the store calls it; empty where it has no name. */
  readonly alias: string;
  /** The bytes of the certificate that signs apps, as they stand in the store. */
  readonly certificate: Uint8Array;
}
