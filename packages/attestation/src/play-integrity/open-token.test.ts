import { generateKeyPairSync, randomBytes } from "node:crypto";
import { inspect } from "node:util";
import { deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  decryptionKey,
  encrypted,
  keyTexts,
  makeToken,
  makeVerdict,
  playKeys,
  signed,
} from "../made/play-integrity.suite.ts";
import { parsePlayIntegrityKeys } from "./keys.ts";
import { openPlayIntegrityToken } from "./open-token.ts";
import { playTokenRules } from "./rules.ts";

const keys = playKeys();
const verdict = JSON.stringify(makeVerdict());
const other = generateKeyPairSync("ec", { namedCurve: "P-256" });
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const b64u = (text: string | Uint8Array) => Buffer.from(text).toString("base64url");

async function reasonOf(token: string): Promise<string> {
  const result = await openPlayIntegrityToken(token, keys);
  return result.ok ? "opened" : result.reason;
}

/** A good token whose part `index` is replaced. */
async function withPart(index: number, part: string): Promise<string> {
  return (await makeToken()).split(".").with(index, part).join(".");
}

test("opens a classic token, every check met", async () => {
  const result = await openPlayIntegrityToken(await makeToken(), keys);
  expect(result).toMatchObject({ ok: true, facts: { payload: makeVerdict() } });
  expect(result.checks.map(({ name, result: outcome }) => [name, outcome])).toEqual(
    playTokenRules.map(({ name }) => [name, "pass"]),
  );
});

const malformed: readonly (readonly [string, () => string | Promise<string>])[] = [
  ["nothing", () => ""],
  ["dots alone", () => "...."],
  ["more dots than parts", () => ".".repeat(10_000)],
  ["text of a standard token", () => b64u(randomBytes(500))],
  ["more text than any token", () => "a".repeat(20_000)],
  ["the inner token alone", () => signed(verdict)],
  ["a token that is cut off", async () => (await makeToken()).slice(0, -30)],
  ["a sixth part", async () => `${await makeToken()}.AAAA`],
  ["a part with padding", async () => `${await makeToken()}=`],
  ["a space before it", async () => ` ${await makeToken()}`],
  ["alg none", () => withPart(0, b64u('{"alg":"none","enc":"A256GCM"}'))],
  ["alg dir", () => encrypted(verdict, { alg: "dir", enc: "A256GCM" }, decryptionKey)],
  ["alg RSA-OAEP", () => encrypted(verdict, { alg: "RSA-OAEP", enc: "A256GCM" }, rsa.publicKey)],
  ["alg A256GCMKW", () => encrypted(verdict, { alg: "A256GCMKW", enc: "A256GCM" })],
  [
    "alg PBES2, with work without end",
    () => withPart(0, b64u('{"alg":"PBES2-HS512+A256KW","enc":"A256GCM","p2c":2147483647,"p2s":"AAAA"}')),
  ],
  ["another enc", () => encrypted(verdict, { alg: "A256KW", enc: "A256CBC-HS512" })],
  [
    "zip, a bomb inside",
    () =>
      encrypted(deflateRawSync(Buffer.alloc(10_000_000)), { alg: "A256KW", enc: "A256GCM" }).then((token) =>
        token.split(".").with(0, b64u('{"alg":"A256KW","enc":"A256GCM","zip":"DEF"}')).join("."),
      ),
  ],
  [
    "zip, as the library writes it",
    async () => encrypted(await signed(verdict), { alg: "A256KW", enc: "A256GCM", zip: "DEF" }),
  ],
  ["a key id", () => encrypted(verdict, { alg: "A256KW", enc: "A256GCM", kid: "1" })],
  ["a critical header", () => withPart(0, b64u('{"alg":"A256KW","enc":"A256GCM","crit":["exp"],"exp":1}'))],
  ["a header twice", () => withPart(0, b64u('{"alg":"dir","alg":"A256KW","enc":"A256GCM"}'))],
  ["a header twice, once in escapes", () => withPart(0, b64u('{"\\u0061lg":"none","alg":"A256KW","enc":"A256GCM"}'))],
  ["a header that is a list", () => withPart(0, b64u('["A256KW","A256GCM"]'))],
  ["a header that is null", () => withPart(0, b64u("null"))],
  ["a header of lists in lists", () => withPart(0, b64u("[".repeat(100) + "]".repeat(100)))],
  ["a header with a list for text", () => withPart(0, b64u('{"alg":["A256KW"],"enc":"A256GCM"}'))],
  ["a header with a prototype", () => withPart(0, b64u('{"__proto__":"A256KW","enc":"A256GCM"}'))],
  ["a header that is no UTF-8", () => withPart(0, b64u(Uint8Array.of(0x7b, 0xff, 0x7d)))],
  ["an encrypted key of another length", () => withPart(1, b64u(randomBytes(48)))],
  ["an initialization vector of another length", () => withPart(2, b64u(randomBytes(16)))],
  ["a tag of another length", () => withPart(4, b64u(randomBytes(12)))],
  ["inside, no token", () => encrypted(verdict)],
  ["inside, a token in a token", async () => encrypted(await makeToken())],
  ["inside, no UTF-8", () => encrypted(Uint8Array.of(0xff, 0xfe))],
  ["inside, alg none", () => encrypted(`${b64u('{"alg":"none"}')}.${b64u(verdict)}.AA`)],
  ["inside, alg none without signature", () => encrypted(`${b64u('{"alg":"none"}')}.${b64u(verdict)}.`)],
  ["inside, alg HS256 under the public key", async () => encrypted(await signed(verdict, { alg: "HS256" }))],
  [
    "inside, a key of its own",
    async () =>
      encrypted(
        await signed(verdict, { alg: "ES256", jwk: other.publicKey.export({ format: "jwk" }) }, other.privateKey),
      ),
  ],
  [
    "inside, a header twice",
    async () => encrypted((await signed(verdict)).split(".").with(0, b64u('{"alg":"ES256","alg":"ES256"}')).join(".")),
  ],
  [
    "inside, an unencoded payload",
    async () =>
      encrypted(
        (await signed(verdict)).split(".").with(0, b64u('{"alg":"ES256","b64":false,"crit":["b64"]}')).join("."),
      ),
  ],
  ["inside, a detached payload", async () => encrypted((await signed(verdict)).split(".").with(1, "").join("."))],
];

