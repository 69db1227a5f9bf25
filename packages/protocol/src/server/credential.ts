import { type Credential, type Pass, parseCredential, parsePass } from "../credential.ts";
import * as limits from "../limits.ts";
import { invalid, type Parsed } from "../parsed.ts";
import { toUtf8 } from "../utf8.ts";
import type { PassKeys } from "./pass-keys.ts";
import { openByKey, openOfSelf, sealToSelf } from "./seal-to-self.ts";

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

type Sealed = "credential" | "pass" | "decoy-credential" | "decoy-pass";

function seal(genuine: "credential" | "pass", contents: object, how: SelfSeal): string | null {
  const { project, salt, projectSeed, generation } = how;
  const name: Sealed = how.decoy === true ? `decoy-${genuine}` : genuine;
  const text = sealToSelf(name, toUtf8(JSON.stringify(contents)), { projectSeed, generation, project, salt });
  return text.length > limits.credentialCharacters ? null : text;
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
  return opened(openOfSelf("credential", text, how), parseCredential, "credential");
}

/** Opens the credential of a decoy, and no genuine one (section 11). Code: `credential_invalid`. */
export function openDecoyCredential(text: string, how: SelfOpen): Parsed<Credential> {
  return opened(openOfSelf("decoy-credential", text, how), parseCredential, "credential");
}

/** Seals a pass for the broker (section 12); null where it would be longer than 1500 characters. */
export function sealPass(contents: Pass, how: SelfSeal): string | null {
  return seal("pass", contents, how);
}

/** Opens a pass of this project. Its `exp` is the caller's to judge. Code: `credential_invalid`. */
export function openPass(text: string, how: SelfOpen): Parsed<Pass> {
  return opened(openOfSelf("pass", text, how), parsePass, "pass");
}

/** Opens the pass of a decoy, and no genuine one (section 11). Code: `credential_invalid`. */
export function openDecoyPass(text: string, how: SelfOpen): Parsed<Pass> {
  return opened(openOfSelf("decoy-pass", text, how), parsePass, "pass");
}

/** How whoever has no seed opens passes. */
export interface PassOpen {
  /** The keys of a generation, or null where it is not accepted. */
  readonly keysOf: (generation: number) => PassKeys | null;
  /** Raw project id, 16 bytes. */
  readonly project: Uint8Array;
}

/** Opens a pass, or a decoy's, with K("pass") or K("decoy-pass") alone. Its `exp` is the caller's to judge. Code: `credential_invalid`. */
export function openPassBy(name: "pass" | "decoyPass", text: string, { keysOf, project }: PassOpen): Parsed<Pass> {
  const keyOf = (generation: number): Uint8Array | null => keysOf(generation)?.[name] ?? null;
  return opened(openByKey(text, { keyOf, project }), parsePass, "pass");
}
