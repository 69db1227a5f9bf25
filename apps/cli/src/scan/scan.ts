import { stat } from "node:fs/promises";
import { basename } from "node:path";
import type { ZipFile } from "yauzl";
import type { Piece } from "./finding.ts";
import { isAppBundle, toMember, walkFolder } from "./folder-members.ts";
import { createLedger, type Finding } from "./ledger.ts";
import { type ScanLimits, scanLimits } from "./limits.ts";
import type { Member, Step, Unreadable } from "./member.ts";
import { toRawPieces } from "./readers/raw-strings.ts";
import { readPieces } from "./readers/read-pieces.ts";
import { type Format, sniffFormat } from "./readers/sniff.ts";
import { readSourceMap } from "./readers/source-map.ts";
import { toText, toTextPieces } from "./readers/text-passages.ts";
import { type LookContext, lookAtNamed, lookAtPassage } from "./rules/look.ts";
import { MemberTooLarge, readWindows, type Window } from "./windows.ts";
import { beginsAsZip, openZipBytes, openZipFile, walkZip } from "./zip-members.ts";

export interface ScanOptions {
  readonly includeIgnored: boolean;
  readonly nowMs: number;
  readonly limits?: ScanLimits;
  /** Told after each file. */
  readonly progress?: (files: number, bytes: number) => void;
}

export interface ScanResult {
  readonly findings: readonly Finding[];
  readonly harmless: { readonly placeholders: number; readonly configurations: number };
  readonly unreadable: readonly Unreadable[];
  /** `skipped`: files that are pictures, sounds or fonts, and ignored folders and files. */
  readonly read: { readonly files: number; readonly bytes: number; readonly skipped: number };
}

const HEAD = 8192;
/** Of each kind, so that files made to be damaged do not crowd out what was not read at all. */
const MOST_UNREADABLE = 1000;

/**
 * Scans a folder, an archive or a file. Reads only; nothing is unpacked to disk. What cannot be read is in `unreadable`, and the rest goes on.
 *
 * @returns null where the input itself cannot be had.
 */
export async function scanInput(input: string, options: ScanOptions): Promise<ScanResult | null> {
  const found = await stat(input).catch(() => null);
  if (found === null || !(found.isDirectory() || found.isFile())) return null;
  const limits = options.limits ?? scanLimits;
  const run = createRun(options, limits, isAppBundle(input));
  if (found.isDirectory()) await run.walk(walkFolder(input, options.includeIgnored), 0);
  else await run.file(toMember(input, basename(input)));
  return run.result();
}

function createRun(options: ScanOptions, limits: ScanLimits, isBundle: boolean) {
  const ledger = createLedger();
  const unreadable: Unreadable[] = [];
  const told = { raw: 0, nothing: 0 };
  const read = { files: 0, bytes: 0, skipped: 0 };
  const budget = { members: limits.members };
  const spend = (bytes: number): boolean => {
    read.bytes += bytes;
    return read.bytes <= limits.totalBytes;
  };
  const report = (file: string, reason: Unreadable["reason"], readAs: Unreadable["readAs"]): void => {
    if (told[readAs] < MOST_UNREADABLE) unreadable.push({ file, reason, readAs });
    told[readAs] += 1;
  };

  const look = (file: string, pieces: Iterable<Piece>, isRelease: boolean): void => {
    const context: LookContext = { nowMs: options.nowMs, isRelease: isRelease || isBundle };
    for (const piece of pieces) {
      const { sightings, harmless, isFull } =
        piece.type === "passage" ? lookAtPassage(piece.passage, context) : lookAtNamed(piece.named, context);
      for (const sighting of sightings) ledger.add(file, sighting);
      for (const kind of harmless) ledger.count(kind);
      if (isFull) report(file, "too_large", "nothing");
    }
  };

  const lookAtWhole = (path: string, bytes: Buffer, format: Format, depth: number): void => {
    const isRelease = depth > 0 || format === "hermes" || format === "dex";
    if (format !== "source-map") {
      look(
        path,
        readPieces(bytes, format, () => report(path, "damaged", "raw")),
        isRelease,
      );
      return;
    }
    const text = toText(bytes);
    const sources = readSourceMap(text);
    if (sources === null) look(path, toTextPieces(text), isRelease);
    for (const source of sources ?? []) look(`${path}!/${source.name}`, toTextPieces(source.text), isRelease);
  };

  /** A part of a member too large to be held: its characters alone. */
  const lookAtPart = (path: string, { bytes, base }: Window, depth: number): void => {
    const format = base === 0 ? sniffFormat(bytes.subarray(0, HEAD), path) : "bytes";
    if (format !== "bytes" && format !== "text") report(path, "too_large", format === "zip" ? "nothing" : "raw");
    look(path, toRawPieces(bytes, base), depth > 0);
  };

  const lookAtWindow = async (member: Member, part: Window, depth: number): Promise<void> => {
    const { bytes } = part;
    if (!part.isWhole) {
      lookAtPart(member.path, part, depth);
      return;
    }
    const format = sniffFormat(bytes.subarray(0, HEAD), member.path);
    if (format === "media") read.skipped += 1;
    else if (format !== "zip") lookAtWhole(member.path, bytes, format, depth);
    else if (depth > 1) report(member.path, "too_deep", "nothing");
    else {
      const zip = await openZipBytes(bytes).catch(() => null);
      if (zip === null) {
        report(member.path, "damaged", "raw");
        look(member.path, toRawPieces(bytes), true);
      } else await walk(walkZip(zip, `${member.path}!/`, budget, limits), depth + 1);
    }
  };

  const visit = async (member: Member, depth: number): Promise<void> => {
    const zip = await openOnDisk(member);
    if (zip !== null) {
      await walk(walkZip(zip, `${member.path}!/`, budget, limits), depth + 1);
      return;
    }
    read.files += 1;
    try {
      for await (const part of readWindows(await member.open(), member.packedBytes, limits, spend))
        await lookAtWindow(member, part, depth);
    } catch (error) {
      const isRefused =
        error instanceof Error && "code" in error && (error.code === "EACCES" || error.code === "EPERM");
      report(
        member.path,
        error instanceof MemberTooLarge ? "too_large" : isRefused ? "no_access" : "damaged",
        "nothing",
      );
    }
    options.progress?.(read.files, read.bytes);
  };

  const walk = async (steps: AsyncIterable<Step>, depth: number): Promise<void> => {
    for await (const step of steps) {
      if (step.type === "member") await visit(step.member, depth);
      else if (step.type === "skipped") read.skipped += 1;
      else report(step.unreadable.file, step.unreadable.reason, step.unreadable.readAs);
    }
  };

  return {
    walk,
    /** One file; of an archive its members are named as they are in it. */
    file: async (member: Member): Promise<void> => {
      const zip = await openOnDisk(member);
      if (zip === null) await visit(member, 0);
      else await walk(walkZip(zip, "", budget, limits), 1);
    },
    result: (): ScanResult => ({ findings: ledger.findings(), harmless: ledger.harmless, unreadable, read }),
  };
}

/** An archive on disk is opened where it lies, whatever its size; null for anything else. */
async function openOnDisk({ file, path }: Member): Promise<ZipFile | null> {
  if (file === undefined) return null;
  const isArchive = /\.(?:apk|aab|ipa|apks|xapk|zip|jar|aar)$/i.test(path) || (await beginsAsZip(file));
  return isArchive ? openZipFile(file).catch(() => null) : null;
}
