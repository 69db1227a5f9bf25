/** What a scan reads at most. Beyond, a member is told as unreadable, and the rest goes on. */
export interface ScanLimits {
  /** Members of all archives together. */
  readonly members: number;
  /** Bytes of one member, unpacked. */
  readonly memberBytes: number;
  /** Bytes of all members together, unpacked. */
  readonly totalBytes: number;
  /** A member is held in memory as a whole up to here, and read as raw characters, window by window, beyond. */
  readonly wholeBytes: number;
  /** How many times its packed size a member beyond `wholeBytes` may have. */
  readonly ratio: number;
}

const MiB = 1_048_576;

export const scanLimits: ScanLimits = {
  members: 200_000,
  memberBytes: 2048 * MiB,
  totalBytes: 16_384 * MiB,
  wholeBytes: 64 * MiB,
  ratio: 200,
};
