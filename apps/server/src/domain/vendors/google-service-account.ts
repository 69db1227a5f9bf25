import { createPrivateKey } from "node:crypto";
import type { GoogleServiceAccount } from "../ports/index.ts";

/**
 * Reads a service account's key file as Google gives it out: `client_email` and `private_key`; what else stands there, `token_uri` among
 * it, is not kept. Also reads its own form. Null unless the key is RSA of at least 2048 bits.
 */
export function parseGoogleServiceAccount(value: unknown): GoogleServiceAccount | null {
  if (typeof value !== "object" || value === null) return null;
  const members = value as Readonly<Record<string, unknown>>;
  const clientEmail = members.client_email ?? members.clientEmail;
  const privateKey = members.private_key ?? members.privateKey;
  if (typeof clientEmail !== "string" || !/^[a-z0-9.-]{1,128}@[a-z0-9.-]{1,253}$/.test(clientEmail)) return null;
  if (typeof privateKey !== "string" || !isRsaKey(privateKey)) return null;
  return { clientEmail, privateKey };
}

function isRsaKey(pem: string): boolean {
  if (pem.length > 8192) return false;
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = createPrivateKey(pem);
    return asymmetricKeyType === "rsa" && (asymmetricKeyDetails?.modulusLength ?? 0) >= 2048;
  } catch {
    return false;
  }
}
