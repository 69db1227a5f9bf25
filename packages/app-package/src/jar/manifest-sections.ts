import { quoteName } from "../zip/entry-name.ts";
import type { ZipArchive } from "../zip/zip-archive.ts";
import { type JarSection, readJarSections } from "./jar-sections.ts";
import type { ProblemList } from "./problem-list.ts";

/** A JAR manifest. */
export interface JarManifest {
  readonly bytes: Uint8Array;
  readonly main: JarSection | null;
  /** The other sections by the entry they are of. */
  readonly sections: ReadonlyMap<string, JarSection>;
}

/**
 * Reads a manifest whose every section is named for an entry of the archive, once (apksig, `parseManifest`). Stops at the first that is not,
 * so that no more sections are held than there are entries; null then, with the problem in `errors`.
 */
export function parseJarManifest(bytes: Uint8Array, zip: ZipArchive, errors: ProblemList): JarManifest | null {
  const reader = readJarSections(bytes);
  const main = reader.next().value ?? null;
  const sections = new Map<string, JarSection>();
  for (const section of reader) {
    const { name } = section;
    if (name === null) errors.add("jar_section_unnamed", `section ${sections.size + 1} of the manifest`);
    else if (sections.has(name)) errors.add("jar_section_duplicate", `${quoteName(name)} in the manifest`);
    else if (zip.find(name) === undefined) errors.add("jar_entry_missing", quoteName(name));
    else {
      sections.set(name, section);
      continue;
    }
    return null;
  }
  return { bytes, main, sections };
}
