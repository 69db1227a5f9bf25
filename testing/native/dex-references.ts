import { readFileSync } from "node:fs";
import { createBytesSource } from "../../packages/app-package/src/source/byte-source.ts";
import { openZip } from "../../packages/app-package/src/zip/open-zip.ts";

/** Offsets of the tables in a DEX file's header (https://source.android.com/docs/core/runtime/dex-format#header-item). */
const tables = { strings: 0x38, types: 0x40, prototypes: 0x48, fields: 0x50, methods: 0x58 } as const;

function readText(dex: Buffer, at: number): string {
  let start = at;
  // The length in UTF-16 units, as ULEB128; names are ASCII here.
  while ((dex.readUInt8(start) & 0x80) !== 0) start += 1;
  start += 1;
  return dex.toString("latin1", start, dex.indexOf(0, start));
}

/** `android.os.SystemClock.elapsedRealtime ()J` for every method and field of other code that this one names. */
function referencesOf(dex: Buffer): readonly string[] {
  const rows = (table: number, size: number): readonly number[] => {
    const offset = dex.readUInt32LE(table + 4);
    return Array.from({ length: dex.readUInt32LE(table) }, (_, index) => offset + index * size);
  };
  const strings = rows(tables.strings, 4).map((at) => readText(dex, dex.readUInt32LE(at)));
  const types = rows(tables.types, 4).map((at) => strings[dex.readUInt32LE(at)] ?? "");
  const prototypes = rows(tables.prototypes, 12).map((at) => {
    const list = dex.readUInt32LE(at + 8);
    const length = list === 0 ? 0 : dex.readUInt32LE(list);
    const given = Array.from({ length }, (_, index) => types[dex.readUInt16LE(list + 4 + index * 2)] ?? "");
    return `(${given.join("")})${types[dex.readUInt32LE(at + 4)] ?? ""}`;
  });
  const member = (at: number, descriptors: readonly string[]): string => {
    const owner = (types[dex.readUInt16LE(at)] ?? "").slice(1, -1).replaceAll(/[/$]/g, ".");
    return `${owner}.${strings[dex.readUInt32LE(at + 4)] ?? ""} ${descriptors[dex.readUInt16LE(at + 2)] ?? ""}`;
  };
  return [
    ...rows(tables.methods, 8).map((at) => member(at, prototypes)),
    ...rows(tables.fields, 8).map((at) => member(at, types)),
  ];
}

/** What the code of an APK names of `android.*`. Empty where it is no archive that has one meaning. */
export async function androidReferences(apk: string): Promise<readonly string[]> {
  const archive = await openZip(createBytesSource(readFileSync(apk)));
  if (!archive.ok) return [];
  const found: string[] = [];
  for (const entry of archive.value.entries.filter(({ name }) => /^classes\d*\.dex$/.test(name))) {
    const content = await archive.value.read(entry, 64 << 20);
    if (content.ok)
      found.push(...referencesOf(Buffer.from(content.value)).filter((each) => each.startsWith("android.")));
  }
  return found;
}
