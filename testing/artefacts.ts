import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { findLeaks } from "./leak-detector.ts";

/** Every file below a folder. */
export const artefactsOf = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

/** The files below a folder that hold a text in any of its spellings. */
export const holding = (folder: string, text: string): readonly string[] =>
  artefactsOf(folder).filter((file) => findLeaks(readFileSync(file), text).length > 0);
