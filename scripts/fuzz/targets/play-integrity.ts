import { openPlayIntegrityToken, parsePlayIntegrityKeys, verifyPlayIntegrity } from "@countersign/attestation";
import { loadSeeds, loadWorld } from "../corpus.ts";
import { type FuzzTarget, guarantee } from "../target.ts";
import { same } from "./same.ts";

const { play } = loadWorld();
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("utf8");
const words = (...all: readonly string[]): readonly Uint8Array[] =>
  all.map((word) => new Uint8Array(Buffer.from(word)));

/** Classic tokens: sealed, so that only whole seeds open. */
function token(): FuzzTarget {
  const keys = parsePlayIntegrityKeys(play);
  if (keys === null) throw new Error("the corpus lacks Play Integrity keys");
  const seeds = loadSeeds("play-token");
  return {
    name: "play-token",
    shape: "bytes",
    seeds,
    words: words(".", "..", "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0", "=", "A", "-_"),
    async read(input) {
      const opened = await openPlayIntegrityToken(text(input), keys);
      guarantee(opened.checks.length > 3, "checks are missing");
      if (opened.ok)
        guarantee(
          seeds.some((seed) => same(seed, input)),
          "a forged token opens",
        );
      return opened.ok;
    },
  };
}

/** Verdicts as JSON: what is accepted says what was demanded. */
const verdict: FuzzTarget = {
  name: "play-verdict",
  shape: "json",
  seeds: loadSeeds("play-verdict"),
  words: words(
    '"MEETS_DEVICE_INTEGRITY"',
    '"nonce":',
    '"requestHash":',
    '"testingDetails":{"isTestingResponse":true},',
    "null",
    "[]",
  ),
  read(input) {
    let payload: unknown;
    try {
      payload = JSON.parse(text(input));
    } catch {
      return false;
    }
    const { packageName, signingDigest, requestHash, nowMs } = play;
    const verification = verifyPlayIntegrity({
      payload,
      expected: {
        packageName,
        signingDigests: [signingDigest],
        nonce: new Uint8Array(Buffer.from(play.nonce, "base64")),
        requestHash,
      },
      nowMs,
      requiredDeviceLabels: ["MEETS_DEVICE_INTEGRITY"],
      allowTesting: false,
    });
    guarantee(verification.checks.length > 5, "checks are missing");
    if (!verification.ok) return verification.facts !== null;
    const { facts } = verification;
    guarantee(facts.packageName === packageName && !facts.testing, "accepted for another app, or for a tester");
    guarantee(facts.deviceLabels.includes("MEETS_DEVICE_INTEGRITY"), "accepted without the demanded label");
    guarantee(facts.signingDigests.includes(signingDigest), "accepted under another signing certificate");
    guarantee(Math.abs(nowMs - facts.requestedAtMs) <= 660_000, "accepted though it is old");
    return true;
  },
};

/** Play Integrity, opened and judged. */
export const playTargets: readonly FuzzTarget[] = [token(), verdict];
