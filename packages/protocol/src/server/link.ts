import { decodeBase64url, encodeBase64url } from "../base64url.ts";
import { concatBytes, readU32, u8, u32 } from "../bytes.ts";
import { toUtf8 } from "../utf8.ts";
import { deriveKey, hmacSha256, sha256 } from "./derive-key.ts";
import { openByKey, sealByKey } from "./seal-to-self.ts";

/** What a link may fetch: exactly this of one API. */
export interface LinkTarget {
  readonly api: string;
  /** `/path?query`, as written. */
  readonly target: string;
}

/** In whose answer a link stood. */
export interface LinkBearer {
  /** b64u of 16 bytes. */
  readonly instance: string;
  readonly subject: string;
  /** Seconds. */
  readonly exp: number;
}

/** What seals and opens the links of one seed's generation. Nothing else of the seed follows from it. */
export interface LinkKeys {
  /** K("link"). */
  readonly link: Uint8Array;
  /** K("decoy-link"): opens no genuine one. */
  readonly decoyLink: Uint8Array;
  /** K("link-salt"). */
  readonly linkSalt: Uint8Array;
}

export interface LinkSeal {
  readonly keys: LinkKeys;
  readonly generation: number;
  /** Raw project id, 16 bytes. */
  readonly project: Uint8Array;
  /** A decoy's is of the same length, under a key of its own. */
  readonly decoy: boolean;
}

export interface LinkOpen {
  /** The keys of a generation, or null where it is not accepted. */
  readonly keysOf: (generation: number) => LinkKeys | null;
  readonly project: Uint8Array;
  /** Whether a decoy's is opened, and no genuine one. */
  readonly decoy: boolean;
}

/** Every sealed link has so many characters. */
export const linkCharacters = 94;

const keyOf = (keys: LinkKeys, decoy: boolean): Uint8Array => (decoy ? keys.decoyLink : keys.link);

const boundTo = ({ api, target }: LinkTarget): Uint8Array =>
  sha256(concatBytes(u8(api.length), toUtf8(api), toUtf8(target)));

/** The link keys of a project seed. */
export function deriveLinkKeys(seed: Uint8Array, project: Uint8Array): LinkKeys {
  return {
    link: deriveKey(seed, "link", project),
    decoyLink: deriveKey(seed, "decoy-link", project),
    linkSalt: deriveKey(seed, "link-salt", project),
  };
}

/**
 * Seals a link (section 12): whoever has it may fetch this one target until `exp`. The same bearer, target and `exp` give the same text, so that
 * what was fetched once is found in a cache: the salt is made of all that is sealed, and never meets another plaintext.
 */
export function sealLink(bearer: LinkBearer, to: LinkTarget, how: LinkSeal): string {
  const [instance, subject] = [decodeBase64url(bearer.instance, 16), decodeBase64url(bearer.subject, 16)];
  if (instance === null || subject === null) throw new TypeError("instance and subject have 16 bytes");
  const { keys, generation, project, decoy } = how;
  const bound = boundTo(to);
  const plaintext = concatBytes(instance, subject, u32(bearer.exp));
  const salt = hmacSha256(keys.linkSalt, concatBytes(bound, plaintext)).subarray(0, 16);
  return sealByKey(plaintext, { key: keyOf(keys, decoy), generation, project, salt, bound });
}

/** Opens the link to this target; null for any other text. `exp` is the caller's to judge. */
export function openLink(text: string, to: LinkTarget, { keysOf, project, decoy }: LinkOpen): LinkBearer | null {
  if (text.length !== linkCharacters) return null;
  const keyOfGeneration = (generation: number): Uint8Array | null => {
    const keys = keysOf(generation);
    return keys === null ? null : keyOf(keys, decoy);
  };
  const plaintext = openByKey(text, { keyOf: keyOfGeneration, project, bound: boundTo(to) });
  if (plaintext?.length !== 36) return null;
  const [instance, subject] = [plaintext.subarray(0, 16), plaintext.subarray(16, 32)];
  return { instance: encodeBase64url(instance), subject: encodeBase64url(subject), exp: readU32(plaintext, 32) };
}
