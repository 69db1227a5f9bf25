import type { Piece } from "../finding.ts";
import { readAndroidResources } from "./android-resources.ts";
import { readAndroidXml } from "./android-xml.ts";
import { readBinaryPlist } from "./binary-plist.ts";
import { readDex } from "./dex.ts";
import { readHermes } from "./hermes.ts";
import { readMachO } from "./mach-o.ts";
import { toRawPieces } from "./raw-strings.ts";
import type { Format } from "./sniff.ts";
import { toText, toTextPieces } from "./text-passages.ts";

const structured = {
  dex: readDex,
  hermes: readHermes,
  "android-xml": readAndroidXml,
  "android-resources": readAndroidResources,
  "binary-plist": readBinaryPlist,
  "mach-o": readMachO,
} as const;

/** What a pair costs beside its characters. */
const PAIR = 64;

/**
 * What there is to look at in a file that is held as a whole. A file whose structure is damaged is read as raw characters, and `tell` is called, as it is for one whose
 * texts are encrypted; nothing is thrown, whatever the bytes are.
 */
export function* readPieces(
  bytes: Buffer,
  format: Format,
  tell: (reason: "damaged" | "encrypted") => void,
): Generator<Piece> {
  if (format === "text") {
    yield* toTextPieces(toText(bytes));
    return;
  }
  if (format === "bytes") {
    yield* toRawPieces(bytes, 0, "pool");
    return;
  }
  if (!isStructured(format)) return;
  try {
    yield* limitPairs(structured[format](bytes, tell), bytes.length * 8 + 65_536);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    tell("damaged");
    yield* toRawPieces(bytes);
  }
}

/** True for what has a reader that needs the whole file. */
export function isStructured(format: Format): format is keyof typeof structured {
  return Object.hasOwn(structured, format);
}

/** @throws Error where pairs of name and value give more than `most` characters: a table that points at the same texts again and again must not cost more than its size. */
function* limitPairs(pieces: Iterable<Piece>, most: number): Generator<Piece> {
  let given = 0;
  for (const piece of pieces) {
    if (piece.type === "named") given += piece.named.name.length + piece.named.value.length + PAIR;
    if (given > most) throw new Error("a table repeats itself");
    yield piece;
  }
}
