import { encodeBase64url, parseConfigurationString } from "@countersign/protocol";
import type { NativeBridge, NativeIdentity } from "../native/native-bridge.ts";
import type { Clock, Randomness } from "../ports.ts";
import { BrokenPromise, CannotAsk, type Check, codeOf } from "./check.ts";
import { exchangeChecks } from "./exchange-checks.ts";
import { forgettingCheck, keyChecks } from "./key-checks.ts";
import { createKeys } from "./made-key.ts";
import { processChecks } from "./process-checks.ts";
import { proofChecks } from "./proof-checks.ts";

export interface NativeCheckOptions {
  /** `cs1~…` or `csd1~…`: the app's own, whose service is running. */
  readonly configuration: string;
  readonly bridge: NativeBridge;
  readonly identity: NativeIdentity;
  readonly randomness: Randomness;
  readonly clock: Clock;
  /** Told of each outcome as it comes. */
  readonly onOutcome?: (outcome: CheckOutcome) => void;
}

/** What came of one promise. `instead` says what is wrong, or why it could not be asked; it holds no value of a key. */
export interface CheckOutcome {
  readonly name: string;
  readonly outcome: "held" | "broken" | "not asked";
  readonly instead: string | null;
}

export interface NativeCheckReport {
  readonly v: 1;
  readonly identity: NativeIdentity;
  /** True where nothing is broken. */
  readonly held: boolean;
  readonly outcomes: readonly CheckOutcome[];
}

const checks: readonly Check[] = [...processChecks, ...keyChecks, ...proofChecks, forgettingCheck, ...exchangeChecks];

/**
 * Asks a native half everything that its contract promises and that can be asked from JavaScript: about a minute on a phone, most of it the making of
 * keys. What it makes it has forgotten again. Never rejects for a broken promise.
 *
 * @throws TypeError where the configuration string is none.
 */
export async function checkNativeHalf(options: NativeCheckOptions): Promise<NativeCheckReport> {
  const { bridge, identity, randomness, clock, onOutcome } = options;
  const parsed = parseConfigurationString(options.configuration);
  if (!parsed.ok) throw new TypeError(parsed.detail);
  const random = (length: number): string => encodeBase64url(randomness.bytes(length));
  const { key, otherKey, forgetAll } = createKeys({ bridge, configuration: parsed.value, random });
  const bench = { bridge, identity, configuration: parsed.value, randomness, clock, random, key, otherKey };
  const outcomes: CheckOutcome[] = [];
  for (const { name, run } of checks) {
    const outcome = await run(bench).then(
      (): CheckOutcome => ({ name, outcome: "held", instead: null }),
      (error: unknown): CheckOutcome => ({
        name,
        outcome: error instanceof CannotAsk ? "not asked" : "broken",
        instead: error instanceof BrokenPromise || error instanceof CannotAsk ? error.message : refusalOf(error),
      }),
    );
    outcomes.push(outcome);
    onOutcome?.(outcome);
  }
  await forgetAll();
  return { v: 1, identity, held: outcomes.every(({ outcome }) => outcome !== "broken"), outcomes };
}

function refusalOf(error: unknown): string {
  const code = codeOf(error);
  return code === null ? "an error without a code" : `it was refused: ${code}`;
}
