import type { AttackLab } from "./lab.ts";

/** What an attack must end in: a problem of the protocol, a refusal by its first reason, or a typed error of the agent. */
export type AttackExpectation =
  | { readonly kind: "problem"; readonly code: string }
  | { readonly kind: "refused"; readonly code: string }
  | { readonly kind: "agent_error"; readonly code: string }
  | { readonly kind: "session"; readonly code: string };

export interface AttackOutcome {
  readonly verdict: "trusted" | "restricted" | "refused" | null;
  readonly arc: string | null;
  /** Problem or agent error code; null where the ARC must be resolved to its first reason. */
  readonly code: string | null;
  readonly secretDelivered: boolean;
  /** Status of the protected API, where the attack got so far. */
  readonly upstreamStatus: number | null;
  /** Every byte the attacker could see: each body on the wire, and what the attacker's own session key opened. */
  readonly seen: readonly Uint8Array[];
}

/** One way to try. `run` rejects only where a property broke in a way that no outcome expresses. */
export interface Attack {
  /** kebab-case. */
  readonly name: string;
  readonly platform: "ios" | "android" | "any";
  /** One sentence: what the attacker does. */
  readonly attack: string;
  readonly expected: AttackExpectation;
  run(lab: AttackLab): Promise<AttackOutcome>;
}
