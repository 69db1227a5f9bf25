import { readFile } from "node:fs/promises";
import { type ParsedStatusList, parseStatusList } from "./revocation.ts";

/** The file adapter of the revocation port. The package's only I/O; a file that cannot be read is a message, not an exception. */
export async function loadRevocationListFile(path: string): Promise<ParsedStatusList> {
  try {
    return parseStatusList(await readFile(path, "utf8"));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    return { ok: false, message: `the status list file cannot be read (${code})` };
  }
}
