import { concatBytes, toUtf8, u16 } from "@countersign/protocol";
import { open } from "./chacha20-poly1305.ts";
import { hmacSha256 } from "./hmac.ts";
import { sharedSecret, type X25519KeyPair } from "./x25519.ts";

const version = toUtf8("HPKE-v1");
const kemSuite = concatBytes(toUtf8("KEM"), u16(0x0020));
const hpkeSuite = concatBytes(toUtf8("HPKE"), u16(0x0020), u16(0x0001), u16(0x0003));
const empty = new Uint8Array(0);

/** HKDF-Extract (RFC 5869 §2.2): HMAC pads an empty salt with the zeros it stands for. */
function labeledExtract(suite: Uint8Array, salt: Uint8Array, label: string, ikm: Uint8Array): Uint8Array {
  return hmacSha256(salt, concatBytes(version, suite, toUtf8(label), ikm));
}

/** HKDF-Expand (RFC 5869 §2.3) of at most 32 bytes: the first block of it. */
function labeledExpand(
  suite: Uint8Array,
  prk: Uint8Array,
  label: string,
  info: Uint8Array,
  length: number,
): Uint8Array {
  const block = hmacSha256(prk, concatBytes(u16(length), version, suite, toUtf8(label), info, Uint8Array.of(1)));
  return block.subarray(0, length);
}

/**
 * Opens one message sealed by HPKE in base mode (RFC 9180 §5.1.1) with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and ChaCha20Poly1305:
 * the first message of its context. The protocol's AAD is empty. Null where anything does not fit; an all-zero shared secret is refused.
 */
export function openHpke(
  recipient: X25519KeyPair,
  enc: Uint8Array,
  info: Uint8Array,
  sealed: Uint8Array,
  aad: Uint8Array = empty,
): Uint8Array | null {
  const dh = sharedSecret(recipient.secretKey, enc);
  if (dh === null) return null;
  const eaePrk = labeledExtract(kemSuite, empty, "eae_prk", dh);
  const kemContext = concatBytes(enc, recipient.publicKey);
  const secret = labeledExpand(kemSuite, eaePrk, "shared_secret", kemContext, 32);
  const context = concatBytes(
    Uint8Array.of(0),
    labeledExtract(hpkeSuite, empty, "psk_id_hash", empty),
    labeledExtract(hpkeSuite, empty, "info_hash", info),
  );
  const schedule = labeledExtract(hpkeSuite, secret, "secret", empty);
  const key = labeledExpand(hpkeSuite, schedule, "key", context, 32);
  const nonce = labeledExpand(hpkeSuite, schedule, "base_nonce", context, 12);
  const opened = open(key, nonce, sealed, aad);
  for (const bytes of [dh, eaePrk, secret, schedule, key]) bytes.fill(0);
  return opened;
}
