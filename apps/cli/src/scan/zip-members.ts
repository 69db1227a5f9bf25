import { open } from "node:fs/promises";
import { type Entry, fromBufferPromise, openPromise, type ZipFile } from "yauzl";
import type { ScanLimits } from "./limits.ts";
import type { Step } from "./member.ts";

// Names are taken as bytes: yauzl would end the walk at the first `../`. Nothing is ever written, so a path can only mislead whoever reads the report.
const options = { lazyEntries: true, autoClose: false, decodeStrings: false, validateEntrySizes: true } as const;

/** True for a file that begins with a member's header, or is an empty archive. */
export async function beginsAsZip(file: string): Promise<boolean> {
  const handle = await open(file).catch(() => null);
  if (handle === null) return false;
  try {
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(4) });
    return bytesRead === 4 && ["504b0304", "504b0506"].includes(buffer.toString("hex"));
  } catch {
    return false;
  } finally {
    await handle.close();
  }
}

/** @throws what yauzl throws where the file is no archive. */
export function openZipFile(file: string): Promise<ZipFile> {
  return openPromise(file, options);
}

/** @throws what yauzl throws where the bytes are no archive. */
export function openZipBytes(bytes: Buffer): Promise<ZipFile> {
  return fromBufferPromise(bytes, options);
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
    return { type: "unreadable", unreadable: { file: path, reason: "damaged", readAs: "nothing" } };
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
