import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { ByteSource } from "@countersign/app-package";
import { CliFailure } from "../cli-failure.ts";

/** An open file, read by position. */
export interface FileSource extends ByteSource {
  /** The whole file is what it was when it was opened; else a failure that says so. */
  assertUnchanged(): Promise<void>;
  close(): Promise<void>;
}

/** Opens a file that the caller named, for reading alone. `onRead` is told how many bytes have been read so far. */
export async function openFileSource(
  file: string,
  onRead: (bytes: number) => void = () => undefined,
): Promise<FileSource> {
  const handle = await openRegularFile(file);
  const opened = await handle.stat({ bigint: true });
  const size = Number(opened.size);
  let bytesRead = 0;
  return {
    size,
    async read(offset, length) {
      const buffer = Buffer.allocUnsafe(length);
      for (let done = 0; done < length; ) {
        const { bytesRead: count } = await handle.read(buffer, done, length - done, offset + done);
        if (count === 0) throw changed(file);
        done += count;
      }
      bytesRead += length;
      onRead(bytesRead);
      return buffer;
    },
    async assertUnchanged() {
      const now = await handle.stat({ bigint: true });
      if (now.size !== opened.size || now.mtimeNs !== opened.mtimeNs || now.ctimeNs !== opened.ctimeNs)
        throw changed(file);
    },
    close: () => handle.close(),
  };
}

async function openRegularFile(file: string): Promise<FileHandle> {
  // Opening a pipe that nobody writes to would wait for ever.
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    throw new CliFailure("file_unreadable", `${file} cannot be read (${code}).`);
  });
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw new CliFailure("file_unreadable", `${file} is no file.`);
}

function changed(file: string): CliFailure {
  return new CliFailure("file_changed", `${file} changed while it was read. Run this again once it is written.`);
}
