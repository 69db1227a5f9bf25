import type { PackageProblem } from "../problem.ts";
import { quoteName } from "../zip/entry-name.ts";
import type { ZipEntry } from "../zip/zip-archive.ts";

/** Of a path as phones take it (limits.h: PATH_MAX). */
const MOST_PATH_LENGTH = 1024;
/** What a mode says an entry is (stat.h: S_IFMT). An archive that does not tell has nought. */
const fileType = { mask: 0xf000, folder: 0x4000, file: 0x8000 };

interface Place {
  readonly entry: ZipEntry;
  readonly path: string;
  /** The path as volumes compare it, NUL between its parts: before everything else, so that what is below a folder follows it at once. */
  readonly order: Buffer;
}

/**
 * What keeps the paths of an archive from meaning the same on every volume; null where nothing does. APFS takes names that differ in Unicode's composed
 * and decomposed forms for one, on Macs those that differ in case too; a file is no folder, and a folder has no content. Work is that of sorting.
 */
export function ambiguousPath(entries: readonly ZipEntry[]): PackageProblem | null {
  const places: Place[] = [];
  for (const entry of entries) {
    if (entry.name.length > MOST_PATH_LENGTH) return ambiguous(entry, "is too long for a path");
    if (isFolder(entry) && entry.uncompressedBytes > 0) return ambiguous(entry, "is a folder with content");
    if (!isTyped(entry)) return ambiguous(entry, "is a link, or something else than its name says");
    const path = isFolder(entry) ? entry.name.slice(0, -1) : entry.name;
    places.push({ entry, path, order: toOrder(path) });
  }
  places.sort((left, right) => Buffer.compare(left.order, right.order));
  for (const [index, place] of places.entries()) {
    const before = places[index - 1];
    if (before !== undefined && collide(before, place)) {
      return ambiguous(place.entry, `and ${quoteName(before.entry.name)} are one place`);
    }
  }
  return null;
}

/** Whether two neighbours in order are one file, one folder in two spellings, or a file and what is below it. */
function collide(before: Place, place: Place): boolean {
  const { parts, isWhole, isOtherWhole } = shared(before.order, place.order);
  if (firstParts(before.path, parts) !== firstParts(place.path, parts)) return true;
  return isWhole && (isOtherWhole || !isFolder(before.entry));
}

/** How many whole parts two paths begin with alike, and whether these are all of either. Makes nothing: paths are many, and may be long. */
function shared(left: Buffer, right: Buffer): { parts: number; isWhole: boolean; isOtherWhole: boolean } {
  let parts = 0;
  for (let at = 0; ; at += 1) {
    const [isEnd, isOtherEnd] = [at === left.length, at === right.length];
    const [one, other] = [isEnd ? 0 : left[at], isOtherEnd ? 0 : right[at]];
    if (one === 0 && other === 0) parts += 1;
    if (one !== other || isEnd || isOtherEnd) {
      return { parts, isWhole: isEnd && one === other, isOtherWhole: isOtherEnd && one === other };
    }
  }
}

function firstParts(path: string, count: number): string {
  let end = -1;
  for (let part = 0; part < count; part += 1) {
    end = path.indexOf("/", end + 1);
    if (end < 0) return path;
  }
  return path.slice(0, Math.max(end, 0));
}

/** A link is a file to who reads the archive, and what it leads to once it is unpacked. */
function isTyped(entry: ZipEntry): boolean {
  const type = entry.unixMode & fileType.mask;
  return type === 0 || type === (isFolder(entry) ? fileType.folder : fileType.file);
}

function isFolder({ name }: ZipEntry): boolean {
  return name.endsWith("/");
}

function toOrder(path: string): Buffer {
  const order = Buffer.from(fold(path));
  for (let at = order.indexOf(0x2f); at >= 0; at = order.indexOf(0x2f, at + 1)) order[at] = 0;
  return order;
}

function fold(path: string): string {
  return path.normalize("NFC").toUpperCase().toLowerCase().normalize("NFC");
}

function ambiguous({ name }: ZipEntry, detail: string): PackageProblem {
  return { code: "ipa_path_ambiguous", detail: `${quoteName(name)} ${detail}` };
}
