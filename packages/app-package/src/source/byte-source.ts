/** A file's bytes by position. Whoever opens the file makes one; the readers of packages do no I/O of their own. */
export interface ByteSource {
  /** In bytes; does not change while the source is in use. */
  readonly size: number;
  /**
   * Exactly `length` bytes from `offset` on. The caller stays within `size`, and does not keep or change what it gets beyond the next call
   * unless it copies it. Rejects where the file cannot be read, or is no longer what it was when it was opened.
   */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** A source over bytes in memory. */
export function createBytesSource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    read: (offset, length) =>
      offset >= 0 && length >= 0 && offset + length <= bytes.length
        ? Promise.resolve(bytes.subarray(offset, offset + length))
        : Promise.reject(new RangeError("read beyond the end of the source")),
  };
}
