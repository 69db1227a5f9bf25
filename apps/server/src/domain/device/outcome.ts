import type { ProblemCode, SignedAnswer } from "@countersign/protocol";

/** What a call of the device API ends in: a signed answer, or a problem that speaks of the protocol alone. */
export type DeviceOutcome = { readonly ok: true; readonly answer: SignedAnswer } | DeviceProblem;

export interface DeviceProblem {
  readonly ok: false;
  readonly code: ProblemCode;
  /** For the log: names members of the format, never input. */
  readonly detail: string;
  /** A fresh open challenge, where the code asks for a new statement. */
  readonly challenge?: string;
  readonly retryAfterSeconds?: number;
}

/** One call as the HTTP layer hands it on. */
export interface DeviceCall {
  readonly body: Uint8Array;
  /** A keyed name of the caller's network; never the address. */
  readonly network: string;
  /** The caller's address, where it is known: for a claim of its own tokens alone, never stored, never logged. */
  readonly address: string | null;
  /** The `Origin` header of a browser, where there was one. */
  readonly origin: string | null;
}

export function problem(
  code: ProblemCode,
  detail: string,
  extra: Pick<DeviceProblem, "challenge" | "retryAfterSeconds"> = {},
): DeviceProblem {
  return { ok: false, code, detail, ...extra };
}
