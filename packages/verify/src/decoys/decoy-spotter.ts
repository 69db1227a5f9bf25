import { decodeBase64url, decoyValueInput, encodeBase64url, presentedValues } from "@countersign/protocol";
import type { CryptoPort, ImportedKey } from "../crypto/port.ts";
import type { RequestView } from "../request-view.ts";
import type { DecoyList } from "../service/service-port.ts";

/** How often the list is asked for anew, and how long after a failure it is asked for again. */
const refreshMs = 60_000;
/** Requests that are looked at at once. Beyond it they are not: nothing that waits may grow. */
const mostLooked = 256;

/** Looks for decoys in requests. No verdict waits for it, and nothing it meets is thrown. */
export interface DecoySpotter {
  look(view: RequestView): void;
  /** Resolves when every request that was given has been looked at. */
  settled(): Promise<void>;
}

export interface DecoySpotterOptions {
  readonly crypto: CryptoPort;
  /** What to look for; null where it cannot be had. */
  readonly list: () => Promise<DecoyList | null>;
  readonly nowMs: () => number;
  /** Told of each use by the list's own hash. */
  readonly onSpotted: (hash: string) => void;
}

interface Held {
  readonly lengths: ReadonlySet<number>;
  readonly hashes: ReadonlySet<string>;
  readonly salt: ImportedKey;
}

export function createDecoySpotter({ crypto, list, nowMs, onSpotted }: DecoySpotterOptions): DecoySpotter {
  const looking = new Set<Promise<void>>();
  let held: Held | null = null;
  let asking: Promise<void> | null = null;
  let askedAtMs = Number.NEGATIVE_INFINITY;

  async function ask(): Promise<void> {
    const answer = await list();
    const bytes = answer === null ? null : decodeBase64url(answer.salt, 32);
    const salt = bytes === null ? null : await crypto.importKey("HS256", { kind: "secret", bytes });
    // Without an answer what was known goes on being looked for.
    if (answer === null || salt === null) return;
    const { decoys } = answer;
    held = {
      salt,
      lengths: new Set(decoys.map(({ length }) => length)),
      hashes: new Set(decoys.map((each) => each.hash)),
    };
  }

  /** The list at hand; only where there is none yet is it waited for. */
  async function known(): Promise<Held | null> {
    if (asking === null && nowMs() - askedAtMs >= refreshMs) {
      askedAtMs = nowMs();
      asking = ask()
        .catch(() => {})
        .finally(() => {
          asking = null;
        });
    }
    if (held === null) await asking;
    return held;
  }

  async function lookAt({ headers, url }: RequestView): Promise<void> {
    const current = await known();
    if (current === null || current.hashes.size === 0) return;
    for (const value of presentedValues({ headers, target: url }, current.lengths)) {
      const digest = await crypto.sha256(decoyValueInput(value));
      const hash = encodeBase64url(await crypto.hmac(current.salt, digest));
      if (current.hashes.has(hash)) onSpotted(hash);
    }
  }

  return {
    look(view) {
      if (looking.size >= mostLooked) return;
      const look = lookAt(view)
        .catch(() => {})
        .finally(() => looking.delete(look));
      looking.add(look);
    },
    async settled() {
      await Promise.all(looking);
    },
  };
}
