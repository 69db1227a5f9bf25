import { timingSafeEqual } from "node:crypto";
import { concatBytes, u8, u16, u48 } from "../bytes.ts";
import { type ChallengeKind, challengeMacInput } from "../challenge.ts";
import * as limits from "../limits.ts";
import { deriveKey, hmacSha256 } from "./derive-key.ts";

export interface ChallengeMint {
  readonly kind: ChallengeKind;
  /** Raw project id, 16 bytes. */
  readonly project: Uint8Array;
  /** Raw instance id, 16 bytes; continuing challenges only. */
  readonly scope?: Uint8Array;
  readonly generation: number;
  /** The service seed of that generation, 32 bytes. */
  readonly seed: Uint8Array;
  readonly nowMs: number;
  /** Default 120 (open) or 3600 (continuing). */
  readonly lifetimeSeconds?: number;
  /** 0 to 20; default 0. */
  readonly workBits?: number;
  /** 16 fresh random bytes. */
  readonly random: Uint8Array;
}

const openScope = new Uint8Array(16);

function macOf(seed: Uint8Array, project: Uint8Array, scope: Uint8Array, first28: Uint8Array): Uint8Array {
  return hmacSha256(deriveKey(seed, "challenge-key"), challengeMacInput(project, scope, first28));
}

/** Makes the 60 bytes of a challenge (section 4). Stateless: nothing is stored. Wrong lengths and ranges are TypeErrors. */
export function mintChallenge(options: ChallengeMint): Uint8Array {
  const { kind, project, generation, seed, nowMs, random } = options;
  const open = kind === "open";
  const scope = open ? openScope : options.scope;
  if (project.length !== 16 || scope?.length !== 16 || random.length !== 16) {
    throw new TypeError("project, scope and random have 16 bytes each");
  }
  const workBits = options.workBits ?? 0;
  if (workBits > limits.workBits) throw new TypeError("at most 20 work bits");
  const lifetime = options.lifetimeSeconds ?? (open ? limits.openChallengeSeconds : limits.continuingChallengeSeconds);
  const first28 = concatBytes(
    u8(1),
    u8(open ? 0 : 1),
    u8(generation),
    u8(workBits),
    u48(Math.floor(nowMs)),
    u16(lifetime),
    random,
  );
  return concatBytes(first28, macOf(seed, project, scope, first28));
}

/** Whether the MAC of a challenge is ours, for this project and scope. `scope` is left out for an open challenge. Constant time. */
export function checkChallengeMac(
  bytes: Uint8Array,
  key: { readonly project: Uint8Array; readonly scope?: Uint8Array; readonly seed: Uint8Array },
): boolean {
  if (bytes.length !== 60 || key.project.length !== 16) return false;
  const scope = bytes[1] === 0 ? openScope : key.scope;
  if (scope?.length !== 16) return false;
  return timingSafeEqual(macOf(key.seed, key.project, scope, bytes.subarray(0, 28)), bytes.subarray(28));
}
