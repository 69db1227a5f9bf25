import { compareManifestOrder } from "@countersign/protocol";
import type { BrokerContent, BrokerState, StateBan, StateSecret } from "../domain/brokers/broker-state.ts";
import { standingStaleMs, standingUnder } from "../domain/device/standing.ts";
import type { HoldValue, WipeableValue } from "../domain/ports/index.ts";

/** A secret that is held: its value, where it has one, in a type that does not print. */
export interface HeldStateSecret extends Omit<StateSecret, "value"> {
  readonly value: WipeableValue | null;
}

/** What is held of a project. */
export interface HeldContent extends Omit<BrokerContent, "secrets"> {
  readonly secrets: ReadonlyMap<string, HeldStateSecret>;
}

/** `rolled_back`: what came is older than what is held. `incomplete`: it leaves out a part that is not held. */
export type Taken = "taken" | "rolled_back" | "incomplete";

/** What a broker that stands alone knows: in memory, and no longer than 30 s after the service last said so. */
export interface HeldState {
  /** Takes what was asked for at `askedAtMs`, by the monotonic clock. */
  take(state: BrokerState, askedAtMs: number): Taken;
  /** Forgets everything at once, and overwrites values. */
  forget(): void;
  /** What is held and still counts; null otherwise. */
  current(): HeldContent | null;
  isBanned(instance: string, subject: string, nowMs: number): boolean;
  /** Where agents reach this broker, as the service last said; null where it did not. */
  origin(): string | null;
  /** The revisions held, for the next question. */
  holds(): { readonly project: string | null; readonly bans: string | null };
}

export interface HeldStateOptions {
  readonly monotonicMs: () => number;
  readonly hold: HoldValue;
  /** For how long an answer counts. Default 30 s. */
  readonly staleMs?: number;
}

export function createHeldState({ monotonicMs, hold, staleMs = standingStaleMs }: HeldStateOptions): HeldState {
  let content: HeldContent | null = null;
  let bans: ReadonlyMap<string, readonly StateBan[]> | null = null;
  let revisions: { project: string | null; bans: string | null } = { project: null, bans: null };
  let order = { epoch: -1, version: -1 };
  let sequence = -1;
  let origin: string | null = null;
  let askedAtMs = Number.NEGATIVE_INFINITY;

  function wipe(): void {
    for (const { value } of content?.secrets.values() ?? []) value?.wipe();
    for (const keys of [...(content?.passKeys.values() ?? []), ...(content?.linkKeys.values() ?? [])])
      for (const key of Object.values<Uint8Array>({ ...keys })) key.fill(0);
    content = null;
  }

  return {
    take(state, atMs) {
      const next = state.project.content;
      if (next !== null && compareManifestOrder(next.manifest, order) < 0) return "rolled_back";
      if (state.bans.sequence < sequence) return "rolled_back";
      if (next === null && (content === null || revisions.project !== state.project.revision)) return "incomplete";
      if (state.bans.content === null && (bans === null || revisions.bans !== state.bans.revision)) return "incomplete";
      if (next !== null) {
        wipe();
        content = toHeld(next, hold);
        order = { epoch: next.manifest.epoch, version: next.manifest.version };
      }
      if (state.bans.content !== null) bans = Map.groupBy(state.bans.content, ({ by, target }) => `${by}/${target}`);
      sequence = state.bans.sequence;
      origin = state.origin;
      revisions = { project: state.project.revision, bans: state.bans.revision };
      askedAtMs = Math.max(askedAtMs, atMs);
      return "taken";
    },
    forget() {
      wipe();
      bans = null;
      revisions = { project: null, bans: null };
      askedAtMs = Number.NEGATIVE_INFINITY;
    },
    current: () => (bans !== null && monotonicMs() - askedAtMs <= staleMs ? content : null),
    isBanned(instance, subject, nowMs) {
      if (bans === null) return true;
      const held = [...(bans.get(`instance/${instance}`) ?? []), ...(bans.get(`subject/${subject}`) ?? [])];
      const { banned, quarantined } = standingUnder(held, nowMs);
      return banned || quarantined;
    },
    origin: () => origin,
    holds: () => revisions,
  };
}

function toHeld(content: BrokerContent, hold: HoldValue): HeldContent {
  const secrets = content.secrets.map(({ value, ...secret }): [string, HeldStateSecret] => {
    const held = value === null ? null : hold(value);
    value?.fill(0);
    return [secret.name, { ...secret, value: held }];
  });
  return { ...content, secrets: new Map(secrets) };
}
