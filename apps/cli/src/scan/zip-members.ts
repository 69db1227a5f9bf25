import type { FileHandle } from "node:fs/promises";
import { Readable } from "node:stream";
import { callbackify } from "node:util";
import { type Entry, fromBufferPromise, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from "yauzl";
import type { ScanLimits } from "./limits.ts";
import type { Step } from "./member.ts";
import { findZipTail, TAIL, type ZipTail } from "./zip-tail.ts";

// Names are taken as bytes: yauzl would end the walk at the first `../`. Nothing is ever written, so a path can only mislead whoever reads the report.
const options = { lazyEntries: true, autoClose: false, decodeStrings: false, validateEntrySizes: true } as const;
const PART = 65_536;

/** What of a file of the disk is an archive: all of it, what follows other bytes, or nothing. */
export type Opened =
  | { readonly type: "zip"; readonly zip: ZipFile; readonly isAlone: boolean }
  | { readonly type: "damaged"; readonly isAlone: boolean }
  | { readonly type: "none" };

/**
 * An archive where it lies on disk, whatever its size, and whatever stands before it. Closes the file, or lets the archive close it.
 *
 * @throws what the system throws where the file cannot be read.
 */
export async function openZipFile(handle: FileHandle): Promise<Opened> {
  let isOpen = false;
  try {
    const { size } = await handle.stat();
    const [head, tail] = [
      await readAt(handle, 0, Math.min(4, size)),
      await readAt(handle, Math.max(0, size - TAIL), Math.min(TAIL, size)),
    ];
    const isAlone = ["504b0304", "504b0506"].includes(head.toString("hex"));
    const found = findZipTail(tail, size);
    if (found === null) return isAlone ? { type: "damaged", isAlone } : { type: "none" };
    const reader = new FileReader(handle, found.before);
    try {
      const zip = await fromRandomAccessReaderPromise(reader, size - found.before, options);
      isOpen = true;
      return { type: "zip", zip, isAlone };
    } catch {
      return { type: "damaged", isAlone };
    }
  } finally {
    if (!isOpen) await handle.close();
  }
}

/** @throws what yauzl throws where the bytes are no archive. */
export function openZipBytes(bytes: Buffer, tail: ZipTail): Promise<ZipFile> {
  return fromBufferPromise(bytes.subarray(tail.before), options);
}

/** A file of the disk from a byte on, closed with the archive. */
class FileReader extends RandomAccessReader {
  readonly #handle: FileHandle;
  readonly #before: number;

  constructor(handle: FileHandle, before: number) {
    super();
    this.#handle = handle;
    this.#before = before;
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(this.#parts(start, end));
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    const fill = async (): Promise<void> => {
      const bytes = await readAt(this.#handle, position + this.#before, length);
      bytes.copy(buffer, offset);
      if (bytes.length < length) throw new Error("the file ends before the archive");
    };
    callbackify(fill)((error) => callback(error));
  }

  override close(callback: (error: Error | null) => void): void {
    callbackify(() => this.#handle.close().catch(() => undefined))((error) => callback(error));
  }

  async *#parts(start: number, end: number): AsyncGenerator<Buffer> {
    for (let at = start; at < end; ) {
      const part = await readAt(this.#handle, at + this.#before, Math.min(PART, end - at));
      if (part.length === 0) throw new Error("the file ends before the archive");
      yield part;
      at += part.length;
    }
  }
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(length), position });
  return buffer.subarray(0, bytesRead);
}

/** How many members a scan may still open. */
export interface MemberBudget {
  members: number;
}

/** The members of an archive (APK, AAB, IPA, JAR, AAR). A damaged directory ends the walk and says so. */
export async function* walkZip(
  zip: ZipFile,
  prefix: string,
  budget: MemberBudget,
  limits: ScanLimits,
): AsyncGenerator<Step> {
  try {
    for await (const entry of zip.eachEntry()) {
      const name = toPath(entry);
      if (name.endsWith("/") && isEmpty(entry)) continue;
      const path = `${prefix}${name.replace(/\/$/, "")}`;
      budget.members -= 1;
      if (budget.members < 0) {
        yield { type: "unreadable", unreadable: { file: path, reason: "too_large", readAs: "nothing" } };
        return;
      }
      yield toStep(zip, entry, path, limits);
    }
  } catch {
    yield {
      type: "unreadable",
      unreadable: { file: prefix === "" ? "." : prefix.slice(0, -2), reason: "damaged", readAs: "nothing" },
    };
  } finally {
    zip.close();
  }
}

/** Without bytes, as a folder is; deflate makes two of none. A name alone makes no folder: apps read a member under any. */
function isEmpty({ compressedSize, uncompressedSize }: Entry): boolean {
  return uncompressedSize === 0 && compressedSize <= 2;
}

function toStep(zip: ZipFile, entry: Entry, path: string, limits: ScanLimits): Step {
  if (entry.isEncrypted())
    return { type: "unreadable", unreadable: { file: path, reason: "encrypted", readAs: "nothing" } };
  if (!entry.canDecodeFileData())
    return { type: "unreadable", unreadable: { file: path, reason: "packed", readAs: "nothing" } };
  if (entry.uncompressedSize > limits.memberBytes)
    return { type: "unreadable", unreadable: { file: path, reason: "too_large", readAs: "nothing" } };
  const open = async (): Promise<AsyncIterable<Buffer>> =>
    (await zip.openReadStreamPromise(entry)) as AsyncIterable<Buffer>;
  return { type: "member", member: { path, packedBytes: entry.compressedSize, open } };
}

/** The name as text; its parts without `.` and `..`, so that it reads as a path inside the archive. */
function toPath(entry: Entry): string {
  const name = entry.fileNameRaw.toString("utf8").replaceAll("\\", "/").replaceAll("\0", "");
  const parts = name
    .split("/")
    .filter((part, index, all) => part !== "." && part !== ".." && (part !== "" || index === all.length - 1));
  return parts.join("/").slice(0, 1024);
}
