import { readFile, stat } from "node:fs/promises";
import { parseStatusList } from "@countersign/attestation";
import { StartError } from "../data-folder/start-error.ts";
import type { StatusListSource } from "./status-list-source.ts";

/**
 * A list that the operator keeps in a file. Its age is theirs to answer for; a later file that cannot be read changes nothing.
 *
 * @throws StartError `revocation_list_unreadable` where the file cannot be read or parsed at the start.
 */
export async function openStatusListFile(file: string): Promise<StatusListSource> {
  let seen = await readText(file);
  if (seen === null || !parseStatusList(seen.text).ok) {
    throw new StartError(
      "revocation_list_unreadable",
      `The status list ${file} cannot be read.`,
      "Name a readable file with Google's attestation status list as JSON.",
    );
  }
  let { text } = seen;
  let failure: string | null = null;
  return {
    kind: "file",
    held: () => ({ text, staleAtMs: null, lostAtMs: null }),
    lastFailure: () => failure,
    async refresh() {
      const next = await readText(file);
      if (next === null) failure = "the file cannot be read";
      if (next === null || next.mark === seen?.mark) return false;
      seen = next;
      const parsed = parseStatusList(next.text);
      failure = parsed.ok ? null : parsed.message;
      if (parsed.ok) text = next.text;
      return parsed.ok;
    },
    close() {},
  };
}

async function readText(file: string): Promise<{ readonly text: string; readonly mark: string } | null> {
  try {
    const { mtimeMs, size } = await stat(file);
    return { text: await readFile(file, "utf8"), mark: `${mtimeMs}/${size}` };
  } catch {
    return null;
  }
}
