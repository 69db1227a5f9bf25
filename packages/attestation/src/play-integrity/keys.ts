import { createPublicKey, createSecretKey, type KeyObject } from "node:crypto";
import { fromBase64, p256Point } from "@countersign/asn1";

/** An app's response keys from the Play Console. Neither prints its bytes. */
export interface PlayIntegrityKeys {
  /** AES-256, unwraps the content key. */
  readonly decryption: KeyObject;
  /** P-256, Google's signature. */
  readonly verification: KeyObject;
}

/** As the Play Console shows them: standard base64. */
export interface PlayIntegrityKeyTexts {
  readonly decryptionKey: string;
  readonly verificationKey: string;
}

/** Reads 32 bytes of AES key and a P-256 SubjectPublicKeyInfo from standard base64, else null. Never throws. */
export function parsePlayIntegrityKeys({
  decryptionKey,
  verificationKey,
}: PlayIntegrityKeyTexts): PlayIntegrityKeys | null {
  const secret = fromBase64(decryptionKey);
  const spki = fromBase64(verificationKey);
  if (secret?.length !== 32 || spki === null || p256Point(spki) === null) return null;
  try {
    const verification = createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
    return { decryption: createSecretKey(secret), verification };
  } catch {
    return null;
  }
}
