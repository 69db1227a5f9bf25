import type { ProblemCode } from "@countersign/protocol";
import type { AgentErrorCode } from "../errors.ts";

/** What a round does on a problem (protocol section 7); every repeat counts against the same bound. */
export type Reaction =
  | { readonly kind: "stop"; readonly error: AgentErrorCode }
  | { readonly kind: "fresh_challenge" }
  | { readonly kind: "again" }
  | { readonly kind: "without_credential" }
  | { readonly kind: "enrol_beside" }
  | { readonly kind: "back_off" };

const stop = (error: AgentErrorCode): Reaction => ({ kind: "stop", error });

const reactions = {
  malformed: stop("malformed"),
  too_large: stop("too_large"),
  unsupported_media_type: stop("unsupported_media_type"),
  unsupported_version: stop("unsupported_version"),
  unknown_project: stop("unknown_project"),
  not_found: stop("not_found"),
  method_not_allowed: stop("not_found"),
  challenge_invalid: { kind: "fresh_challenge" },
  challenge_expired: { kind: "fresh_challenge" },
  challenge_spent: { kind: "fresh_challenge" },
  evidence_challenge_reused: { kind: "fresh_challenge" },
  counter_stale: { kind: "again" },
  credential_invalid: { kind: "without_credential" },
  proof_invalid: { kind: "enrol_beside" },
  slow_down: { kind: "back_off" },
  unavailable: { kind: "back_off" },
  internal: { kind: "back_off" },
} as const satisfies Partial<Record<ProblemCode, Reaction>>;

/** A code that device calls answer with. */
export type DeviceProblem = keyof typeof reactions;

/** Any other code, of the table of problems or not, counts as no answer. */
export function isDeviceProblem(code: string): code is DeviceProblem {
  return Object.hasOwn(reactions, code);
}

export function reactionTo(code: DeviceProblem): Reaction {
  return reactions[code];
}
