import { generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";

/** The moment at which everything in the corpus happens. */
export const nowMs = Date.UTC(2026, 10, 22, 12, 0, 0, 250);
export const now = Math.floor(nowMs / 1000);

export const issuer = "https://service.example/p/AAAAAAAAAAAAAAAAAAAAAA";
export const origin = "https://api.example.com";

/** A key pair under a name. */
export interface CorpusKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

function pair(alg: string, kid: string, made: { privateKey: KeyObject; publicKey: KeyObject }): CorpusKey {
  return { alg, kid, ...made };
}

const p256 = () => generateKeyPairSync("ec", { namedCurve: "P-256" });
const rsa = () => generateKeyPairSync("rsa", { modulusLength: 2048 });

export const keys = {
  es256: pair("ES256", "es-1", p256()),
  /** The key of another API of the same project: not in this API's set. */
  otherApi: pair("ES256", "es-other-api", p256()),
  stranger: pair("ES256", "es-1", p256()),
  retired: pair("ES256", "es-retired", p256()),
  rs256: pair("RS256", "rs-1", rsa()),
  rsaStranger: pair("RS256", "rs-1", rsa()),
  ps256: pair("PS256", "ps-1", rsa()),
  eddsa: pair("EdDSA", "ed-1", generateKeyPairSync("ed25519")),
  p384: pair("ES384", "es-1", generateKeyPairSync("ec", { namedCurve: "P-384" })),
  k256: pair("ES256K", "es-1", generateKeyPairSync("ec", { namedCurve: "secp256k1" })),
  /** The instance's own key, and a thief's. */
  device: pair("ES256", "", p256()),
  thief: pair("ES256", "", p256()),
};

/** What tokens are encrypted to: this API's pair, and another's. */
export const decryptionKeys = { ours: p256(), another: p256() };

/** HS256 secrets by what they are for. */
export const secrets = {
  api: new Uint8Array(randomBytes(32)),
  otherApi: new Uint8Array(randomBytes(32)),
  decoy: new Uint8Array(randomBytes(32)),
  nonce: new Uint8Array(randomBytes(32)),
};

/** The public JWK of a key with what a key set says of it. */
export function jwkOf(key: CorpusKey, more: object = {}): object {
  return { ...key.publicKey.export({ format: "jwk" }), kid: key.kid, alg: key.alg, use: "sig", ...more };
}
