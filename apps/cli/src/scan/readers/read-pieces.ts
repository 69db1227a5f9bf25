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

/**
 * What there is to look at in a file. A file whose structure is damaged is read as raw characters, and `damaged` is called; nothing is thrown, whatever the bytes are.
 */
export function* readPieces(bytes: Buffer, format: Format, damaged: () => void): Generator<Piece> {
  if (format === "media" || format === "zip" || format === "source-map") return;
  if (format === "text") {
    yield* toTextPieces(toText(bytes));
    return;
  }
  if (format === "bytes") {
    yield* toRawPieces(bytes, 0, "pool");
    return;
  }
  try {
    yield* structured[format](bytes);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    damaged();
    yield* toRawPieces(bytes);
  }
}
