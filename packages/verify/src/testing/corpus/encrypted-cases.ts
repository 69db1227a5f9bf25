import { CompactEncrypt } from "jose";
import { type CorpusCase, type Expected, ok, refused } from "./case.ts";
import { carrying, secretTokenOf, tokenOf } from "./forge.ts";
import { decryptionKeys, keys, now, secrets } from "./world.ts";

type Members = Readonly<Record<string, string>>;

/** A token encrypted as RFC 7519 nests them: genuine but for what is changed. */
function encrypt(inner: string, header: Members = {}, key = decryptionKeys.ours.publicKey): Promise<string> {
  return new CompactEncrypt(Buffer.from(inner))
    .setProtectedHeader({ alg: "ECDH-ES+A256KW", enc: "A256GCM", typ: "JWT", cty: "JWT", ...header })
    .encrypt(key);
}

const one = (name: string, make: () => Promise<string>, expected: Expected): CorpusCase => ({
  name: `encrypted: ${name}`,
  setting: "encrypted",
  expected,
  request: async () => carrying(await make()),
});

const closed = refused("decryption_failed");

const exchange = (jwe: string, at: number, text: string): string =>
  jwe
    .split(".")
    .map((part, index) => (index === at ? text : part))
    .join(".");

/** Encrypted tokens: what is inside is judged like any other, and encryption proves nothing, for the key is public. */
export const encryptedCases: readonly CorpusCase[] = [
  one("a genuine token", () => encrypt(tokenOf()), ok),
  one("a token that is not encrypted, where it may be", async () => tokenOf(), ok),
  one("a token for another's key", () => encrypt(tokenOf(), {}, decryptionKeys.another.publicKey), closed),
  one("a forged token, well encrypted", () => encrypt(tokenOf({ key: keys.stranger })), refused("signature_invalid")),
  one(
    "an unsigned token, well encrypted",
    () =>
      encrypt(
        `${tokenOf({ header: { alg: "none" } })
          .split(".")
          .slice(0, 2)
          .join(".")}.`,
      ),
    refused("algorithm_refused"),
  ),
  one(
    "an expired token, well encrypted",
    () => encrypt(tokenOf({ claims: { iat: now - 400, exp: now - 100 } })),
    refused("token_expired"),
  ),
  one("claims without a signature, well encrypted", () => encrypt('{"aud":"photos"}'), refused("token_malformed")),
  one(
    "an encrypted token inside an encrypted one",
    async () => encrypt(await encrypt(tokenOf())),
    refused("token_encrypted"),
  ),
  one("a token encrypted with CBC", () => encrypt(tokenOf(), { enc: "A256CBC-HS512" }), closed),
  one("a token of another key management", () => encrypt(tokenOf(), { alg: "ECDH-ES" }), closed),
  one("a nested token that does not say so", () => encrypt(tokenOf(), { cty: "text" }), closed),
  one("another type", () => encrypt(tokenOf(), { typ: "JOSE" }), closed),
  one("a key set elsewhere", () => encrypt(tokenOf(), { jku: "https://evil.example/jwks.json" }), closed),
  one(
    "a header exchanged for that of a password, worked out a thousand million times",
    async () => {
      const header = {
        alg: "PBES2-HS256+A128KW",
        enc: "A256GCM",
        typ: "JWT",
        cty: "JWT",
        p2c: 1_000_000_000,
        p2s: "AAAAAAAAAAA",
      };
      return exchange(await encrypt(tokenOf()), 0, Buffer.from(JSON.stringify(header)).toString("base64url"));
    },
    closed,
  ),
  one("an altered ciphertext", async () => exchange(await encrypt(tokenOf()), 3, "AAAA"), closed),
  one("an altered tag", async () => exchange(await encrypt(tokenOf()), 4, "A".repeat(22)), closed),
  one("an empty tag", async () => exchange(await encrypt(tokenOf()), 4, ""), closed),
  one("a header that is no JSON", async () => exchange(await encrypt(tokenOf()), 0, "AAAA"), closed),
];

/** What a verifier refuses because it cannot know. */
export const absenceCases: readonly CorpusCase[] = [
  {
    name: "a genuine token while the key set cannot be had",
    setting: "keyless",
    expected: refused("keys_unavailable"),
    request: () => carrying(tokenOf()),
  },
  {
    name: "a forged token while the key set cannot be had",
    setting: "keyless",
    expected: refused("keys_unavailable"),
    request: () => carrying(tokenOf({ key: keys.stranger })),
  },
  {
    name: "an unsigned token while the key set cannot be had",
    setting: "keyless",
    expected: refused("algorithm_refused"),
    request: () => carrying(tokenOf({ header: { alg: "none" }, signer: () => Buffer.alloc(0) })),
  },
  {
    name: "a shared secret's token where a key set is expected",
    setting: "keyless",
    expected: refused("algorithm_refused"),
    request: () => carrying(secretTokenOf({ secret: secrets.api })),
  },
];
