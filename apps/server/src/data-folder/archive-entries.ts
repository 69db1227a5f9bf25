import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { concatBytes, fromUtf8, readU16, readU48, toUtf8, u16, u48 } from "@countersign/protocol";
import { unreadable } from "./sealed-archive.ts";

/*
 * The content of an archive: per file u16(length of the name) ∥ name ∥ u48(length) ∥ bytes; then u16(0).
 */
const blockLength = 65_536;

export interface ArchiveFile {
  /** Where it belongs inside the data folder, with `/` between folders. */
  readonly name: string;
  /** Where it lies now. */
  readonly file: string;
}

/** The files' bytes as one stream. */
export function* packFiles(files: readonly ArchiveFile[]): Generator<Uint8Array, void> {
  for (const { name, file } of files) {
    const descriptor = openSync(file, "r");
    try {
      const { size } = fstatSync(descriptor);
      const encoded = toUtf8(name);
      yield concatBytes(u16(encoded.length), encoded, u48(size));
      for (let left = size; left > 0; ) {
        const block = new Uint8Array(Math.min(left, blockLength));
        const read = readSync(descriptor, block, 0, block.length, null);
        if (read === 0) throw new Error("A file became shorter while it was read.");
        left -= read;
        yield block.subarray(0, read);
      }
    } finally {
      closeSync(descriptor);
    }
  }
  yield u16(0);
}

/** Gives each file's name to `open` and its bytes, in order, to what that returns. */
export function unpackFiles(content: Iterable<Uint8Array>, open: (name: string) => (bytes: Uint8Array) => void): void {
  const parts = content[Symbol.iterator]();
  let held: Uint8Array = new Uint8Array(0);
  const more = (): void => {
    const next = parts.next();
    if (next.done === true) throw unreadable("it ends too early");
    held = concatBytes(held, next.value);
  };
  const take = (length: number): Uint8Array => {
    while (held.length < length) more();
    const taken = held.subarray(0, length);
    held = held.subarray(length);
    return taken;
  };

  for (let nameLength = readU16(take(2), 0); nameLength > 0; nameLength = readU16(take(2), 0)) {
    const name = fromUtf8(take(nameLength));
    if (name === null) throw unreadable("a name in it is no text");
    const write = open(name);
    for (let left = readU48(take(6), 0); left > 0; ) {
      if (held.length === 0) more();
      const bytes = take(Math.min(left, held.length));
      write(bytes);
      left -= bytes.length;
    }
  }
  if (held.length > 0 || parts.next().done !== true) throw unreadable("it holds more than it says");
}
