import { decodeBase64url, fromUtf8, limits, parseStrictJson } from "@countersign/protocol";
import { compactDecrypt, compactVerify } from "jose";
import { appraise, type Verification } from "../findings.ts";
import type { PlayIntegrityKeys } from "./keys.ts";
import { playTokenRules } from "./rules.ts";

/** What an opened token holds: the verdict as JSON, not yet judged. */
export interface OpenedPlayToken {
  readonly payload: unknown;
}

type RuleName = (typeof playTokenRules)[number]["name"];

/** How far opening came: the first rule that was not met, or the payload. */
type Opening =
  | { readonly failed: RuleName; readonly found: string }
  | { readonly failed: null; readonly payload: unknown };

const encryptedHeader = { alg: "A256KW", enc: "A256GCM" } as const;
const signedHeader = { alg: "ES256" } as const;

/** Bytes of the encrypted key (a wrapped 256-bit key), initialization vector and tag. */
const fixedLengths: readonly (readonly [index: number, bytes: number])[] = [
  [1, 40],
  [2, 12],
  [4, 16],
];

const expected: Readonly<Record<RuleName, string>> = {
  token_structure: "a compact JWE with the headers alg A256KW and enc A256GCM alone",
  token_encryption: "a token for this key",
  token_content: "a compact JWS with the header alg ES256 alone",
  token_signature: "a signature by Google's key",
  token_payload: "a JSON object",
};

/**
 * Opens a classic Play Integrity token with the app's own response keys
 * (https://developer.android.com/google/play/integrity/classic#decrypt-verify): a compact JWE (A256KW, A256GCM) around a compact JWS
 * (ES256). Both algorithms are pinned; any other header, `zip` among them, is refused before a key is used. Standard tokens open at
 * Google alone and are refused here as `play_token_malformed` or `play_token_undecryptable`. Never rejects. What the payload says is judged by `verifyPlayIntegrity`.
 */
export async function openPlayIntegrityToken(
  token: string,
  keys: PlayIntegrityKeys,
): Promise<Verification<OpenedPlayToken>> {
  const opening = await open(token, keys);
  return appraise<RuleName, OpenedPlayToken>(playTokenRules, (findings) => {
    for (const { name } of playTokenRules) {
      const met = opening.failed !== name;
      findings.judge(name, met, expected[name], opening.failed === name ? opening.found : "one");
      if (!met) return null;
    }
    return opening.failed === null ? { payload: opening.payload } : null;
  });
}

async function open(token: string, keys: PlayIntegrityKeys): Promise<Opening> {
  if (!isCompact(token, 5, encryptedHeader)) return { failed: "token_structure", found: "another text" };
  const parts = token.split(".");
  const wrong = fixedLengths.some(([index, bytes]) => decodeBase64url(parts[index] ?? "", bytes) === null);
  if (wrong) return { failed: "token_structure", found: "parts of other lengths" };
  const plaintext = await compactDecrypt(token, keys.decryption, {
    keyManagementAlgorithms: [encryptedHeader.alg],
    contentEncryptionAlgorithms: [encryptedHeader.enc],
    maxDecompressedLength: 0,
  }).then(
    (decrypted) => decrypted.plaintext,
    () => null,
  );
  if (plaintext === null) return { failed: "token_encryption", found: "a token that does not decrypt" };
  const signed = fromUtf8(plaintext);
  if (signed === null || !isCompact(signed, 3, signedHeader)) {
    return { failed: "token_content", found: "another content" };
  }
  const verified = await compactVerify(signed, keys.verification, { algorithms: [signedHeader.alg] }).then(
    ({ payload }) => payload,
    () => null,
  );
  if (verified === null) return { failed: "token_signature", found: "none" };
  const json = parseStrictJson(verified, { maxBytes: limits.playTokenCharacters });
  return json.ok ? { failed: null, payload: json.value } : { failed: "token_payload", found: json.detail };
}

/**
 * True for a compact serialisation of `count` parts, each canonical base64url, whose header is exactly the given one. JSON parsers keep
 * the last of two equal members, so the header is read strictly before the library reads it.
 */
function isCompact(text: string, count: number, header: Readonly<Record<string, string>>): boolean {
  if (text.length > limits.playTokenCharacters) return false;
  const parts = text.split(".", count + 1);
  if (parts.length !== count || parts.some((part) => part === "" || decodeBase64url(part) === null)) return false;
  const bytes = decodeBase64url(parts[0] ?? "");
  const json = bytes && parseStrictJson(bytes, { maxBytes: 256, maxDepth: 1 });
  if (!json?.ok || typeof json.value !== "object" || json.value === null || Array.isArray(json.value)) return false;
  const members = Object.entries(json.value);
  return members.length === Object.keys(header).length && members.every(([name, value]) => header[name] === value);
}
