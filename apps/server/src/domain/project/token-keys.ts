import { generateTokenKey, importTokenKey, type Jwk, type TokenKey } from "@countersign/tokens";
import type { StoredTokenKey, Vault } from "../ports/index.ts";

/** A token key that is open in memory. */
export interface OpenTokenKey extends TokenKey {
  /** Null for HS256. */
  readonly publicJwk: Jwk | null;
  readonly retiresAtMs: number | null;
}

/** Whose key it is to be, and its times. */
export type NewTokenKey = Pick<
  StoredTokenKey,
  "project" | "purpose" | "api" | "alg" | "createdAtMs" | "activeFromMs" | "retiresAtMs"
>;

/** Makes a key, its material enveloped. */
export async function createTokenKey(vault: Vault, key: NewTokenKey): Promise<StoredTokenKey> {
  const { kid, material, publicJwk } = await generateTokenKey(key.alg);
  return { ...key, kid, publicJwk, material: sealed(vault, key.project, kid, material) };
}

/** Takes over an HS256 secret that backends hold already. Throws a TypeError where it is shorter than 32 bytes. */
export function takeTokenSecret(vault: Vault, key: Omit<NewTokenKey, "alg">, secret: Uint8Array): StoredTokenKey {
  const { kid, publicJwk } = importTokenKey("HS256", secret);
  return { ...key, alg: "HS256", kid, publicJwk, material: sealed(vault, key.project, kid, secret) };
}

/** Opens a key. Throws `vault_open_failed` where the row was moved or changed. */
export function openTokenKey(vault: Vault, row: StoredTokenKey): OpenTokenKey {
  const { key } = importTokenKey(row.alg, revealTokenKey(vault, row));
  return { kid: row.kid, alg: row.alg, key, publicJwk: row.publicJwk, retiresAtMs: row.retiresAtMs };
}

/** The material in the clear: PKCS#8 DER, or the secret. */
export function revealTokenKey(vault: Vault, { project, kid, material }: StoredTokenKey): Uint8Array {
  return vault.open(material, vaultContext(project, kid)).reveal();
}

function sealed(vault: Vault, project: string, kid: string, material: Uint8Array): string {
  const envelope = vault.seal(material, vaultContext(project, kid));
  material.fill(0);
  return envelope;
}

/** The context of the signing keys, among which token keys were once kept: those of then still open. */
function vaultContext(project: string, kid: string): readonly string[] {
  return ["signing-key", project, kid];
}
