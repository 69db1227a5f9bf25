import { createHash } from "node:crypto";
import { quoteName } from "../zip/entry-name.ts";
import type { ZipArchive } from "../zip/zip-archive.ts";
import type { JarRules } from "./jar-rules.ts";
import type { JarManifest } from "./manifest-sections.ts";
import type { ProblemList } from "./problem-list.ts";

/** One whose signature of the manifest holds. */
export interface EntrySigner {
  readonly entryNames: ReadonlySet<string>;
}

/**
 * Verifies every entry that the rules want covered: the manifest has a digest of it, signers signed that, they are the same signers as of
 * every other entry, and the content has that digest. The signers of all entries; empty where a problem was found, which is in `errors`.
 * Entries are read one after the other in the order of the file, in bounded memory, and not at all after an archive that cannot be read.
 */
export async function verifyEntries<Signer extends EntrySigner>(
  zip: ZipArchive,
  manifest: JarManifest,
  signers: readonly Signer[],
  rules: JarRules,
  errors: ProblemList,
): Promise<readonly Signer[]> {
  let first: { readonly name: string; readonly signers: readonly Signer[] } | null = null;
  const inFileOrder = zip.entries.toSorted((left, right) => left.localHeaderOffset - right.localHeaderOffset);
  for (const entry of inFileOrder) {
    const { name } = entry;
    if (!rules.isCovered(name)) continue;
    const section = manifest.sections.get(name);
    const entrySigners = signers.filter((signer) => signer.entryNames.has(name));
    if (section === undefined || entrySigners.length === 0) {
      errors.add("jar_entry_unsigned", `${quoteName(name)} ${section ? "has no signer" : "is not in the manifest"}`);
      continue;
    }
    first ??= { name, signers: entrySigners };
    if (
      entrySigners.length !== first.signers.length ||
      entrySigners.some((signer, index) => signer !== first?.signers[index])
    ) {
      errors.add("jar_entry_signers_differ", `${quoteName(name)} has other signers than ${quoteName(first.name)}`);
      continue;
    }
    const expected = rules
      .digests(section, "-digest")
      .map((digest) => ({ ...digest, actual: createHash(digest.hash) }));
    if (expected.length === 0) {
      errors.add("jar_digest_missing", `${quoteName(name)} in the manifest`);
      continue;
    }
    const streamed = await zip.stream(entry, (piece) => {
      for (const { actual } of expected) actual.update(piece);
    });
    if (!streamed.ok) {
      errors.addProblem(streamed.problem);
      return [];
    }
    for (const { hash, digest, actual } of expected)
      if (!digest?.equals(actual.digest())) errors.add("jar_entry_digest", `${hash} of ${quoteName(name)}`);
  }
  if (first === null) errors.add("jar_entries_none", "no entry is signed");
  return errors.isEmpty() && first !== null ? first.signers : [];
}
