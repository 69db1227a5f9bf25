import type { KeyObject } from "node:crypto";
import { decodeBase64url, encodeBase64url, kidOf } from "@countersign/protocol";
import { generateSigningKey, importSigningKey, sha256 } from "@countersign/protocol/server";
import type { SigningKey, Vault } from "../ports/index.ts";

/** A signing key whose private half is open in memory. */
export interface OpenSigningKey {
  readonly kid: string;
  readonly point: Uint8Array;
  readonly privateKey: KeyObject;
}

/** Makes a key for one use, its private half enveloped. */
export function createSigningKey(
  vault: Vault,
  key: Pick<SigningKey, "project" | "use"> & { readonly nowMs: number },
): SigningKey {
  const { point, pkcs8 } = generateSigningKey();
  const kid = kidOf(sha256, point);
  return {
    project: key.project,
    kid,
    use: key.use,
    point: encodeBase64url(point),
    privateKey: vault.seal(pkcs8, vaultContext(key.project, kid)),
    createdAtMs: key.nowMs,
    retiredAtMs: null,
  };
}

/** Opens the private half. Throws `vault_open_failed` where the row was moved or changed. */
export function openSigningKey(vault: Vault, key: SigningKey): OpenSigningKey {
  const der = vault.open(key.privateKey, vaultContext(key.project, key.kid)).reveal();
  return { kid: key.kid, point: pointOf(key), privateKey: importSigningKey(der) };
}

/** The public half of a key as bytes. */
export function pointOf(key: Pick<SigningKey, "point" | "kid">): Uint8Array {
  const point = decodeBase64url(key.point, 65);
  if (point === null) throw new TypeError(`signing key ${key.kid} has no valid point`);
  return point;
}

/** The newest of these keys; null where there is none. */
export function newestKey(keys: readonly SigningKey[]): SigningKey | null {
  return keys.toSorted((a, b) => b.createdAtMs - a.createdAtMs)[0] ?? null;
}

function vaultContext(project: string, kid: string): readonly string[] {
  return ["signing-key", project, kid];
}
