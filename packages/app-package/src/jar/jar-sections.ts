/** A section of a JAR manifest or of a signature file. */
export interface JarSection {
  /** Value of the attribute `Name` where the section begins with it, else null. */
  readonly name: string | null;
  /** Where the section stands, its closing empty line included: what a digest of it is over. */
  readonly start: number;
  readonly end: number;
  /** True where every attribute is as the JAR specification has it, its name in one line, and none that verification knows stands twice. */
  readonly isWellFormed: boolean;
  /** Value of the attribute by its name in lower case, if it is one that verification knows; of several of one name, the first. */
  readonly attributes: ReadonlyMap<string, string>;
}

// All that can decide something. Others are passed over, so that a section of a million of them takes no memory.
const knownAttribute =
  /^(?:name|signature-version|created-by|x-android-apk-signed|digest-algorithms|(?:md5|sha|sha1|sha-1|sha-224|sha-256|sha-384|sha-512)-digest(?:-manifest(?:-main-attributes)?)?)$/i;

const header = /^[A-Za-z0-9][A-Za-z0-9_-]{0,69}: /;

const cr = 0x0d;
const lf = 0x0a;
const space = 0x20;

/**
 * The sections of a manifest as Android's package verifier reads them (apksig, `ManifestParser`), which is more forgiving than the JAR
 * specification: lines end at CR, LF or CR LF; a line that begins with a space goes on with the one before it, unless it is the first of
 * its section; a section ends after an empty line or at the end of the file, and empty lines before it belong to none; a name ends at the
 * first colon followed by a space, and a line without one is a name. NUL is a character like any other, and what is no UTF-8 is replaced.
 * The first section is the main one, whatever it begins with. Linear; never throws.
 */
export function* readJarSections(bytes: Uint8Array): Generator<JarSection> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = 0;
  while (offset < buffer.length) {
    const start = offset;
    let line = readLine(buffer, offset);
    offset = line.next;
    if (line.end === start) continue;
    const attributes = new Map<string, string>();
    let name: string | null = null;
    let isFirst = true;
    let isWellFormed = true;
    while (line.end > line.start) {
      const from = line.start;
      let to = line.end;
      isWellFormed &&= header.test(buffer.toString("latin1", from, Math.min(to, from + 72)));
      let isOneLine = true;
      let following = readLine(buffer, offset);
      while (following.end > following.start && buffer[following.start] === space) {
        to = following.end;
        isOneLine = false;
        offset = following.next;
        following = readLine(buffer, offset);
      }
      const text = isOneLine ? buffer.toString("utf8", from, to) : joinLines(buffer.subarray(from, to));
      const delimiter = text.indexOf(": ");
      const key = foldCase(delimiter < 0 ? text : text.slice(0, delimiter));
      if (key.length <= 40 && knownAttribute.test(key)) {
        const known = key.toLowerCase();
        const value = delimiter < 0 ? "" : text.slice(delimiter + 2);
        if (isFirst && known === "name") name = value;
        if (attributes.has(known)) isWellFormed = false;
        else attributes.set(known, value);
      }
      isFirst = false;
      line = following;
      offset = following.next;
    }
    yield { name, start, end: offset, isWellFormed, attributes };
  }
}

/** Letters beyond ASCII that Java's `equalsIgnoreCase` takes for one of it: by what they are as a capital, or as a small letter. */
function foldCase(name: string): string {
  return name.length > 40
    ? name
    : name
        .replaceAll(/[\u0130\u0131]/g, "i")
        .replaceAll("\u017f", "s")
        .replaceAll("\u212a", "k");
}

interface Line {
  readonly start: number;
  readonly end: number;
  readonly next: number;
}

/** The line at `start`; an empty one at the end of the input. */
function readLine(buffer: Buffer, start: number): Line {
  let end = start;
  while (end < buffer.length && buffer[end] !== cr && buffer[end] !== lf) end += 1;
  const breakBytes = buffer[end] === cr && buffer[end + 1] === lf ? 2 : 1;
  return { start, end, next: Math.min(end + breakBytes, buffer.length) };
}

/** Lines put together: bytes, not texts, for a character may be split between them. */
function joinLines(lines: Buffer): string {
  const joined = Buffer.allocUnsafe(lines.length);
  let length = 0;
  for (let offset = 0; offset < lines.length; ) {
    const line = readLine(lines, offset);
    // Every line but the first begins with the space that made it a continuation.
    length += lines.copy(joined, length, line.start + (offset === 0 ? 0 : 1), line.end);
    offset = line.next;
  }
  return joined.toString("utf8", 0, length);
}
