import {
  constants,
  createHmac,
  createSecretKey,
  generateKeyPair,
  type KeyObject,
  randomBytes,
  sign,
  timingSafeEqual,
  verify,
} from "node:crypto";
import { promisify } from "node:util";

/** Algorithms a token may be signed with (RFC 7518 §3.1, RFC 8037 §3.1; EdDSA is Ed25519). */
export const tokenAlgs = ["HS256", "ES256", "EdDSA", "RS256", "PS256"] as const;

export type TokenAlg = (typeof tokenAlgs)[number];

export type RsaBits = 2048 | 3072 | 4096;

/** What there is to know of an algorithm. */
export interface Algorithm {
  /** Whether who can verify can also sign. */
  readonly symmetric: boolean;
  /** Whether a private key, or a secret, is of the type and strength that this algorithm demands. */
  fits(key: KeyObject): boolean;
  generate(rsaBits: RsaBits): Promise<KeyObject>;
  sign(key: KeyObject, input: Buffer): Buffer;
  verify(key: KeyObject, input: Buffer, signature: Uint8Array): boolean;
}

const generatePair = promisify(generateKeyPair);

function hmac(key: KeyObject, input: Buffer): Buffer {
  return createHmac("sha256", key).update(input).digest();
}

// RFC 7518 §3.2: at least as long as the hash.
const hs256: Algorithm = {
  symmetric: true,
  fits: (key) => key.type === "secret" && (key.symmetricKeySize ?? 0) >= 32,
  generate: async () => createSecretKey(randomBytes(32)),
  sign: hmac,
  verify: (key, input, signature) => signature.length === 32 && timingSafeEqual(hmac(key, input), signature),
};

// RFC 7518 §3.4: r ∥ s, not DER.
const es256: Algorithm = {
  symmetric: false,
  fits: (key) =>
    key.type === "private" && key.asymmetricKeyType === "ec" && key.asymmetricKeyDetails?.namedCurve === "prime256v1",
  generate: async () => (await generatePair("ec", { namedCurve: "P-256" })).privateKey,
  sign: (key, input) => sign("sha256", input, { key, dsaEncoding: "ieee-p1363" }),
  verify: (key, input, signature) => verify("sha256", input, { key, dsaEncoding: "ieee-p1363" }, signature),
};

const edDsa: Algorithm = {
  symmetric: false,
  fits: (key) => key.type === "private" && key.asymmetricKeyType === "ed25519",
  generate: async () => (await generatePair("ed25519")).privateKey,
  sign: (key, input) => sign(null, input, key),
  verify: (key, input, signature) => verify(null, input, key, signature),
};

/** RFC 7518 §3.3 and §3.5: at least 2048 bits. Longer than 4096 would hold the event loop at each token. */
function isRsaKey(key: KeyObject): boolean {
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  return (
    key.type === "private" &&
    key.asymmetricKeyType === "rsa" &&
    modulusLength >= 2048 &&
    modulusLength <= 4096 &&
    publicExponent === 65537n
  );
}

const generateRsa = async (modulusLength: RsaBits) => (await generatePair("rsa", { modulusLength })).privateKey;

const rs256: Algorithm = {
  symmetric: false,
  fits: isRsaKey,
  generate: generateRsa,
  sign: (key, input) => sign("sha256", input, key),
  verify: (key, input, signature) => verify("sha256", input, key, signature),
};

// RFC 7518 §3.5: MGF1 with SHA-256, a salt as long as the hash.
const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };

const ps256: Algorithm = {
  symmetric: false,
  fits: isRsaKey,
  generate: generateRsa,
  sign: (key, input) => sign("sha256", input, { key, ...pss }),
  verify: (key, input, signature) => verify("sha256", input, { key, ...pss }, signature),
};

/** One row for each algorithm. */
export const algorithms: Readonly<Record<TokenAlg, Algorithm>> = {
  HS256: hs256,
  ES256: es256,
  EdDSA: edDsa,
  RS256: rs256,
  PS256: ps256,
};
