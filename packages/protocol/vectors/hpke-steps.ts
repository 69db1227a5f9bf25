import { concatBytes } from "@countersign/protocol";
import { hpkeSchedule, sessionPublicKey } from "@countersign/protocol/server";
import { x25519 } from "@noble/curves/ed25519.js";

/** Every intermediate of one seal; the Diffie-Hellman value comes from another library than the service uses. */
export function hpkeSteps(skE: Uint8Array, recipient: Uint8Array, info: Uint8Array): Record<string, Uint8Array> {
  const enc = sessionPublicKey(skE);
  const dh = x25519.getSharedSecret(skE, recipient);
  const schedule = hpkeSchedule(dh, enc, recipient, info);
  return {
    dh,
    kemContext: concatBytes(enc, recipient),
    sharedSecret: schedule.sharedSecret,
    keyScheduleContext: schedule.context,
    secret: schedule.secret,
    key: schedule.key,
    baseNonce: schedule.nonce,
    exporterSecret: schedule.exporterSecret,
  };
}
