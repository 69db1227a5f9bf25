import { createPrivateKey } from "node:crypto";

/** A key for DeviceCheck, as Apple's developer site gave it. */
export interface AppleDeviceCheckKey {
  /** Ten characters. */
  readonly teamId: string;
  readonly keyId: string;
  /** PKCS#8 PEM, P-256: the text of the `.p8` file. */
  readonly privateKey: string;
}

const identifier = /^[A-Z0-9]{10}$/;

/** Reads `{teamId, keyId, privateKey}`; null for anything else, and for a key that is not on P-256. */
export function parseAppleDeviceCheckKey(value: unknown): AppleDeviceCheckKey | null {
  if (typeof value !== "object" || value === null) return null;
  const { teamId, keyId, privateKey } = value as Readonly<Record<string, unknown>>;
  if (typeof teamId !== "string" || !identifier.test(teamId)) return null;
  if (typeof keyId !== "string" || !identifier.test(keyId)) return null;
  if (typeof privateKey !== "string" || !isP256Key(privateKey)) return null;
  return { teamId, keyId, privateKey };
}

function isP256Key(pem: string): boolean {
  if (pem.length > 4096) return false;
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = createPrivateKey(pem);
    return asymmetricKeyType === "ec" && asymmetricKeyDetails?.namedCurve === "prime256v1";
  } catch {
    return false;
  }
}
