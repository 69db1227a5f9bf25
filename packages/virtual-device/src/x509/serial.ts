import { concat } from "../encoding/bytes.ts";

/** The serial with its first byte neither zero nor above 127, so that its INTEGER is positive and has full length. */
export function fullSerial(serial: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(((serial[0] ?? 0) & 0x3f) | 0x40), serial.subarray(1));
}
