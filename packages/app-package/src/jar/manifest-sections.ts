import { quoteName } from "../zip/entry-name.ts";
import type { ZipArchive } from "../zip/zip-archive.ts";
import type { JarRules } from "./jar-rules.ts";
import { type JarSection, readJarSections } from "./jar-sections.ts";
import type { ProblemList } from "./problem-list.ts";

/** Of a manifest or a signature file: twice what a central directory can list. */
export const maximumSections = 131_072;

/** A JAR manifest. */
export interface JarManifest {
  readonly bytes: Uint8Array;
  readonly main: JarSection | null;
  /** The other sections by the entry they are of. */
  readonly sections: ReadonlyMap<string, JarSection>;
}

/** What a manifest is read with. */
export interface ManifestContext {
  readonly zip: ZipArchive;
  readonly rules: JarRules;
  readonly errors: ProblemList;
  readonly warnings: ProblemList;
}

/**
 * Reads a manifest whose every section but the main one is named for an entry, once; on Android for an entry that is there and no folder
 * (apksig, `parseManifest`). Null where one is not, with the problems in `errors`.
 */
export function parseJarManifest(bytes: Uint8Array, context: ManifestContext): JarManifest | null {
  const { zip, rules, errors, warnings } = context;
  const missing = rules.allowsMissingEntries ? warnings : errors;
  const reader = readJarSections(bytes);
  const main = reader.next().value ?? null;
  const sections = new Map<string, JarSection>();
  const checkForm = ({ isWellFormed, start }: JarSection) => {
    if (rules.wantsWellFormed && !isWellFormed)
      errors.add("jar_section_malformed", `in the manifest, at byte ${start}`);
  };
  if (main !== null) checkForm(main);
  for (const section of reader) {
    const { name } = section;
    checkForm(section);
    if (sections.size === maximumSections) {
      errors.add("jar_too_large", `the manifest has more than ${maximumSections} sections`);
      return null;
    }
    if (name === null) errors.add("jar_section_unnamed", `a section of the manifest, at byte ${section.start}`);
    else if (sections.has(name)) errors.add("jar_section_duplicate", `${quoteName(name)} in the manifest`);
    else {
      if (name.endsWith("/") || zip.find(name) === undefined) missing.add("jar_entry_missing", quoteName(name));
      sections.set(name, section);
    }
    if (errors.isFull()) break;
  }
  return errors.isEmpty() ? { bytes, main, sections } : null;
}
