import { readFile, stat } from "node:fs/promises";
import { parseStatusList } from "@countersign/attestation";
import { StartError } from "../data-folder/start-error.ts";
import type { Instance, RecordStore } from "../domain/ports/index.ts";

export interface StatusListFollower {
  /** The text as it was read last. */
  text(): string;
  /** Reads the file again where it changed. */
  follow(): Promise<void>;
}

export interface StatusListDeps {
  readonly file: string;
  readonly store: RecordStore;
  readonly nowMs: () => number;
  /** Gets each text that parses. */
  readonly onText: (text: string) => void;
  readonly onBanned: (instance: Instance) => void;
}

/**
 * Loads the vendor's status list and follows its file. A list that names a certificate bans the instances whose evidence rests on it.
 *
 * @throws StartError `revocation_list_unreadable` where the file cannot be read or parsed at the start; later such a file changes nothing.
 */
export async function followStatusList(deps: StatusListDeps): Promise<StatusListFollower> {
  let seen = await readText(deps.file);
  const first = seen === null ? null : parseStatusList(seen.text);
  if (seen === null || first === null || !first.ok) {
    throw new StartError(
      "revocation_list_unreadable",
      `The status list ${deps.file} cannot be read.`,
      "Name a readable file with Google's attestation status list as JSON.",
    );
  }
  let current = seen.text;
  await banRevoked(deps, current);
  // An enrolment verified under the list before is written a moment after the sweep: the next turn looks once more.
  let sweepAgain = false;
  return {
    text: () => current,
    async follow() {
      const next = await readText(deps.file);
      if (next === null || next.mark === seen?.mark) {
        if (sweepAgain) await banRevoked(deps, current);
        sweepAgain = false;
        return;
      }
      seen = next;
      if (!parseStatusList(next.text).ok) return;
      current = next.text;
      deps.onText(current);
      await banRevoked(deps, current);
      sweepAgain = true;
    },
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

async function banRevoked({ store, nowMs, onBanned }: StatusListDeps, text: string): Promise<void> {
  const serials = serialsOf(text);
  for (let at = 0; at < serials.length; at += 500) {
    for (const instance of await store.instances.withSerials(serials.slice(at, at + 500))) {
      if (await isBannedAlready(store, instance, nowMs())) continue;
      const { project } = instance;
      const ban = { project, kind: "ban", by: "instance", target: instance.instance, untilMs: null } as const;
      await store.bans.add({ ...ban, reason: "certificate_revoked", createdAtMs: nowMs() });
      onBanned(instance);
    }
  }
}

async function isBannedAlready(store: RecordStore, { project, instance }: Instance, nowMs: number): Promise<boolean> {
  const active = await store.bans.active(nowMs);
  return active.some(
    (ban) => ban.project === project && ban.target === instance && ban.reason === "certificate_revoked",
  );
}

/** Serials of the list as lower-case hex; a serial that can be read in both radixes stands for both, as the verifier takes it. */
function serialsOf(text: string): readonly string[] {
  const { entries } = JSON.parse(text) as { readonly entries: Readonly<Record<string, unknown>> };
  return Object.keys(entries).flatMap((serial) => {
    const hex = /^[0-9a-fA-F]+$/.test(serial) ? [serial.toLowerCase()] : [];
    const decimal = /^[0-9]+$/.test(serial) ? [BigInt(serial).toString(16)] : [];
    return [...hex, ...decimal];
  });
}
