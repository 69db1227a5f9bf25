import { constants, createPrivateKey, createSign, publicEncrypt, sign } from "node:crypto";
import type { SettingName } from "../settings.ts";
import { type CorpusCase, type Expected, ok, refused } from "./case.ts";
import { b64u, carrying, claimsOf, compact, ecdsa, hmac, secretTokenOf, segment, signerOf, tokenOf } from "./forge.ts";
import { type CorpusKey, jwkOf, keys, secrets } from "./world.ts";

const one = (setting: SettingName, name: string, make: () => string, expected: Expected): CorpusCase => ({
  name,
  setting,
  expected,
  request: () => carrying(make()),
});
const refusedAlgorithm = refused("algorithm_refused");
const notVerified = refused("signature_invalid");

const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const toBytes = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(64, "0"), "hex");
const toNumber = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString("hex")}`);

/** A genuine token with its signature changed. */
function resigned(change: (signature: Buffer) => Uint8Array, key: CorpusKey = keys.es256): string {
  return tokenOf({ key, signer: (input) => change(Buffer.from(signerOf(key)(input))) });
}

const flipped = (token: string, part: number): string => {
  const pieces = token.split(".");
  const piece = pieces[part] ?? "";
  const at = Math.floor(piece.length / 2);
  pieces[part] = `${piece.slice(0, at)}${piece[at] === "A" ? "B" : "A"}${piece.slice(at + 1)}`;
  return pieces.join(".");
};

/** A genuine token whose payload or header is exchanged after signing. */
function exchanged(part: 0 | 1, value: object, token = tokenOf()): string {
  const pieces = token.split(".");
  pieces[part] = segment(value);
  return pieces.join(".");
}

const none =
  (alg: string, signature = "") =>
  () =>
    `${segment({ alg, typ: "JWT", kid: "es-1" })}.${segment(claimsOf())}.${signature}`;

/** The classic: a public key, which everyone has, used as an HMAC secret. */
function confusions(setting: SettingName, key: CorpusKey): readonly CorpusCase[] {
  const pem = key.publicKey.export({ format: "pem", type: "spki" }).toString();
  const jwk = JSON.stringify(jwkOf(key));
  const materials: readonly (readonly [string, string | Uint8Array])[] = [
    ["the public PEM", pem],
    ["the public PEM without its last line feed", pem.trimEnd()],
    ["the public PEM with CR LF", pem.replaceAll("\n", "\r\n")],
    ["the public DER", key.publicKey.export({ format: "der", type: "spki" })],
    ["the public JWK", jwk],
    ["the base64 of the public PEM", Buffer.from(pem).toString("base64")],
    ["nothing", ""],
  ];
  return materials.map(([name, material]) =>
    one(
      setting,
      `HS256 in place of ${key.alg} with ${name} as secret`,
      () => tokenOf({ key, header: { alg: "HS256" }, signer: hmac(material) }),
      refusedAlgorithm,
    ),
  );
}

const rsaKey = createPrivateKey(keys.rs256.privateKey.export({ format: "pem", type: "pkcs8" }));

/** A key has one algorithm, and a signature one form. */
export const algorithmCases: readonly CorpusCase[] = [
  one("hs256", "a genuine HS256 token", () => secretTokenOf(), ok),
  one("rs256", "a genuine RS256 token", () => tokenOf({ key: keys.rs256 }), ok),
  one("ps256", "a genuine PS256 token", () => tokenOf({ key: keys.ps256 }), ok),
  one("eddsa", "a genuine EdDSA token", () => tokenOf({ key: keys.eddsa }), ok),
  one("pem", "a genuine token under a PEM key", () => tokenOf(), ok),
  ...["none", "None", "NONE", "nOnE", "none ", ""].map((alg) =>
    one("es256", `the algorithm ${JSON.stringify(alg)} without signature`, none(alg), refusedAlgorithm),
  ),
  one("es256", "the algorithm none with a signature", none("none", "AAAA"), refusedAlgorithm),
  one("hs256", "the algorithm none where a secret is expected", none("none"), refusedAlgorithm),
  one("es256", "no algorithm", () => tokenOf({ header: { alg: undefined } }), refusedAlgorithm),
  one("es256", "an algorithm that is null", () => tokenOf({ header: { alg: null } }), refusedAlgorithm),
  one("es256", "an algorithm that is a list", () => tokenOf({ header: { alg: ["ES256"] } }), refusedAlgorithm),
  one("es256", "an algorithm in small letters", () => tokenOf({ header: { alg: "es256" } }), refusedAlgorithm),
  one("es256", "an algorithm that every object has", () => tokenOf({ header: { alg: "toString" } }), refusedAlgorithm),
  ...confusions("es256", keys.es256),
  ...confusions("rs256", keys.rs256),
  one("hs256", "RS256 where a secret is expected", () => tokenOf({ key: keys.rs256 }), refusedAlgorithm),
  one("hs256", "ES256 where a secret is expected", () => tokenOf(), refusedAlgorithm),
  one(
    "hs256",
    "HS512 under the right secret",
    () => secretTokenOf({ header: { alg: "HS512" }, signer: hmac(secrets.api, "sha512") }),
    refusedAlgorithm,
  ),
  one(
    "hs256",
    "HS384 under the right secret",
    () => secretTokenOf({ header: { alg: "HS384" }, signer: hmac(secrets.api, "sha384") }),
    refusedAlgorithm,
  ),
  one("es256", "ES384 by a key of P-384", () => tokenOf({ key: keys.p384 }), refusedAlgorithm),
  one("es256", "ES256K by a key of secp256k1", () => tokenOf({ key: keys.k256 }), refusedAlgorithm),
  one(
    "es256",
    "ES256 named, P-384 signed",
    () => tokenOf({ key: keys.p384, header: { alg: "ES256" }, signer: ecdsa(keys.p384.privateKey, "sha256") }),
    notVerified,
  ),
  one(
    "es256",
    "ES256 named, secp256k1 signed",
    () => tokenOf({ key: keys.k256, header: { alg: "ES256" } }),
    notVerified,
  ),
  one(
    "es256",
    "EdDSA under an ES256 key's name",
    () => tokenOf({ key: keys.eddsa, header: { kid: "es-1" } }),
    refusedAlgorithm,
  ),
  one(
    "mixed",
    "RS256 under an ES256 key's name",
    () => tokenOf({ key: keys.rs256, header: { kid: "es-1" } }),
    refusedAlgorithm,
  ),
  one("mixed", "ES256 under an RS256 key's name", () => tokenOf({ header: { kid: "rs-1" } }), refusedAlgorithm),
  one("mixed", "a genuine RS256 token of a mixed set", () => tokenOf({ key: keys.rs256 }), ok),
  one("rs256", "PS256 by an RS256 key", () => tokenOf({ key: { ...keys.rs256, alg: "PS256" } }), refusedAlgorithm),
  one("ps256", "RS256 by a PS256 key", () => tokenOf({ key: { ...keys.ps256, alg: "RS256" } }), refusedAlgorithm),
  one(
    "eddsa",
    "the other name of EdDSA",
    () => tokenOf({ key: keys.eddsa, header: { alg: "Ed25519" } }),
    refusedAlgorithm,
  ),
  one("es256", "a changed payload", () => exchanged(1, claimsOf({ sub: "another" })), notVerified),
  one(
    "hs256",
    "a changed payload under a secret",
    () => exchanged(1, claimsOf({ exp: 1e10 }), secretTokenOf()),
    notVerified,
  ),
  one("es256", "a changed header", () => exchanged(0, { typ: "JWT", alg: "ES256", kid: "es-1" }), notVerified),
  one("es256", "a changed signature", () => flipped(tokenOf(), 2), notVerified),
  one("hs256", "a changed MAC", () => flipped(secretTokenOf(), 2), notVerified),
  one(
    "es256",
    "a signature of another token",
    () => {
      const [header, payload] = tokenOf().split(".");
      return `${header}.${payload}.${tokenOf().split(".")[2]}`;
    },
    notVerified,
  ),
  one("es256", "r and s zero", () => resigned(() => Buffer.alloc(64)), notVerified),
  one("es256", "r zero", () => resigned((made) => Buffer.concat([Buffer.alloc(32), made.subarray(32)])), notVerified),
  one(
    "es256",
    "s zero",
    () => resigned((made) => Buffer.concat([made.subarray(0, 32), Buffer.alloc(32)])),
    notVerified,
  ),
  one(
    "es256",
    "r and s the group's order",
    () => resigned(() => Buffer.concat([toBytes(order), toBytes(order)])),
    notVerified,
  ),
  one("es256", "r one and s one", () => resigned(() => Buffer.concat([toBytes(1n), toBytes(1n)])), notVerified),
  one(
    "es256",
    "a signature in DER",
    () => tokenOf({ signer: (input) => sign("sha256", input, keys.es256.privateKey) }),
    notVerified,
  ),
  one("es256", "a signature cut", () => resigned((made) => made.subarray(0, 63)), notVerified),
  one(
    "es256",
    "a signature with a byte more",
    () => resigned((made) => Buffer.concat([made, Buffer.alloc(1)])),
    notVerified,
  ),
  one(
    "es256",
    "a signature with a leading zero",
    () => resigned((made) => Buffer.concat([Buffer.alloc(1), made])),
    notVerified,
  ),
  one(
    "es256",
    "a signature over another hash",
    () => tokenOf({ signer: ecdsa(keys.es256.privateKey, "sha512") }),
    notVerified,
  ),
  one(
    "es256",
    "the other s of a genuine signature, which ECDSA cannot tell apart",
    () => resigned((made) => Buffer.concat([made.subarray(0, 32), toBytes(order - toNumber(made.subarray(32)))])),
    ok,
  ),
  one(
    "hs256",
    "a MAC cut to 16 bytes",
    () => secretTokenOf({ signer: (input) => hmac(secrets.api)(input).subarray(0, 16) }),
    notVerified,
  ),
  one("hs256", "a MAC of zeros", () => secretTokenOf({ signer: () => Buffer.alloc(32) }), notVerified),
  one("hs256", "an empty MAC", () => secretTokenOf({ signer: () => Buffer.alloc(0) }), notVerified),
  one(
    "hs256",
    "a MAC twice",
    () => secretTokenOf({ signer: (input) => Buffer.concat([hmac(secrets.api)(input), hmac(secrets.api)(input)]) }),
    notVerified,
  ),
  one(
    "hs256",
    "the secret's text in place of its bytes",
    () => secretTokenOf({ signer: hmac(Buffer.from(secrets.api).toString("base64")) }),
    notVerified,
  ),
  one("hs256", "an empty secret", () => secretTokenOf({ signer: hmac("") }), notVerified),
  one("hs256", "another API's secret", () => secretTokenOf({ secret: secrets.otherApi }), notVerified),
  one("rs256", "another RSA key", () => tokenOf({ key: keys.rsaStranger }), notVerified),
  one(
    "rs256",
    "RSA over SHA-1",
    () => tokenOf({ key: keys.rs256, signer: (input) => createSign("sha1").update(input).sign(rsaKey) }),
    notVerified,
  ),
  one(
    "rs256",
    "RSA over SHA-512",
    () => tokenOf({ key: keys.rs256, signer: (input) => sign("sha512", input, rsaKey) }),
    notVerified,
  ),
  one(
    "rs256",
    "an RSA signature with a byte more",
    () => resigned((made) => Buffer.concat([Buffer.alloc(1), made]), keys.rs256),
    notVerified,
  ),
  one(
    "rs256",
    "an RSA signature of zeros",
    () => resigned((made) => Buffer.alloc(made.length), keys.rs256),
    notVerified,
  ),
  one(
    "rs256",
    "an RSA signature of ones",
    () => resigned((made) => Buffer.alloc(made.length, 255), keys.rs256),
    notVerified,
  ),
  one(
    "rs256",
    "something encrypted to the key in place of a signature",
    () =>
      tokenOf({
        key: keys.rs256,
        signer: () =>
          publicEncrypt({ key: keys.rs256.publicKey, padding: constants.RSA_PKCS1_PADDING }, Buffer.alloc(32)),
      }),
    notVerified,
  ),
  one(
    "ps256",
    "a PSS signature with an empty salt",
    () =>
      tokenOf({
        key: keys.ps256,
        signer: (input) =>
          sign("sha256", input, {
            key: keys.ps256.privateKey,
            padding: constants.RSA_PKCS1_PSS_PADDING,
            saltLength: 0,
          }),
      }),
    notVerified,
  ),
  one(
    "ps256",
    "a PKCS #1 signature where PSS is named",
    () => tokenOf({ key: keys.ps256, signer: (input) => sign("sha256", input, keys.ps256.privateKey) }),
    notVerified,
  ),
  one(
    "eddsa",
    "an Ed25519 signature with s past the group's order",
    () =>
      resigned((made) => {
        const groupOrder = 2n ** 252n + 27742317777372353535851937790883648493n;
        const s = toNumber(Buffer.from(made.subarray(32)).reverse()) + groupOrder;
        return Buffer.concat([made.subarray(0, 32), toBytes(s).reverse()]);
      }, keys.eddsa),
    notVerified,
  ),
  one("eddsa", "an Ed25519 signature of zeros", () => resigned(() => Buffer.alloc(64), keys.eddsa), notVerified),
  one(
    "es256",
    "a token signed without its header",
    () => {
      const payload = segment(claimsOf());
      return `${segment({ alg: "ES256", typ: "JWT", kid: "es-1" })}.${payload}.${b64u(signerOf(keys.es256)(Buffer.from(payload)))}`;
    },
    notVerified,
  ),
  one(
    "es256",
    "a signature over the decoded text",
    () => {
      const header = { alg: "ES256", typ: "JWT", kid: "es-1" };
      const claims = claimsOf();
      const text = Buffer.from(`${JSON.stringify(header)}.${JSON.stringify(claims)}`);
      return compact(header, claims, () => signerOf(keys.es256)(text));
    },
    notVerified,
  ),
];
