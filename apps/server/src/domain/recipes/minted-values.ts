import type { SecretValue } from "../ports/index.ts";
import type { MintTarget } from "./mint-guard.ts";

/** A minted value in memory, and until when it may be used. */
export interface HeldMint {
  readonly version: number;
  readonly value: SecretValue;
  readonly lifetimeMs: number;
  readonly endsAtMs: number;
  /** The instance's subject; null where all share the value. */
  readonly subject: string | null;
}

/** Minted values by secret and instance, those least lately used giving way. Never written anywhere. */
export interface MintedValues {
  get(target: MintTarget): HeldMint | null;
  put(target: MintTarget, held: HeldMint): void;
  /** Drops what is not of the present version of its secret; `versionOf` null: there is no such secret any more. */
  keepCurrent(project: string, versionOf: (secret: string) => number | null): void;
  /** Drops what was minted for an instance or a subject. */
  dropBearer(project: string, by: "instance" | "subject", target: string): void;
}

interface Entry extends HeldMint {
  readonly target: MintTarget;
}

export function createMintedValues({
  capacity,
  nowMs,
}: {
  readonly capacity: number;
  readonly nowMs: () => number;
}): MintedValues {
  const entries = new Map<string, Entry>();
  const keyOf = ({ project, secret, instance }: MintTarget): string => `${project}/${secret}/${instance}`;
  const dropWhere = (isGone: (entry: Entry) => boolean): void => {
    for (const [key, entry] of entries) if (isGone(entry)) entries.delete(key);
  };

  return {
    get(target) {
      const key = keyOf(target);
      const held = entries.get(key);
      if (held === undefined) return null;
      entries.delete(key);
      if (held.version !== target.version || held.target.setAtMs !== target.setAtMs) return null;
      if (nowMs() >= held.endsAtMs) return null;
      entries.set(key, held);
      return held;
    },
    put(target, held) {
      const key = keyOf(target);
      const before = entries.get(key);
      const isLater = (before?.target.setAtMs ?? 0) - target.setAtMs || (before?.version ?? 0) - held.version;
      if (before !== undefined && isLater > 0) return;
      entries.delete(key);
      if (entries.size >= capacity) dropWhere(({ endsAtMs }) => nowMs() >= endsAtMs);
      if (entries.size >= capacity) entries.delete(entries.keys().next().value ?? "");
      entries.set(key, { ...held, target });
    },
    keepCurrent: (project, versionOf) =>
      dropWhere(({ target, version }) => target.project === project && versionOf(target.secret) !== version),
    dropBearer: (project, by, name) =>
      dropWhere(
        ({ target, subject }) => target.project === project && (by === "instance" ? target.instance : subject) === name,
      ),
  };
}
