import type { KeyObject } from "node:crypto";
import { encodeBase64url, toUtf8 } from "@countersign/protocol";
import { signEs256 } from "@countersign/protocol/server";

/** A key for DeviceCheck as Apple's developer site gave it. */
export interface DeveloperKey {
  /** Ten characters, as the team's page has it. */
  readonly teamId: string;
  /** Ten characters, as the key's page and file name have it. */
  readonly keyId: string;
  /** P-256. */
  readonly privateKey: KeyObject;
}

/** Apple refuses tokens older than an hour, and tokens made for every call. */
const tokenMs = 20 * 60_000;

/**
 * Tokens that authorize calls of Apple's servers: JWS with ES256, `{alg, kid}` and `{iss, iat}`
 * (https://developer.apple.com/documentation/devicecheck/accessing-and-modifying-per-device-data). One is used for twenty minutes.
 */
export function createDeveloperTokens({ teamId, keyId, privateKey }: DeveloperKey, nowMs: () => number): () => string {
  let held: { readonly token: string; readonly mintedAtMs: number } | null = null;
  return () => {
    const now = nowMs();
    const isYoung = held !== null && now >= held.mintedAtMs && now - held.mintedAtMs < tokenMs;
    if (held !== null && isYoung) return held.token;
    const part = (value: object): string => encodeBase64url(toUtf8(JSON.stringify(value)));
    const signed = `${part({ alg: "ES256", kid: keyId })}.${part({ iss: teamId, iat: Math.floor(now / 1000) })}`;
    const token = `${signed}.${encodeBase64url(signEs256(privateKey, toUtf8(signed)))}`;
    held = { token, mintedAtMs: now };
    return token;
  };
}
