/** What a scan reads at most. Beyond, a member is told as unreadable, and the rest goes on. */
export interface ScanLimits {
  /** Members of all archives together. */
  readonly members: number;
  /** Entries of one folder of the disk. */
  readonly folderEntries: number;
  /** Bytes of one member, unpacked. */
  readonly memberBytes: number;
  /** Bytes of all members together, unpacked. */
  readonly totalBytes: number;
  /** What a file of the disk may give, unpacked at every depth: this, and `growth` times its own size. */
  readonly grownBytes: number;
  readonly growth: number;
  /** A member that can only be read as a whole is held in memory up to here, and read as raw characters, window by window, beyond. */
  readonly wholeBytes: number;
  /** How many times its packed size a member beyond `ratioBytes` may have. */
  readonly ratio: number;
  readonly ratioBytes: number;
}

const MiB = 1_048_576;

export const scanLimits: ScanLimits = {
  members: 200_000,
  folderEntries: 200_000,
  memberBytes: 2048 * MiB,
  totalBytes: 16_384 * MiB,
  grownBytes: 64 * MiB,
  growth: 16,
  wholeBytes: 64 * MiB,
  ratio: 200,
  ratioBytes: 8 * MiB,
};
