import type { Verification } from "@countersign/attestation";

/** `work` again and again, each run checked by itself. */
export function repeat(work: () => void): (iterations: number) => void {
  return (iterations) => {
    for (let index = 0; index < iterations; index += 1) work();
  };
}

/** A bench measures what is accepted, never an early refusal. */
export function assertAccepted(verification: Verification<unknown>): void {
  if (!verification.ok) throw new Error(`refused: ${verification.reason}`);
}
