import { type PlayIntegrityKeyTexts, parsePlayIntegrityKeys } from "@countersign/attestation";

/** Response keys from the Play Console, by package. */
export type GooglePlayKeys = Readonly<Record<string, PlayIntegrityKeyTexts>>;

const packageName = /^[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*)+$/;

/** Reads `{package: {decryptionKey, verificationKey}}` for 1 to 100 packages; null unless every key is usable. */
export function parseGooglePlayKeys(value: unknown): GooglePlayKeys | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const entries: readonly (readonly [string, unknown])[] = Object.entries(value);
  if (entries.length < 1 || entries.length > 100) return null;
  const parsed = entries.map(([name, keys]) => [name, packageName.test(name) ? parseKeys(keys) : null] as const);
  const good = parsed.flatMap(([name, keys]) => (keys === null ? [] : [[name, keys] as const]));
  return good.length === parsed.length ? Object.fromEntries(good) : null;
}

function parseKeys(value: unknown): PlayIntegrityKeyTexts | null {
  if (typeof value !== "object" || value === null) return null;
  const { decryptionKey, verificationKey } = value as Readonly<Record<string, unknown>>;
  if (typeof decryptionKey !== "string" || typeof verificationKey !== "string") return null;
  const texts = { decryptionKey, verificationKey };
  return parsePlayIntegrityKeys(texts) === null ? null : texts;
}
