import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Member, Step } from "./member.ts";

/** Folders and files that no build ships: dependencies' sources, tools' state, tests. */
const ignoredFolder =
  /^(?:node_modules|\.git|\.hg|\.svn|\.gradle|\.idea|\.vscode|\.expo|\.yarn|Pods|DerivedData|coverage|tests?|__tests__|__mocks__|__fixtures__|fixtures|testdata|androidTest|testFixtures|testing)$/;
const ignoredFile =
  /(?:\.(?:test|spec|suite|stories)\.[a-z]{1,4}|\.tsbuildinfo|(?:^|\/)(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|Podfile\.lock|Cargo\.lock|gradle\.lockfile))$/;

/** True for a folder as Xcode ships it: everything in it is the app. */
export function isAppBundle(path: string): boolean {
  return /\.(?:app|framework|xcarchive|appex)\/?$/i.test(path);
}

/** The files under a folder, in the order of their names. Links are not followed: what they lead to is not in the folder. */
export async function* walkFolder(root: string, includeIgnored: boolean): AsyncGenerator<Step> {
  const all = includeIgnored || isAppBundle(root);
  const waiting = [""];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(() => null);
    if (entries === null) {
      yield {
        type: "unreadable",
        unreadable: { file: folder === "" ? "." : folder, reason: "no_access", readAs: "nothing" },
      };
      continue;
    }
    const folders: string[] = [];
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        if (all || !ignoredFolder.test(entry.name)) folders.push(path);
        else yield { type: "skipped" };
      } else if (entry.isFile() && (all || !ignoredFile.test(entry.name))) {
        yield { type: "member", member: toMember(join(root, path), path) };
      } else yield { type: "skipped" };
    }
    waiting.push(...folders.toReversed());
  }
}

/** One file of the disk. */
export function toMember(file: string, path: string): Member {
  const open = (): AsyncIterable<Buffer> => createReadStream(file, { highWaterMark: 1_048_576 });
  return { path, packedBytes: null, file, open: () => Promise.resolve(open()) };
}
