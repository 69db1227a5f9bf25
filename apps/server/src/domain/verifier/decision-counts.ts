import { type VerifyReason, verifyReasons } from "@countersign/protocol";
import type { Traffic, Verifier } from "../ports/index.ts";
import type { TrafficName } from "./traffic-names.ts";

const hourMs = 3_600_000;
/** A batch that the record refuses as often is dropped: its credential was removed meanwhile. */
const mostTries = 5;

interface Batch {
  readonly project: string;
  readonly verifier: string;
  readonly api: string;
  /** Equal in every attempt to write one batch: the record counts it once. */
  readonly nonce: string;
  readonly hourMs: number;
  readonly counts: Map<string, number>;
  tries: number;
}

/** How decisions fell, by credential, API and hour, until they are written beside what backends report. */
export interface DecisionCounts {
  /** `reason` null: the request may pass. */
  note(verifier: Pick<Verifier, "project" | "name">, api: string, reason: VerifyReason | null): void;
  /** Writes what waits; what the record does not take is tried again at the next call. */
  flush(): Promise<void>;
}

export function createDecisionCounts(deps: {
  readonly traffic: Pick<Traffic, "add">;
  readonly clock: { nowMs(): number };
  readonly random: (length: number) => Uint8Array;
}): DecisionCounts {
  const { traffic, clock, random } = deps;
  const filling = new Map<string, Batch>();
  let waiting: Batch[] = [];

  return {
    note({ project, name: verifier }, api, reason) {
      const hour = Math.floor(clock.nowMs() / hourMs) * hourMs;
      const key = `${project}/${verifier}/${api}/${hour}`;
      let batch = filling.get(key);
      if (batch === undefined) {
        const nonce = Buffer.from(random(16)).toString("base64url");
        batch = { project, verifier, api, nonce, hourMs: hour, counts: new Map(), tries: 0 };
        filling.set(key, batch);
      }
      for (const name of namesOf(reason)) batch.counts.set(name, (batch.counts.get(name) ?? 0) + 1);
    },
    async flush() {
      const batches = [...waiting, ...filling.values()];
      filling.clear();
      waiting = [];
      for (const batch of batches) {
        const { tries, counts, ...report } = batch;
        try {
          await traffic.add({ ...report, atMs: clock.nowMs(), counts: Object.fromEntries(counts) });
        } catch {
          batch.tries = tries + 1;
          if (batch.tries < mostTries) waiting.push(batch);
        }
      }
    },
  };
}

function namesOf(reason: VerifyReason | null): readonly (TrafficName | `reason:${VerifyReason}`)[] {
  if (reason === null) return ["verified"];
  const { bucket } = verifyReasons[reason];
  const name = bucket === "unknown_origin" ? "unknownOrigin" : bucket;
  return [name, ...(reason === "decoy" ? (["decoys"] as const) : []), `reason:${reason}`];
}
