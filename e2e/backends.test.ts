import { createHash, createHmac, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  generateTokenKey,
  issuerOf,
  type MintInput,
  mintToken,
  signJwt,
  type TokenKey,
  toPem,
} from "@countersign/tokens";
import { createVerifier, pem, secretKeys, type Verifier } from "@countersign/verify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { backendExamples, type RunningExample, startExample } from "../testing/backend-examples.ts";
import { requireAll } from "../testing/vectors.ts";

const issuer = issuerOf("https://attest.example.com", "gallery", "production");
const audience = "gallery-api";
const authorization = "Bearer user-7";
const nowMs = Date.now();

const hs256 = await generateTokenKey("HS256");
const es256 = await generateTokenKey("ES256");
const otherHs256 = await generateTokenKey("HS256");
const otherEs256 = await generateTokenKey("ES256");
const secret = Buffer.from(hs256.material).toString("base64");
const publicKey = es256.publicJwk === null ? "" : toPem(es256.publicJwk);
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });

const sha256 = (text: string): Uint8Array => createHash("sha256").update(text).digest();
const segment = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

function mint(key: TokenKey, changes: Partial<MintInput> = {}): string {
  return mintToken({
    key,
    profile: "countersign",
    issuer,
    audience,
    subject: randomBytes(16).toString("base64url"),
    did: null,
    app: "gallery",
    ip: null,
    firebase: null,
    issuedAtMs: nowMs,
    lifetimeSeconds: 300,
    endsAtMs: nowMs + 3_600_000,
    jti: randomBytes(16),
    bind: sha256(authorization),
    ...changes,
  });
}

/** An ES256 token whose signature has such a byte at this place: about one in 256 begins with a zero. */
function mintWhere(at: number, fits: (byte: number) => boolean): string {
  for (;;) {
    const token = mint(es256);
    if (fits(Buffer.from(token.split(".")[2] ?? "", "base64url")[at] ?? 0)) return token;
  }
}

function alter(token: string, part: number): string {
  const parts = token.split(".");
  const text = parts[part] ?? "";
  const at = Math.floor(text.length / 2);
  parts[part] = `${text.slice(0, at)}${text[at] === "A" ? "B" : "A"}${text.slice(at + 1)}`;
  return parts.join(".");
}

/** A token of somebody who writes the header himself. */
function forge(header: object, signature: (input: string) => Uint8Array, from: string): string {
  const input = `${segment({ typ: "JWT", ...header })}.${from.split(".")[1]}`;
  return `${input}.${Buffer.from(signature(input)).toString("base64url")}`;
}

const hmac = (key: string | Uint8Array) => (input: string) => createHmac("sha256", key).update(input).digest();
/** A signature of the key itself, whatever the header says. */
const raw =
  ({ key }: TokenKey) =>
  (input: string) =>
    key.type === "secret"
      ? hmac(key.export())(input)
      : sign("sha256", Buffer.from(input), { key, dsaEncoding: "ieee-p1363" });
const claimsOf = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as Record<string, unknown>;

type Lines = readonly (readonly [string, string])[];
const carrying = (...tokens: readonly string[]): Lines => [
  ...tokens.map((token): readonly [string, string] => ["Countersign-Token", token]),
  ["Authorization", authorization],
];

