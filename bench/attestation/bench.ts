import type { BenchSet } from "../measure.ts";
import { androidBench, firstAndroidBench } from "./android.ts";
import { appAttestBench } from "./app-attest.ts";
import { assertionBench } from "./assertion.ts";
import { loadEvidence } from "./evidence.ts";
import { measureGrowth } from "./growth.ts";
import { webauthnBench } from "./webauthn.ts";

/** Every verifier against bare cryptography and against the packages that exist, and how its cost grows with the input. */
export async function attestationBench(): Promise<BenchSet> {
  const { source, appAttest, assertion, android } = loadEvidence();
  return {
    what: `verification of evidence: ${source}`,
    parts: {
      "app-attest": appAttestBench(appAttest, source),
      assertion: assertionBench(assertion, source),
      ...Object.fromEntries(
        android.flatMap((sample, index) => [
          [`android-${index + 1}`, androidBench(sample)],
          [`android-${index + 1}-first`, firstAndroidBench(sample)],
        ]),
      ),
      "android-webauthn": webauthnBench(),
    },
    tables: () => ({ growth: measureGrowth() }),
  };
}
