const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lossyDecoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** A name as text, and what makes it unfit as a path; null where nothing does. Android takes every name for UTF-8, whatever flag 11 says. */
export function parseEntryName(bytes: Uint8Array): { readonly name: string; readonly unfit: string | null } {
  try {
    const name = decoder.decode(bytes);
    return { name, unfit: checkEntryName(name) };
  } catch {
    return { name: lossyDecoder.decode(bytes), unfit: "is not UTF-8" };
  }
}

/** What keeps a name from meaning one place below the folder it is unpacked to. */
function checkEntryName(name: string): string | null {
  if (name === "") return "is empty";
  if (name.includes("\0")) return "holds a NUL";
  if (name.includes("\\")) return "holds a backslash";
  if (name.startsWith("/")) return "is absolute";
  if (/(^|\/)\.\.?(\/|$)/u.test(name)) return "has a segment of dots";
  return null;
}

/** A name in quotes, fit for one printed line: at most 80 characters, everything but printable ASCII escaped. */
export function quoteName(name: string): string {
  const clipped = name.length > 80 ? `${name.slice(0, 80)}…` : name;
  return `"${clipped.replaceAll(/[^\u0020-\u007e…]|["\\]/gu, (found) => `\\u{${(found.codePointAt(0) ?? 0).toString(16)}}`)}"`;
}