/** What every backend must refuse, for a backend whose tokens this key signs. */
function hostile(key: TokenKey, otherKey: TokenKey): Readonly<Record<string, Lines>> {
  const genuine = mint(key);
  const { kid } = key;
  const signed = (changes: Record<string, unknown>): Lines =>
    carrying(signJwt(key, { ...claimsOf(genuine), ...changes }));
  const [head = "", , signature = ""] = genuine.split(".");
  return {
    "no token": [["Authorization", authorization]],
    "an empty token": carrying(""),
    "a word": carrying("token"),
    "two segments": carrying(genuine.slice(0, genuine.lastIndexOf("."))),
    "four segments": carrying(`${genuine}.${signature}`),
    "a dot at the end": carrying(`${genuine}.`),
    "five segments, as an encrypted token has": carrying(`${genuine}.${genuine.slice(0, genuine.lastIndexOf("."))}`),
    "two tokens": carrying(genuine, mint(key)),
    "the same token twice": carrying(genuine, genuine),
    "two tokens in one line": carrying(`${genuine}, ${genuine}`),
    "a token of 9 KB": carrying(mint(key, { claims: { filling: "x".repeat(9_000) } })),
    "a header that is no JSON": carrying(
      `${Buffer.from("{").toString("base64url")}.${genuine.split(".").slice(1).join(".")}`,
    ),
    "a header of a thousand brackets": carrying(
      `${Buffer.from("[".repeat(1500)).toString("base64url")}.${genuine.split(".").slice(1).join(".")}`,
    ),
    "a header that is a number": carrying(`${segment(5)}.${genuine.split(".").slice(1).join(".")}`),
    "an altered header": carrying(alter(genuine, 0)),
    "altered claims": carrying(alter(genuine, 1)),
    "an altered signature": carrying(alter(genuine, 2)),
    "no signature": carrying(`${genuine.slice(0, genuine.lastIndexOf("."))}.`),
    "a signature of zeros": carrying(`${genuine.slice(0, genuine.lastIndexOf("."))}.${"A".repeat(86)}`),
    "another token's signature": carrying(`${genuine.slice(0, genuine.lastIndexOf("."))}.${mint(key).split(".")[2]}`),
    "another token's claims": carrying(`${head}.${mint(key).split(".")[1]}.${signature}`),
    "alg none": carrying(forge({ alg: "none", kid }, () => new Uint8Array(), genuine)),
    "alg None with the genuine signature": carrying(
      forge({ alg: "None", kid }, () => Buffer.from(signature, "base64url"), genuine),
    ),
    "no alg": carrying(forge({ kid }, hmac(hs256.material), genuine)),
    "HS512 under the secret": carrying(
      forge({ alg: "HS512", kid }, (input) => createHmac("sha512", hs256.material).update(input).digest(), genuine),
    ),
    "the genuine key under another alg": carrying(
      forge({ alg: key.alg === "HS256" ? "RS256" : "HS256", kid }, raw(key), genuine),
    ),
    "the genuine key under no alg": carrying(forge({ kid }, raw(key), genuine)),
    "HS256 under the text of the public key": carrying(forge({ alg: "HS256", kid }, hmac(publicKey), genuine)),
    "HS256 under the bytes of the public key": carrying(
      forge({ alg: "HS256", kid }, hmac(Buffer.from(publicKey.replace(/-----.*?-----|\s/g, ""), "base64")), genuine),
    ),
    "HS256 under the text of the secret": carrying(forge({ alg: "HS256", kid }, hmac(secret), genuine)),
    "HS256 under an empty key": carrying(forge({ alg: "HS256", kid }, hmac(""), genuine)),
    "ES256 said, HS256 done": carrying(forge({ alg: "ES256", kid }, hmac(hs256.material), genuine)),
    "RS256 under a key that came along": carrying(
      signJwt({ kid, alg: "RS256", key: rsa.privateKey }, claimsOf(genuine)),
    ),
    "RS256's public key as an HS256 secret": carrying(
      forge({ alg: "HS256", kid }, hmac(rsa.publicKey.export({ format: "pem", type: "spki" })), genuine),
    ),
    "a wrong key": carrying(mint(otherKey)),
    "a wrong key under the genuine kid": carrying(mint({ ...otherKey, kid })),
    "a token that ended": carrying(mint(key, { issuedAtMs: nowMs - 400_000 })),
    "a token that never ends": signed({ exp: undefined }),
    "a wrong audience": carrying(mint(key, { audience: "other-api" })),
    "an audience that begins alike": carrying(mint(key, { audience: `${audience}-2` })),
    "no audience": signed({ aud: undefined }),
    "a wrong issuer": carrying(mint(key, { issuer: issuerOf("https://attest.example.com", "other", "production") })),
    "the issuer of development": carrying(mint(key, { issuer: `${issuer}/development` })),
    "no issuer": signed({ iss: undefined }),
    "an example token": carrying(mint(key, { use: "example" })),
    "a token that asks for a proof": carrying(
      mint(key, { confirmation: { jkt: randomBytes(32).toString("base64url") } }),
    ),
    "a limited token": carrying(mint(key, { use: "limited" })),
  };
}

