import { createCipheriv, createDecipheriv } from "node:crypto";
import { decodeBase64url, encodeBase64url } from "../base64url.ts";
import { concatBytes, u8 } from "../bytes.ts";
import { type Credential, type Pass, parseCredential, parsePass } from "../credential.ts";
import * as limits from "../limits.ts";
import { invalid, type Parsed } from "../parsed.ts";
import { toUtf8 } from "../utf8.ts";
import { deriveKey, hmacSha256 } from "./derive-key.ts";

/** How the service seals something to itself. */
export interface SelfSeal {
  readonly projectSeed: Uint8Array;
  readonly generation: number;
  /** Raw project id, 16 bytes. */
  readonly project: Uint8Array;
  /** 16 fresh random bytes: they make a key of their own, so the nonce is fixed. */
  readonly salt: Uint8Array;
  /** Default false. A decoy is sealed under a key of its own, to the same length: what opens the genuine ones opens none. */
  readonly decoy?: boolean;
}

export interface SelfOpen {
  /** The project seed of a generation, or null where it is not accepted. */
  readonly seedOf: (generation: number) => Uint8Array | null;
  readonly project: Uint8Array;
}

const nonce = new Uint8Array(12);

function keyOf(name: string, seed: Uint8Array, project: Uint8Array, salt: Uint8Array): Uint8Array {
  return hmacSha256(deriveKey(seed, name, project), salt);
}

type Sealed = "credential" | "pass" | "decoy-credential" | "decoy-pass";

function seal(genuine: "credential" | "pass", contents: object, how: SelfSeal): string | null {
  const { project, salt } = how;
  const name: Sealed = how.decoy === true ? `decoy-${genuine}` : genuine;
  if (salt.length !== 16) throw new TypeError("the salt has 16 bytes");
  const head = concatBytes(u8(1), u8(how.generation), salt);
  const cipher = createCipheriv("aes-256-gcm", keyOf(name, how.projectSeed, project, salt), nonce);
  cipher.setAAD(concatBytes(head, project));
  const body = cipher.update(toUtf8(JSON.stringify(contents)));
  const text = encodeBase64url(concatBytes(head, body, cipher.final(), cipher.getAuthTag()));
  return text.length > limits.credentialCharacters ? null : text;
}

function open(name: Sealed, text: string, how: SelfOpen): Uint8Array | null {
  const bytes = text.length > limits.credentialCharacters ? null : decodeBase64url(text);
  if (bytes === null || bytes.length < 34 || bytes[0] !== 1) return null;
  const seed = how.seedOf(bytes[1] ?? 0);
  if (seed === null) return null;
  const head = bytes.subarray(0, 18);
  const decipher = createDecipheriv("aes-256-gcm", keyOf(name, seed, how.project, head.subarray(2)), nonce, {
    authTagLength: 16,
  });
  decipher.setAAD(concatBytes(head, how.project));
  decipher.setAuthTag(bytes.subarray(-16));
  try {
    return concatBytes(decipher.update(bytes.subarray(18, -16)), decipher.final());
  } catch {
    return null;
  }
}

function opened<T>(plaintext: Uint8Array | null, parse: (bytes: Uint8Array) => Parsed<T>, what: string): Parsed<T> {
  const value = plaintext === null ? null : parse(plaintext);
  return value?.ok === true ? value : invalid("credential_invalid", `${what} cannot be opened`);
}

/** Seals a credential (section 8); null where it would be longer than 1500 characters. */
export function sealCredential(contents: Credential, how: SelfSeal): string | null {
  return seal("credential", contents, how);
}

/** Opens a credential of this project. Its `exp` is the caller's to judge. Code: `credential_invalid`. */
export function openCredential(text: string, how: SelfOpen): Parsed<Credential> {
  return opened(open("credential", text, how), parseCredential, "credential");
}

/** Opens the credential of a decoy, and no genuine one (section 11). Code: `credential_invalid`. */
export function openDecoyCredential(text: string, how: SelfOpen): Parsed<Credential> {
  return opened(open("decoy-credential", text, how), parseCredential, "credential");
}

/** Seals a pass for the broker (section 12); null where it would be longer than 1500 characters. */
export function sealPass(contents: Pass, how: SelfSeal): string | null {
  return seal("pass", contents, how);
}

/** Opens a pass of this project. Its `exp` is the caller's to judge. Code: `credential_invalid`. */
export function openPass(text: string, how: SelfOpen): Parsed<Pass> {
  return opened(open("pass", text, how), parsePass, "pass");
}

/** Opens the pass of a decoy, and no genuine one (section 11). Code: `credential_invalid`. */
export function openDecoyPass(text: string, how: SelfOpen): Parsed<Pass> {
  return opened(open("decoy-pass", text, how), parsePass, "pass");
}
