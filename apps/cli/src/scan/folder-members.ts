import { constants, type Dirent } from "node:fs";
import { type FileHandle, open, opendir } from "node:fs/promises";
import { join } from "node:path";
import type { ScanLimits } from "./limits.ts";
import type { Member, Step } from "./member.ts";

const PART = 262_144;

/** Folders and files that no build ships: dependencies' sources, tools' state, tests. */
const ignoredFolder =
  /^(?:node_modules|\.git|\.hg|\.svn|\.gradle|\.idea|\.vscode|\.expo|\.yarn|Pods|DerivedData|coverage|tests?|__tests__|__mocks__|__fixtures__|fixtures|testdata|androidTest|testFixtures|testing)$/;
const ignoredFile =
  /(?:\.(?:test|spec|suite|stories)\.[a-z]{1,4}|\.tsbuildinfo|(?:^|\/)(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|Podfile\.lock|Cargo\.lock|gradle\.lockfile))$/;

/** True for a folder as Xcode ships it: everything in it is the app. */
export function isAppBundle(path: string): boolean {
  return /\.(?:app|framework|xcarchive|appex)\/?$/i.test(path);
}

/** The files under a folder, in the order of their names. Links are not followed: what they lead to is not in the folder. Pipes, sockets and devices are no files. */
export async function* walkFolder(root: string, includeIgnored: boolean, limits: ScanLimits): AsyncGenerator<Step> {
  const all = includeIgnored || isAppBundle(root);
  const waiting = [""];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    const file = folder === "" ? "." : folder;
    const entries = await listFolder(join(root, folder), limits.folderEntries).catch(toReason);
    if (typeof entries === "string") {
      yield { type: "unreadable", unreadable: { file, reason: entries, readAs: "nothing" } };
      continue;
    }
    if (entries.length > limits.folderEntries) {
      yield { type: "unreadable", unreadable: { file, reason: "too_large", readAs: "nothing" } };
      entries.pop();
    }
    const folders: string[] = [];
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        if (all || !ignoredFolder.test(entry.name)) folders.push(path);
        else yield { type: "skipped" };
      } else if (entry.isFile() && (all || !ignoredFile.test(entry.name))) {
        yield { type: "member", member: toMember(join(root, path), path, "no-link") };
      } else yield { type: "skipped" };
    }
    waiting.push(...folders.toReversed());
  }
}

/** Up to one entry more than `most`. */
async function listFolder(folder: string, most: number): Promise<Dirent[]> {
  const entries: Dirent[] = [];
  for await (const entry of await opendir(folder, { bufferSize: 256 })) {
    entries.push(entry);
    if (entries.length > most) break;
  }
  return entries;
}

/** One file of the disk. What was put in its place since it was listed (a pipe, a device; with `no-link`, a link) is not opened, or waited for. */
export function toMember(file: string, path: string, links: "no-link" | "link"): Member {
  // Where the system has not the flag, it is undefined, and adds nothing.
  const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = constants;
  const flags = O_RDONLY | O_NONBLOCK | (links === "link" ? 0 : O_NOFOLLOW);
  const openFile = async (): Promise<FileHandle> => {
    const handle = await open(file, flags);
    const isFile = await handle.stat().then(
      (found) => found.isFile(),
      () => false,
    );
    if (isFile) return handle;
    await handle.close();
    throw Object.assign(new Error("no file"), { code: "ENOENT" });
  };
  return { path, packedBytes: null, openFile, open: async () => partsOf(await openFile()) };
}

async function* partsOf(handle: FileHandle): AsyncGenerator<Buffer> {
  try {
    for (;;) {
      const { buffer, bytesRead } = await handle.read({ buffer: Buffer.allocUnsafe(PART), position: null });
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

/** Why the system gives nothing. */
export function toReason(error: unknown): "no_access" | "gone" | "damaged" {
  const code = error instanceof Error && "code" in error ? error.code : null;
  if (code === "EACCES" || code === "EPERM" || code === "ENAMETOOLONG") return "no_access";
  return code === "ENOENT" || code === "ELOOP" || code === "ENXIO" || code === "ENOTDIR" || code === "EISDIR"
    ? "gone"
    : "damaged";
}
