import type { HeldStatusList } from "../domain/device/held-status-list.ts";
import type { Instance, RecordStore } from "../domain/ports/index.ts";
import type { StatusListSource } from "./status-list-source.ts";

export interface StatusListFollower {
  /** The list as it is held now. */
  held(): HeldStatusList;
  /** Looks for a newer list and bans what it names. Calls that overlap are one. */
  follow(): Promise<void>;
}

export interface StatusListDeps {
  readonly source: StatusListSource;
  readonly store: RecordStore;
  readonly nowMs: () => number;
  /** Gets each change of what is held. */
  readonly onList: (list: HeldStatusList) => void;
  readonly onBanned: (instance: Instance) => void;
}

/** Follows a vendor's status list. A list that names a certificate bans the instances whose evidence rests on it. */
export async function followStatusList(deps: StatusListDeps): Promise<StatusListFollower> {
  const { source } = deps;
  await banRevoked(deps, source.held().text);
  // An enrolment verified under the list before is written a moment after the sweep: the next turn looks once more.
  let sweepAgain = false;
  let running: Promise<void> | null = null;

  async function turn(): Promise<void> {
    const before = source.held().text;
    if (await source.refresh()) deps.onList(source.held());
    const { text } = source.held();
    const isNew = text !== before;
    if (!isNew && !sweepAgain) return;
    sweepAgain = true;
    await banRevoked(deps, text);
    sweepAgain = isNew;
  }

  return {
    held: () => source.held(),
    follow() {
      running ??= turn().finally(() => {
        running = null;
      });
      return running;
    },
  };
}

async function banRevoked({ store, nowMs, onBanned }: StatusListDeps, text: string | null): Promise<void> {
  const serials = text === null ? [] : serialsOf(text);
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
