import { type ChallengeFields, encodeBase64url } from "@countersign/protocol";
import type { AgentClock } from "../clock/agent-clock.ts";
import { AgentError } from "../errors.ts";
import type { EnrolledKey, NativeKeyErrorCode, NativeKeys } from "../ports.ts";
import { enrolmentWaitSeconds, recordEnrolment } from "./enrolment-budget.ts";
import type { InstanceStore } from "./instance-store.ts";
import type { DeviceKey, PendingKey, StoredInstance } from "./stored-instance.ts";

const evidenceGoodMs = 3_600_000;
/** Who turns evidence down without a signature for less than this costs the device no key. */
const pendingGoodMs = 60_000;

interface KeyFault {
  readonly code: NativeKeyErrorCode;
  readonly alias: string | null;
}

/** By shape, not by class: the error may come from another realm. Anything else counts as `unavailable`. */
export function toKeyFault(error: unknown): KeyFault {
  const { code, alias } = (typeof error === "object" && error !== null ? error : {}) as Partial<KeyFault>;
  const known = code === "invalid_key" || code === "unsupported" ? code : "unavailable";
  return { code: known, alias: typeof alias === "string" ? alias : null };
}

/** The platform's keys together with what is stored of them. */
export class DeviceKeys {
  readonly #keys: NativeKeys;
  readonly #store: InstanceStore;
  readonly #clock: AgentClock;
  readonly #build: string;
  readonly #development: string | null;

  constructor(
    keys: NativeKeys,
    store: InstanceStore,
    clock: AgentClock,
    made: { readonly build: string; readonly development: string | null },
  ) {
    this.#keys = keys;
    this.#store = store;
    this.#clock = clock;
    this.#build = made.build;
    this.#development = made.development;
  }

  /**
   * Puts aside what another way of enrolling left: a key of the platform's once a development key is given, one of an earlier development
   * key, and the other way round. The service judges them by what they enrolled with, which is not what is given now.
   */
  async putOthersAside(): Promise<void> {
    const { held, pending, superseded } = this.#store.current();
    const isOther = (key: DeviceKey | null): key is DeviceKey =>
      key !== null && (key.development ?? null) !== this.#development;
    const others = [held, pending].filter(isOther);
    if (others.length === 0) return;
    await this.#store.update({
      ...(isOther(held) ? { held: null, credential: null, challenge: null } : {}),
      ...(isOther(pending) ? { pending: null } : {}),
      halfMade: null,
      superseded: [...superseded, ...others.map(({ alias }) => alias)],
    });
  }

  /** The pending key whose evidence may still be sent: within the hour, and not turned down. */
  freshPending(): PendingKey | null {
    const { pending } = this.#store.current();
    if (pending === null || pending.evidenceSpent) return null;
    return this.#clock.ageMs(pending.madeAt) < evidenceGoodMs ? pending : null;
  }

  /** Seconds until an outcome or error may drive an enrolment; 0: now. */
  enrolmentWaitSeconds(): number {
    const { drivenEnrolments, held } = this.#store.current();
    return enrolmentWaitSeconds(drivenEnrolments, this.#clock, held !== null);
  }

  /** Seconds until a pending key whose evidence is turned down again and again may be given up for another; 0: now. */
  giveUpWaitSeconds(): number {
    const { pending } = this.#store.current();
    const leftMs = pending === null ? 0 : pendingGoodMs - this.#clock.ageMs(pending.madeAt);
    return Math.ceil(Math.max(0, leftMs) / 1000);
  }

  /** Counts one enrolment that an outcome or error drives. */
  async recordDriven(): Promise<void> {
    await this.#store.update({
      drivenEnrolments: recordEnrolment(this.#store.current().drivenEnrolments, this.#clock),
    });
  }

  /** Makes a key and its evidence over this open challenge, and stores both before anything is sent. Throws AgentError. */
  async make(challenge: ChallengeFields): Promise<PendingKey> {
    const made = await this.#enrol(challenge, this.#store.current().halfMade);
    const { pending: old, superseded } = this.#store.current();
    const pending: PendingKey = {
      alias: made.alias,
      instanceKey: encodeBase64url(made.instanceKey),
      attestedKey: encodeBase64url(this.#development === null ? made.attestedKey : made.instanceKey),
      build: this.#build,
      ...(this.#development === null ? {} : { development: this.#development }),
      evidence: this.#development === null ? made.evidence : [],
      madeAt: this.#clock.moment(),
      evidenceSpent: false,
    };
    await this.#store.update({
      pending,
      halfMade: null,
      superseded: old === null || old.alias === pending.alias ? superseded : [...superseded, old.alias],
    });
    return pending;
  }

  async #enrol(challenge: ChallengeFields, alias: string | null): Promise<EnrolledKey> {
    try {
      return await this.#keys.enrol(Uint8Array.from(challenge.bytes), alias ?? undefined);
    } catch (error) {
      const fault = toKeyFault(error);
      if (fault.code === "unsupported") throw new AgentError("key_unsupported");
      if (fault.code === "invalid_key" && alias !== null) {
        await this.#store.update({ halfMade: null });
        return this.#enrol(challenge, null);
      }
      if (fault.alias !== null) await this.#store.update({ halfMade: fault.alias });
      throw new AgentError("key_unavailable");
    }
  }

  /** The platform says the key is gone for ever: it is the one unsigned word that ends a key. */
  async drop(alias: string): Promise<void> {
    const { held, pending, superseded } = this.#store.current();
    await this.#store.update({
      ...(held?.alias === alias ? { held: null, credential: null, challenge: null } : {}),
      ...(pending?.alias === alias ? { pending: null } : {}),
      superseded: [...superseded, alias],
    });
  }

  /**
   * The service itself said that it does not know this key: whoever turned its evidence down was not the service. Within the hour the
   * evidence may be sent again.
   */
  async reviveEvidence(alias: string): Promise<void> {
    const { pending } = this.#store.current();
    if (pending?.alias === alias) await this.#store.update({ pending: { ...pending, evidenceSpent: false } });
  }

  async spendEvidence(): Promise<void> {
    const { pending } = this.#store.current();
    if (pending !== null) await this.#store.update({ pending: { ...pending, evidenceSpent: true } });
  }

  /** A session was opened with this key: it is the held one from now on, and what it replaces may be deleted. */
  async settle(key: DeviceKey, session: Pick<StoredInstance, "credential" | "challenge">): Promise<void> {
    const { held, pending, superseded } = this.#store.current();
    const old = held === null || held.alias === key.alias ? superseded : [...superseded, held.alias];
    const { alias, instanceKey, attestedKey, build, development } = key;
    const left = pending?.alias === alias ? null : pending;
    await this.#store.update({
      ...session,
      held: { alias, instanceKey, attestedKey, build, ...(development === undefined ? {} : { development }) },
      pending: left,
      superseded: old,
    });
    const undeleted: string[] = [];
    for (const each of old.filter((name) => name !== alias)) {
      await this.#keys.forget(each).catch(() => undeleted.push(each));
    }
    if (old.length > 0) await this.#store.update({ superseded: undeleted });
  }
}