const bindings: Readonly<Record<string, (key: TokenKey) => Lines>> = {
  "a token bound to another user": (key) => carrying(mint(key, { bind: sha256("Bearer user-8") })),
  "a bound token beside no such header": (key) => [["Countersign-Token", mint(key)]],
  "a bound token beside another user's header": (key) => [
    ["Countersign-Token", mint(key)],
    ["Authorization", "Bearer user-8"],
  ],
  "a bound token beside the header twice": (key) => [
    ["Countersign-Token", mint(key)],
    ["Authorization", authorization],
    ["Authorization", "Bearer user-8"],
  ],
  "an unbound token": (key) => [
    ["Countersign-Token", signJwt(key, { ...claimsOf(mint(key)), pay: undefined })],
    ["Authorization", authorization],
  ],
  "an unbound token without the header": (key) => [
    ["Countersign-Token", signJwt(key, { ...claimsOf(mint(key)), pay: undefined })],
  ],
};

const sets: Readonly<
  Record<string, { readonly variables: Record<string, string>; readonly key: TokenKey; readonly other: TokenKey }>
> = {
  HS256: { variables: { COUNTERSIGN_SECRET: secret }, key: hs256, other: otherHs256 },
  ES256: { variables: { COUNTERSIGN_PUBLIC_KEY: publicKey }, key: es256, other: otherEs256 },
};
const common = { COUNTERSIGN_ISSUER: issuer, COUNTERSIGN_AUDIENCE: audience };
const bound = { ...common, COUNTERSIGN_BIND: "Authorization" };

function ask(origin: string | null, lines: Lines): Promise<number> {
  if (origin === null) throw new Error("the example does not listen");
  return new Promise((resolve, reject) => {
    const headers = ["Host", "backend.example", "Connection", "close", ...lines.flat()];
    const sent = request(origin, { headers, agent: false }, (answer) => {
      answer.resume();
      answer.once("end", () => resolve(answer.statusCode ?? 0));
    });
    sent.once("error", reject);
    sent.end();
  });
}

const temporary = mkdtempSync(join(tmpdir(), "backends-"));
const started: RunningExample[] = [];
afterAll(async () => {
  await Promise.all(started.map((example) => example.stop()));
  rmSync(temporary, { recursive: true, force: true });
});

