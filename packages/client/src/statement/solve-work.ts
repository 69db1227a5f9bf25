import { type ChallengeFields, checkWork, u32 } from "@countersign/protocol";
import { pause } from "../clock/pause.ts";
import { sha256 } from "../crypto/sha256.ts";
import type { AbortHandle, Timers } from "../ports.ts";

const triesPerTurn = 4096;

/**
 * The 8 bytes a challenge of `workBits` > 0 demands (protocol section 4); null where it demands none, or the agent was stopped. Gives way
 * to the app after every few thousand tries.
 */
export async function solveWork(
  challenge: ChallengeFields,
  timers: Timers,
  abort: AbortHandle,
): Promise<Uint8Array | null> {
  if (challenge.workBits === 0) return null;
  const work = new Uint8Array(8);
  for (let count = 0; !abort.aborted; count += 1) {
    work.set(u32(count % 2 ** 32), 4);
    if (checkWork(sha256, challenge, work)) return work;
    if (count % triesPerTurn === triesPerTurn - 1) await pause(timers, 0, abort);
  }
  return null;
}
