import type { Enveloped } from "./records.ts";

/** A value that no genuine use exists for, planted where only somebody who looks for keys finds it. The value itself is nowhere. */
export interface DecoySecret {
  readonly project: string;
  /** `[a-z0-9-]{1,48}` */
  readonly name: string;
  /** Where it was planted, in the operator's words. */
  readonly note: string;
  /** The 32 bytes of its digest (`decoyValueInput`), enveloped with AAD project and name. */
  readonly digest: Enveloped;
  /** Characters of the value. */
  readonly length: number;
  readonly createdAtMs: number;
}

export interface DecoySecrets {
  /** Every one of the project, by name. */
  list(project: string): Promise<readonly DecoySecret[]>;
  /** False where the project has one of this name. */
  add(decoy: DecoySecret): Promise<boolean>;
  /** False where there was none. */
  remove(project: string, name: string): Promise<boolean>;
}

/**
 * `decoy_secret_used`: a planted value came with a request. `canary_used`: what a refused instance was given in place of a secret did.
 * `reported`: somebody outside says that a decoy was used.
 */
export type AlarmKind = "decoy_secret_used" | "canary_used" | "reported";

export type AlarmPlace = "broker" | "decision" | "verifier" | "webhook";

/** Who used it, as far as that is known. Nothing here is an address or was sent by anybody but a holder of a hook. */
export interface AlarmSource {
  readonly api?: string;
  readonly verifier?: string;
  readonly hook?: string;
  /** An instance whose pass was good. */
  readonly instance?: string;
  /** A keyed hash of the network that rotates daily. */
  readonly network?: string;
  /** What a report said, bounded and printable. */
  readonly userAgent?: string;
  readonly text?: string;
  /** Set where so many came at once that they were not told apart any more. */
  readonly many?: true;
}

export interface Alarm {
  readonly project: string;
  /** b64u of 16 random bytes. */
  readonly id: string;
  readonly kind: AlarmKind;
  /** The decoy, or for `canary_used` the secret; null where a report named none. */
  readonly decoy: string | null;
  readonly where: AlarmPlace;
  readonly who: AlarmSource;
  /** Uses that were counted in it. */
  readonly count: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  readonly acknowledgedAtMs: number | null;
}

export interface Alarms {
  /**
   * Writes an alarm as it stands: a new one, or the count and last time of one that is there. With a new one of a kind and decoy that has `most`
   * already, the oldest acknowledged of them gives way; where there is none, the uses are added to the newest of them, and it is false: this
   * alarm is not there. A new one is due to be told of at once.
   */
  put(alarm: Alarm, most: number): Promise<boolean>;
  /** Newest use first. */
  list(project: string, choice: { readonly open: boolean; readonly limit: number }): Promise<readonly Alarm[]>;
  get(project: string, id: string): Promise<Alarm | null>;
  /** False where there is none. One that is acknowledged already keeps its time. */
  acknowledge(project: string, id: string, atMs: number): Promise<boolean>;
  countOpen(project: string): Promise<number>;
  /** Deletes those last used before `beforeMs`, and those acknowledged before `acknowledgedBeforeMs`. */
  prune(beforeMs: number, acknowledgedBeforeMs: number): Promise<number>;
}

/** An alarm that somebody is to be told of. */
export interface DueNotice {
  readonly alarm: Alarm;
  /** Attempts that failed. */
  readonly tries: number;
}

/** Where a project's alarms are told, and which are to be told of. */
export interface AlarmNotices {
  /** JSON of URL and key, enveloped with AAD project; null: nowhere. */
  target(project: string): Promise<Enveloped | null>;
  /** In place of an earlier one; null removes it. */
  setTarget(project: string, sealed: Enveloped | null): Promise<void>;
  /** Of one project, longest due first. */
  due(project: string, nowMs: number, limit: number): Promise<readonly DueNotice[]>;
  /** After an attempt: due again then, or (null) never. */
  settle(alarm: Pick<Alarm, "project" | "id">, tries: number, dueAtMs: number | null): Promise<void>;
}

/** An address where somebody outside reports that a decoy was used. */
export interface AlarmHook {
  readonly project: string;
  /** `[a-z0-9-]{1,48}` */
  readonly name: string;
  /** The decoy that its reports are about; null: each says so itself, or none. */
  readonly decoy: string | null;
  /** Lower-case hex SHA-256 of the hook's token. */
  readonly tokenHash: string;
  readonly createdAtMs: number;
}

export interface AlarmHooks {
  /** Every hook of the project, by name. */
  list(project: string): Promise<readonly AlarmHook[]>;
  byTokenHash(tokenHash: string): Promise<AlarmHook | null>;
  /** False where the project has one of this name. */
  add(hook: AlarmHook): Promise<boolean>;
  /** False where there was none. */
  remove(project: string, name: string): Promise<boolean>;
}