for (const [language, example] of Object.entries(backendExamples)) {
  it(`${language}: the whole check has at most 40 lines`, () => {
    const text = readFileSync(fileURLToPath(new URL(`../examples/backends/${example.file}`, import.meta.url)), "utf8");
    expect(text.trimEnd().split("\n").length).toBeLessThanOrEqual(40);
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(130);
  });

  describe.skipIf(!requireAll && !example.present())(`a backend in ${language}`, () => {
    let command: readonly string[] = [];
    beforeAll(() => {
      command = example.prepare(temporary);
    });
    const start = async (variables: Readonly<Record<string, string>>): Promise<RunningExample> => {
      const running = await startExample(command, variables);
      started.push(running);
      return running;
    };

    for (const [name, { variables, key, other }] of Object.entries(sets)) {
      it(`accepts genuine ${name} tokens and refuses all others`, async () => {
        const { origin } = await start({ ...bound, ...variables });
        expect(await ask(origin, carrying(mint(key)))).toBe(200);
        expect(await ask(origin, carrying(mint(key, { lifetimeSeconds: 30, arc: "ABCDEFGH23456777" })))).toBe(200);
        expect(await ask(origin, carrying(mint(key, { issuedAtMs: nowMs + 3_000 })))).toBe(200);
        const refused = { ...hostile(key, other) };
        for (const [what, lines] of Object.entries(bindings)) refused[what] = lines(key);
        const accepted: string[] = [];
        for (const [what, lines] of Object.entries(refused)) {
          const status = await ask(origin, lines);
          if (status < 400 || status > 499) accepted.push(`${what}: ${status}`);
        }
        expect(accepted).toEqual([]);
        expect(await ask(origin, carrying(mint(key)))).toBe(200);
      });
    }

    it("accepts ES256 signatures whose numbers are short, and whose numbers begin with a set bit", async () => {
      const { origin } = await start({ ...common, COUNTERSIGN_PUBLIC_KEY: publicKey });
      for (const half of [0, 32])
        for (const begins of [(byte: number) => byte === 0, (byte: number) => byte > 0x7f])
          expect(await ask(origin, carrying(mintWhere(half, begins)))).toBe(200);
    });

    it("refuses a token of one key kind where the backend has the other", async () => {
      const [secretOnly, publicOnly] = await Promise.all([
        start({ ...bound, COUNTERSIGN_SECRET: secret }),
        start({ ...bound, COUNTERSIGN_PUBLIC_KEY: publicKey }),
      ]);
      expect(await ask(secretOnly.origin, carrying(mint(es256)))).toBe(401);
      expect(await ask(publicOnly.origin, carrying(mint(hs256)))).toBe(401);
    });

    it("takes a bound token, and an unbound one, where nothing is to be bound", async () => {
      const { origin } = await start({ ...common, COUNTERSIGN_SECRET: secret });
      expect(await ask(origin, [["Countersign-Token", mint(hs256)]])).toBe(200);
      expect(
        await ask(origin, [["countersign-token", signJwt(hs256, { ...claimsOf(mint(hs256)), pay: undefined })]]),
      ).toBe(200);
    });

    it("takes example tokens, and only these, where it is told to", async () => {
      const { origin } = await start({ ...common, COUNTERSIGN_SECRET: secret, COUNTERSIGN_USE: "example" });
      expect(await ask(origin, carrying(mint(hs256, { use: "example" })))).toBe(200);
      expect(await ask(origin, carrying(mint(hs256)))).toBe(401);
    });

    it("accepts nothing without a key, with an empty and with a short secret", async () => {
      for (const COUNTERSIGN_SECRET of ["", "AAAA"]) {
        const { origin } = await start({ ...bound, COUNTERSIGN_SECRET });
        if (origin === null) continue;
        for (const guess of [Buffer.from(COUNTERSIGN_SECRET, "base64"), Buffer.from(COUNTERSIGN_SECRET)])
          expect(await ask(origin, carrying(forge({ alg: "HS256" }, hmac(guess), mint(hs256))))).not.toBe(200);
        expect(await ask(origin, carrying(mint(hs256)))).not.toBe(200);
        expect(await ask(origin, carrying(forge({ alg: "none" }, () => new Uint8Array(), mint(hs256))))).not.toBe(200);
      }
    });
  });
}

describe("the verify package", () => {
  for (const [name, { key, other }] of Object.entries(sets)) {
    it(`gives the same verdicts on ${name} tokens`, async () => {
      const keys = name === "HS256" ? secretKeys([{ secret }]) : pem({ pem: publicKey, alg: "ES256" });
      const verifier: Verifier = createVerifier({ issuer, audience, keys, bind: ["Authorization"] });
      const verdict = async (lines: Lines): Promise<boolean> =>
        (await verifier.verify({ method: "GET", url: "/", headers: lines })).ok;
      expect(await verdict(carrying(mint(key)))).toBe(true);
      const refused = { ...hostile(key, other) };
      for (const [what, lines] of Object.entries(bindings)) refused[what] = lines(key);
      const accepted: string[] = [];
      for (const [what, lines] of Object.entries(refused)) if (await verdict(lines)) accepted.push(what);
      expect(accepted).toEqual([]);
      await verifier.close();
    });
  }
});
