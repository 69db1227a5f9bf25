import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { isAppBundle, toMember, toReason, walkFolder } from "./folder-members.ts";
import { createLedger, type Finding } from "./ledger.ts";
import { type ScanLimits, scanLimits } from "./limits.ts";
import type { Member, Step, Unreadable } from "./member.ts";
import { limitBytes, MemberTooLarge } from "./member-bytes.ts";
import { type Look, type Report, readMember } from "./read-member.ts";
import { type LookContext, lookAtNamed, lookAtPassage } from "./rules/look.ts";
import { openZipFile, walkZip } from "./zip-members.ts";

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
  if (found.isDirectory()) await run.walk(walkFolder(input, options.includeIgnored, limits), 0);
  else await run.file(toMember(input, basename(input), "link"));
  return run.result();
}

function createRun(options: ScanOptions, limits: ScanLimits, isBundle: boolean) {
  const ledger = createLedger();
  const unreadable: Unreadable[] = [];
  const told = { raw: 0, nothing: 0 };
  const read = { files: 0, bytes: 0, skipped: 0 };
  const budget = { members: limits.members };
  /** What the file of the disk that is read may still give, with all that is packed in it. */
  let grown = Number.POSITIVE_INFINITY;
  const spend = (bytes: number): boolean => {
    read.bytes += bytes;
    grown -= bytes;
    return read.bytes <= limits.totalBytes && grown >= 0;
  };
  const report: Report = (file, reason, readAs) => {
    if (told[readAs] < MOST_UNREADABLE) unreadable.push({ file, reason, readAs });
    told[readAs] += 1;
  };
  const look: Look = (file, pieces, isRelease) => {
    const context: LookContext = { nowMs: options.nowMs, isRelease: isRelease || isBundle };
    let isFull = false;
    for (const piece of pieces) {
      const looked =
        piece.type === "passage" ? lookAtPassage(piece.passage, context) : lookAtNamed(piece.named, context);
      for (const sighting of looked.sightings) if (!ledger.add(file, sighting)) isFull = true;
      for (const kind of looked.harmless) ledger.count(kind);
      if (looked.isFull) isFull = true;
    }
    if (isFull) report(file, "too_large", "nothing");
  };

  /** A member that is no archive of the disk. */
  const visit = async (member: Member, depth: number): Promise<void> => {
    read.files += 1;
    const bytes = async () => limitBytes(await member.open(), member.packedBytes, limits, spend);
    try {
      const inner = await readMember({ path: member.path, bytes, depth, limits, look, report });
      if (inner.type === "skipped") read.skipped += 1;
      if (inner.type === "zip") await walk(walkZip(inner.zip, `${member.path}!/`, budget, limits), depth + 1);
      if (inner.type === "unpacked") await visit(inner.member, depth + 1);
    } catch (error) {
      report(member.path, error instanceof MemberTooLarge ? "too_large" : toReason(error), "nothing");
    }
    options.progress?.(read.files, read.bytes);
  };

  const visitFile = async (member: Member & Required<Pick<Member, "openFile">>, prefix: string): Promise<void> => {
    try {
      const handle = await member.openFile();
      grown = limits.grownBytes + limits.growth * (await handle.stat()).size;
      const opened = await openZipFile(handle);
      if (opened.type === "zip") await walk(walkZip(opened.zip, prefix, budget, limits), 1);
      // What begins as an archive is told when it is read.
      if (opened.type === "damaged" && !opened.isAlone) report(member.path, "damaged", "nothing");
      if (opened.type === "zip" && opened.isAlone) return;
      await visit(member, 0);
    } catch (error) {
      read.files += 1;
      report(member.path, toReason(error), "nothing");
    }
  };

  const walk = async (steps: AsyncIterable<Step>, depth: number): Promise<void> => {
    for await (const step of steps) {
      if (step.type === "skipped") read.skipped += 1;
      else if (step.type === "unreadable") report(step.unreadable.file, step.unreadable.reason, step.unreadable.readAs);
      else {
        const { member } = step;
        if (member.openFile === undefined) await visit(member, depth);
        else await visitFile({ ...member, openFile: member.openFile }, `${member.path}!/`);
        // The member that went past the limit is told; what follows it in the same file is not opened any more.
        if (depth > 0 && grown < 0) return;
      }
    }
  };

  return {
    walk,
    /** One file; of an archive its members are named as they are in it. */
    file: (member: Member): Promise<void> =>
      member.openFile === undefined ? visit(member, 0) : visitFile({ ...member, openFile: member.openFile }, ""),
    result: (): ScanResult => ({ findings: ledger.findings(), harmless: ledger.harmless, unreadable, read }),
  };
}
