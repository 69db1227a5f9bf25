import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";

export type PrivateFile =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly reason: "missing" | "exposed" | "unreadable" };

/** Reads a file that only its owner may read: `exposed` where group or world have any right to it, whatever it holds. */
export function readPrivateFile(file: string): PrivateFile {
  let descriptor: number;
  try {
    descriptor = openSync(file, "r");
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    return { ok: false, reason: missing ? "missing" : "unreadable" };
  }
  try {
    const { mode } = fstatSync(descriptor);
    // Windows has no such bits; there the folder's access list decides.
    if (process.platform !== "win32" && (mode & 0o077) !== 0) return { ok: false, reason: "exposed" };
    return { ok: true, bytes: readFileSync(descriptor) };
  } catch {
    return { ok: false, reason: "unreadable" };
  } finally {
    closeSync(descriptor);
  }
}