describe("refuses before any key is used, or once decrypted, as no such token:", () => {
  test.each(malformed)("%s", async (_, make) => {
    expect(await reasonOf(await make())).toBe("play_token_malformed");
  });
});

describe("refuses as undecryptable", () => {
  test.each<[string, () => Promise<string>]>([
    ["a token for another key", () => encrypted(verdict, { alg: "A256KW", enc: "A256GCM" }, new Uint8Array(32))],
    ["another wrapped key", () => withPart(1, b64u(randomBytes(40)))],
    ["another vector", () => withPart(2, b64u(randomBytes(12)))],
    ["another tag", () => withPart(4, b64u(randomBytes(16)))],
    ["another ciphertext", () => withPart(3, b64u(randomBytes(600)))],
    ["the same header written otherwise", () => withPart(0, b64u('{"enc":"A256GCM","alg":"A256KW"}'))],
  ])("%s", async (_, make) => {
    expect(await reasonOf(await make())).toBe("play_token_undecryptable");
  });
});

describe("refuses as not Google's", () => {
  test.each<[string, () => Promise<string>]>([
    ["another signer", async () => encrypted(await signed(verdict, { alg: "ES256" }, other.privateKey))],
    [
      "no signature to speak of",
      async () =>
        encrypted(
          (await signed(verdict))
            .split(".")
            .with(2, b64u(new Uint8Array(64)))
            .join("."),
        ),
    ],
    ["a short signature", async () => encrypted((await signed(verdict)).split(".").with(2, "AAAA").join("."))],
    [
      "a signature over another verdict",
      async () => encrypted((await signed(verdict)).split(".").with(1, b64u("{}")).join(".")),
    ],
  ])("%s", async (_, make) => {
    expect(await reasonOf(await make())).toBe("play_signature_invalid");
  });
});

describe("refuses as a payload", () => {
  test.each([
    ["text that is no JSON", "verdict"],
    ["a member twice", '{"requestDetails":{},"requestDetails":{}}'],
    ["a member twice, once in escapes", '{"requestDetails":{},"\\u0072equestDetails":{}}'],
    ["nesting without end", "[".repeat(2000) + "]".repeat(2000)],
    ["a number past exact ones", '{"a":9007199254740993}'],
    ["a byte order mark", "\u{feff}{}"],
    ["bytes after the end", "{} {}"],
  ])("%s", async (_, payload) => {
    expect(await reasonOf(await encrypted(await signed(payload)))).toBe("play_payload_malformed");
  });
});

test("tests every reason", () => {
  const tested = [
    "play_token_malformed",
    "play_token_undecryptable",
    "play_signature_invalid",
    "play_payload_malformed",
  ];
  expect(new Set(tested)).toEqual(new Set(playTokenRules.map(({ reason }) => reason)));
});

test("refuses a token with any one character changed, and rejects for none", async () => {
  const token = await makeToken();
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=";
  await fc.assert(
    fc.asyncProperty(fc.nat(token.length - 1), fc.nat(alphabet.length - 1), async (index, choice) => {
      const changed = token.slice(0, index) + alphabet.charAt(choice) + token.slice(index + 1);
      expect(await reasonOf(changed)).toMatch(changed === token ? /^opened$/ : /^play_token_/);
    }),
    { numRuns: 3000 },
  );
});

test("refuses every beginning of a token", async () => {
  const token = await makeToken();
  for (let length = 0; length < token.length; length += 7) {
    expect(await reasonOf(token.slice(0, length))).toMatch(/^play_token_/);
  }
});

test("rejects for no text at all", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.string(),
        fc.array(fc.base64String(), { maxLength: 7 }).map((parts) => parts.join(".")),
      ),
      async (text) => {
        expect(await reasonOf(text)).toMatch(/^play_token_/);
      },
    ),
    { numRuns: 2000 },
  );
});

describe("keys", () => {
  const { decryptionKey: secret, verificationKey: spki } = keyTexts;
  const p384 = generateKeyPairSync("ec", { namedCurve: "P-384" }).publicKey.export({ format: "der", type: "spki" });

  test.each([
    ["an AES key of 128 bits", { decryptionKey: Buffer.alloc(16).toString("base64"), verificationKey: spki }],
    ["no AES key", { decryptionKey: "", verificationKey: spki }],
    ["base64url", { decryptionKey: Buffer.alloc(32, 0xff).toString("base64url"), verificationKey: spki }],
    ["another curve", { decryptionKey: secret, verificationKey: p384.toString("base64") }],
    [
      "a point off the curve",
      { decryptionKey: secret, verificationKey: Buffer.from(spki, "base64").fill(4, 27).toString("base64") },
    ],
    ["the keys in exchange", { decryptionKey: spki, verificationKey: secret }],
  ])("are not read from %s", (_, texts) => {
    expect(parsePlayIntegrityKeys(texts)).toBeNull();
  });

  test("show none of their bytes", () => {
    expect(JSON.stringify(keys)).not.toContain(secret.slice(0, 20));
    expect(inspect(keys, { showHidden: true, depth: 5 })).not.toContain(secret.slice(0, 20));
  });
});
