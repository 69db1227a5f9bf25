import { createGoogleAuthority, type GoogleAuthority } from "./android/google-authority.ts";
import { type AppleAuthority, createAppleAuthority } from "./apple/apple-authority.ts";
import { createByteSource } from "./keys/byte-source.ts";

export interface TestAuthorityOptions {
  /** Fixes every key, and so the trust anchors. Without it each authority is new and unpredictable. */
  readonly seed?: string;
  /** The time around which certificates are dated. Default: now. */
  readonly nowMs?: number;
  /** Length of the RSA factory root. Real ones have 4096 bits; the default of 2048 is made in a moment. */
  readonly factoryRootBits?: 2048 | 4096;
}

/** Everything a phone vendor signs with, under generated roots that nobody but a development project trusts. */
export interface TestAuthority {
  readonly apple: AppleAuthority;
  readonly google: GoogleAuthority;
  /** Every trust anchor, as an operator uploads them to a development project. */
  readonly pems: readonly string[];
  /** Lower-case hex: what a status list names so that a `revokedBatch` device is refused. */
  readonly revokedSerial: string;
}

/** Makes a test authority. The certificates are valid from about two years before `nowMs` to ten years after. */
export function createTestAuthority(options: TestAuthorityOptions = {}): TestAuthority {
  const source = createByteSource(options.seed);
  const nowMs = options.nowMs ?? Date.now();
  const apple = createAppleAuthority(source, nowMs);
  const google = createGoogleAuthority(source, nowMs, options.factoryRootBits ?? 2048);
  return {
    apple,
    google,
    pems: [apple.rootPem, apple.receipts.rootPem, google.rootPem, google.factoryRootPem],
    revokedSerial: google.revokedSerial,
  };
}

/** A status list in Google's format that revokes the given serials. */
export function statusListRevoking(serials: readonly string[]): string {
  const entries = Object.fromEntries(
    serials.map((serial) => [serial, { status: "REVOKED", reason: "KEY_COMPROMISE" }]),
  );
  return `${JSON.stringify({ entries }, null, 2)}\n`;
}
