import type { Configuration } from "@countersign/protocol";
import type { NativeBridge, NativeIdentity } from "../native/native-bridge.ts";
import type { Clock, Randomness } from "../ports.ts";

/** A key that the native half made for the checks. */
export interface MadeKey {
  readonly alias: string;
  readonly point: Uint8Array;
  readonly made: Awaited<ReturnType<NativeBridge["enrol"]>>;
}

/** What a check has to work with. */
export interface Bench {
  readonly bridge: NativeBridge;
  readonly identity: NativeIdentity;
  readonly configuration: Configuration;
  readonly randomness: Randomness;
  readonly clock: Clock;
  /** b64u of fresh random bytes. */
  random(length: number): string;
  /** The key that the checks share, and the other one. */
  key(): Promise<MadeKey>;
  otherKey(): Promise<MadeKey>;
}

/** One promise of the contract, and how it is put to the test. Throws where it is broken. */
export interface Check {
  readonly name: string;
  run(bench: Bench): Promise<void>;
}

/** A promise that was not kept: `message` says what came instead, and holds no value of a key or token. */
export class BrokenPromise extends Error {}

/** What cannot be asked here: not broken, not held. */
export class CannotAsk extends Error {}

export function demand(isHeld: boolean, instead: string): asserts isHeld {
  if (!isHeld) throw new BrokenPromise(instead);
}

/** A call that must be refused, with one of these codes. */
export async function demandRefusal(
  what: string,
  call: () => Promise<unknown>,
  codes: readonly string[],
): Promise<void> {
  const code = await call().then(
    () => "an answer",
    (error: unknown) => codeOf(error) ?? "an error without a code",
  );
  demand(codes.includes(code), `${what} gave ${code} and not ${codes.join(" or ")}`);
}

/** The code a call was refused with. Its text is the platform's, and may hold what was sent. */
export function codeOf(error: unknown): string | null {
  const code = (error as { readonly code?: unknown } | null)?.code;
  return typeof code === "string" ? code : null;
}
