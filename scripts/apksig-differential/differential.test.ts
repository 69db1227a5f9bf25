import { describe, expect, it } from "vitest";
import { requireAll } from "../../testing/vectors.ts";
import { hasApksig, startApksig } from "./apksig.ts";
import { hasSeeds } from "./cases.ts";
import { compareRange, stricter } from "./compare.ts";

const isComplete = hasApksig && hasSeeds;

describe.skipIf(!isComplete && !requireAll)(
  "what AOSP's verifier refuses (needs a JDK, apksig and the vectors)",
  () => {
    it("is refused, and what it takes is by the same signers or refused for a stated reason, of 1500 changed and made packages", {
      timeout: 120_000,
    }, async () => {
      const apksig = startApksig();
      try {
        const { bothVerified, disagreements } = await compareRange(apksig, "test", 0, 1500);
        const unknown = disagreements.filter(
          ({ kind, cause }) => kind !== "refused" || !Object.hasOwn(stricter, cause),
        );
        expect(unknown.map(({ kind, cause, case: { name } }) => `${kind} ${cause} ${name}`)).toEqual([]);
        expect(bothVerified).toBeGreaterThan(100);
      } finally {
        apksig.close();
      }
    });
  },
);
