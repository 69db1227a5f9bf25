import type { PackageProblem } from "../problem.ts";
import { quoteName } from "../zip/entry-name.ts";
import type { ZipEntry } from "../zip/zip-archive.ts";

/** Of a path as phones take it (limits.h: PATH_MAX). */
const MOST_PATH_LENGTH = 1024;
/** What a mode says an entry is (stat.h: S_IFMT). An archive that does not tell has nought. */
const fileType = { mask: 0xf000, folder: 0x4000, file: 0x8000 };

interface Place {
  readonly entry: ZipEntry;
  readonly parts: readonly string[];
  readonly folded: readonly string[];
  readonly order: string;
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
    const parts = path.split("/");
    const folded = parts.map(fold);
    // NUL before everything else: what is below a folder follows it at once.
    places.push({ entry, parts, folded, order: folded.join("\0") });
  }
  places.sort((left, right) => (left.order < right.order ? -1 : left.order > right.order ? 1 : 0));
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
  for (const [index, part] of before.folded.entries()) {
    if (part !== place.folded[index]) return false;
    if (before.parts[index] !== place.parts[index]) return true;
  }
  return before.parts.length === place.parts.length || !isFolder(before.entry);
}

/** A link is a file to who reads the archive, and what it leads to once it is unpacked. */
function isTyped(entry: ZipEntry): boolean {
  const type = entry.unixMode & fileType.mask;
  return type === 0 || type === (isFolder(entry) ? fileType.folder : fileType.file);
}

function isFolder({ name }: ZipEntry): boolean {
  return name.endsWith("/");
}

function fold(part: string): string {
  return part.normalize("NFC").toUpperCase().toLowerCase().normalize("NFC");
}

function ambiguous({ name }: ZipEntry, detail: string): PackageProblem {
  return { code: "ipa_path_ambiguous", detail: `${quoteName(name)} ${detail}` };
}
