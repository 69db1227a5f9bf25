import { decodeBase64url, encodeBase64url } from "../base64url.ts";
import { concatBytes, readU32, u8, u32 } from "../bytes.ts";
import { toUtf8 } from "../utf8.ts";
import { deriveKey, hmacSha256, sha256 } from "./derive-key.ts";
import { openOfSelf, sealToSelf } from "./seal-to-self.ts";

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

export interface LinkSeal {
  readonly projectSeed: Uint8Array;
  readonly generation: number;
  /** Raw project id, 16 bytes. */
  readonly project: Uint8Array;
  /** A decoy's is of the same length, under a key of its own. */
  readonly decoy: boolean;
}

export interface LinkOpen {
  /** The project seed of a generation, or null where it is not accepted. */
  readonly seedOf: (generation: number) => Uint8Array | null;
  readonly project: Uint8Array;
  /** Whether a decoy's is opened, and no genuine one. */
  readonly decoy: boolean;
}

/** Every sealed link has so many characters. */
export const linkCharacters = 94;

const nameOf = (decoy: boolean): "link" | "decoy-link" => (decoy ? "decoy-link" : "link");

const boundTo = ({ api, target }: LinkTarget): Uint8Array =>
  sha256(concatBytes(u8(api.length), toUtf8(api), toUtf8(target)));

/**
 * Seals a link (section 12): whoever has it may fetch this one target until `exp`. The same bearer, target and `exp` give the same text, so that
 * what was fetched once is found in a cache: the salt is made of all that is sealed, and never meets another plaintext.
 */
export function sealLink(bearer: LinkBearer, to: LinkTarget, how: LinkSeal): string {
  const [instance, subject] = [decodeBase64url(bearer.instance, 16), decodeBase64url(bearer.subject, 16)];
  if (instance === null || subject === null) throw new TypeError("instance and subject have 16 bytes");
  const { projectSeed, generation, project, decoy } = how;
  const name = nameOf(decoy);
  const bound = boundTo(to);
  const plaintext = concatBytes(instance, subject, u32(bearer.exp));
  const salting = deriveKey(projectSeed, `${name}-salt`, project);
  const salt = hmacSha256(salting, concatBytes(bound, plaintext)).subarray(0, 16);
  return sealToSelf(name, plaintext, { projectSeed, generation, project, salt, bound });
}

/** Opens the link to this target; null for any other text. `exp` is the caller's to judge. */
export function openLink(text: string, to: LinkTarget, { seedOf, project, decoy }: LinkOpen): LinkBearer | null {
  if (text.length !== linkCharacters) return null;
  const plaintext = openOfSelf(nameOf(decoy), text, { seedOf, project, bound: boundTo(to) });
  if (plaintext?.length !== 36) return null;
  const [instance, subject] = [plaintext.subarray(0, 16), plaintext.subarray(16, 32)];
  return { instance: encodeBase64url(instance), subject: encodeBase64url(subject), exp: readU32(plaintext, 32) };
}
