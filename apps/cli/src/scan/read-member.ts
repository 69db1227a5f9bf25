import type { ZipFile } from "yauzl";
import type { Piece } from "./finding.ts";
import type { ScanLimits } from "./limits.ts";
import type { Member, Unreadable } from "./member.ts";
import { openHead, toWindows } from "./member-bytes.ts";
import { toRawPieces } from "./readers/raw-strings.ts";
import { isStructured, readPieces } from "./readers/read-pieces.ts";
import { type Format, sniffFormat } from "./readers/sniff.ts";
import { createSourceMapReader } from "./readers/source-map.ts";
import { createTextDecoder, createTextSlicer } from "./readers/text-passages.ts";
import { type Compression, toUnpackedName, unpack } from "./unpack.ts";
import { openZipBytes } from "./zip-members.ts";
import { createTailWatch } from "./zip-tail.ts";

/** Looks at what a file gives. */
export type Look = (file: string, pieces: Iterable<Piece>, isRelease: boolean) => void;
export type Report = (file: string, reason: Unreadable["reason"], readAs: Unreadable["readAs"]) => void;

/** What reading a member leaves to do. */
type Inner =
  | { readonly type: "read" | "skipped" }
  | { readonly type: "zip"; readonly zip: ZipFile }
  | { readonly type: "unpacked"; readonly member: Member };

interface Reading {
  readonly path: string;
  /** The member's bytes within its limits, as often as it is called. */
  readonly bytes: () => Promise<AsyncGenerator<Buffer>>;
  /** Archives and compressed files around it. */
  readonly depth: number;
  readonly limits: ScanLimits;
  readonly look: Look;
  readonly report: Report;
}

/** Bytes of anything without a structure that are looked at together. */
const WINDOW = 4_194_304;
/** Archives, and archives or compressed files, around a member that is opened. */
const DEEPEST_ZIP = 1;
const DEEPEST_STREAM = 2;

/**
 * Reads a member as its first bytes say. Texts, source maps and bytes without a structure go by in parts, and are never held as a whole.
 *
 * @throws MemberTooLarge past the limits; what the member's stream throws.
 */
export async function readMember(reading: Reading): Promise<Inner> {
  const { path, depth, report } = reading;
  const { head, all, close } = await openHead(await reading.bytes());
  try {
    const format = sniffFormat(head, path);
    if (format === "media") return { type: "skipped" };
    if (format === "packed") {
      report(path, "packed", "nothing");
      return { type: "read" };
    }
    if (format === "gzip" || format === "brotli" || format === "zstd") return toUnpacked(reading, format);
    if (format === "zip") return await readZip(reading, all);
    const tail = createTailWatch();
    const watched = watch(all, tail.pass);
    if (format === "source-map") await readSourceMap(reading, watched, head);
    else if (format === "text") await readText(reading, watched, head);
    else await readBytes(reading, watched, format);
    // A file of the disk with an archive at its end is opened as one before it comes here.
    if (depth > 0 && tail.find() !== null) report(path, "packed", "nothing");
    return { type: "read" };
  } finally {
    await close();
  }
}

async function* watch(stream: AsyncIterable<Buffer>, pass: (part: Buffer) => void): AsyncGenerator<Buffer> {
  for await (const part of stream) {
    pass(part);
    yield part;
  }
}

function toUnpacked({ path, bytes, depth, report }: Reading, compression: Compression): Inner {
  if (depth > DEEPEST_STREAM) {
    report(path, "too_deep", "nothing");
    return { type: "read" };
  }
  // Its packed size is not known before it was read: what it may give is bounded by the file of the disk around it.
  const open = async () => unpack(await bytes(), compression);
  return {
    type: "unpacked",
    member: { path: `${path}!/${toUnpackedName(path)}`, packedBytes: null, open },
  };
}

async function readZip({ path, depth, limits, look, report }: Reading, all: AsyncIterable<Buffer>): Promise<Inner> {
  if (depth > DEEPEST_ZIP) {
    report(path, "too_deep", "nothing");
    return { type: "read" };
  }
  const tail = createTailWatch();
  for await (const { bytes, base, isWhole } of toWindows(watch(all, tail.pass), limits.wholeBytes)) {
    if (!isWhole) {
      if (base === 0) report(path, "too_large", "nothing");
      return { type: "read" };
    }
    const found = tail.find();
    const zip = found === null ? null : await openZipBytes(bytes, found).catch(() => null);
    if (zip !== null) return { type: "zip", zip };
    report(path, "damaged", "nothing");
    look(path, toRawPieces(bytes), true);
  }
  return { type: "read" };
}

async function readText({ path, depth, look }: Reading, all: AsyncIterable<Buffer>, head: Buffer): Promise<void> {
  const decode = createTextDecoder(head);
  const slicer = createTextSlicer();
  for await (const part of all) look(path, slicer.push(decode(part)), depth > 0);
  look(path, [...slicer.push(decode()), ...slicer.end()], depth > 0);
}

async function readSourceMap(reading: Reading, all: AsyncIterable<Buffer>, head: Buffer): Promise<void> {
  const { path, depth, look } = reading;
  const decode = createTextDecoder(head);
  let name = "";
  let slicer = createTextSlicer();
  const reader = createSourceMapReader({
    onSource: (source) => {
      name = `${path}!/${source}`;
      slicer = createTextSlicer();
    },
    onText: (text) => look(name, slicer.push(text), depth > 0),
    onSourceEnd: () => look(name, slicer.end(), depth > 0),
  });
  for await (const part of all) reader.push(decode(part));
  reader.push(decode());
  const { sources, isWhole } = reader.end();
  // Without sources, or broken, it is a text like any other.
  if (sources === 0 || !isWhole) await readText(reading, await reading.bytes(), head);
}

async function readBytes(
  { path, depth, limits, look, report }: Reading,
  all: AsyncIterable<Buffer>,
  format: Format,
): Promise<void> {
  const isRelease = depth > 0 || format === "hermes" || format === "dex";
  for await (const { bytes, base, isWhole } of toWindows(all, isStructured(format) ? limits.wholeBytes : WINDOW)) {
    if (isWhole && isStructured(format)) {
      const tell = (reason: "damaged" | "encrypted"): void =>
        report(path, reason, reason === "damaged" ? "raw" : "nothing");
      look(path, readPieces(bytes, format, tell), isRelease);
      return;
    }
    if (base === 0 && isStructured(format)) report(path, "too_large", "raw");
    // Far into a large program stand its symbols: neighbours there say nothing.
    const isPool = !isStructured(format) && base < limits.wholeBytes;
    look(path, toRawPieces(bytes, base, isPool ? "pool" : "raw"), isRelease);
  }
}
