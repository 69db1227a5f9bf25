import { jwks, localJwks, pem, secretKeys } from "../index.ts";
import { tokenDecryption } from "../jwe/index.ts";
import type { ConsumeResult, ServiceClient } from "../service/service-port.ts";
import type { VerifierOptions } from "../verifier-options.ts";
import { decryptionKeys, issuer, jwkOf, keys, nowMs, origin, secrets } from "./corpus/world.ts";

type Setting = Partial<VerifierOptions> & Pick<VerifierOptions, "keys">;

const secret = secretKeys([{ secret: secrets.api, kid: "hs-1" }]);
const set = (...entries: readonly object[]) => localJwks({ keys: entries });
const es256 = set(jwkOf(keys.es256), jwkOf(keys.retired, { exp: Math.floor(nowMs / 1000) - 1 }));

/** A service that uses tokens up in memory: each once, none of the subject `banned`, and none at all while it is `away`. */
function createMemoryService(): ServiceClient {
  const consumed = new Set<string>();
  return {
    async consume(token): Promise<ConsumeResult> {
      const { sub } = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as { sub: string };
      if (sub === "banned") return { ok: false, reason: "token_banned" };
      if (sub === "away") return { ok: false, reason: "consume_unavailable" };
      const alreadyConsumed = consumed.has(token);
      consumed.add(token);
      return { ok: true, alreadyConsumed };
    },
    report: async () => true,
  };
}

const bind = ["Authorization", "X-Device-Id"];

/** The verifiers of the corpus by name. */
const makers = {
  es256: () => ({ keys: es256 }),
  hs256: () => ({ keys: secret }),
  rs256: () => ({ keys: set(jwkOf(keys.rs256)) }),
  ps256: () => ({ keys: set(jwkOf(keys.ps256)) }),
  eddsa: () => ({ keys: set(jwkOf(keys.eddsa)) }),
  mixed: () => ({ keys: set(jwkOf(keys.es256), jwkOf(keys.rs256)) }),
  pem: () => ({
    keys: pem({ pem: keys.es256.publicKey.export({ format: "pem", type: "spki" }).toString(), alg: "ES256" }),
  }),
  marked: () => ({ keys: es256, appMarker: { header: "User-Agent", pattern: /^Photos\// } }),
  bearer: () => ({ keys: secret, header: "Authorization", prefix: "Bearer " }),
  bound: () => ({ keys: secret, bind }),
  bindable: () => ({ keys: secret, bind, bindOptional: true }),
  lenient: () => ({ keys: secret, accept: ["example", "long-lived"] }),
  unproven: () => ({ keys: secret, proof: "none" }),
  limited: () => ({ keys: secret, service: createMemoryService() }),
  decoy: () => ({ keys: secret, decoyKeys: [{ secret: secrets.decoy }] }),
  approov: () => ({ profile: "approov", keys: secret, bind }),
  "approov-bare": () => ({ profile: "approov", keys: secret, issuer: null, audience: null }),
  firebase: () => ({
    profile: "firebase-app-check",
    keys: set(jwkOf(keys.rs256)),
    audience: "projects/123456",
  }),
  dpop: () => ({ keys: es256, proof: "dpop", origin }),
  "dpop-nonce": () => ({
    keys: es256,
    proof: "dpop",
    origin,
    dpopNonce: { key: secrets.nonce, lifetimeSeconds: 60 },
  }),
  "dpop-forgetful": () => ({
    keys: es256,
    proof: "dpop",
    origin,
    replay: { once: () => Promise.reject(new Error("the store is away")) },
  }),
  encrypted: () => ({
    keys: es256,
    decrypt: tokenDecryption([
      { alg: "ECDH-ES+A256KW", key: { ...decryptionKeys.ours.privateKey.export({ format: "jwk" }) } },
    ]),
  }),
  keyless: () => ({
    keys: jwks({
      url: "https://service.example/jwks.json",
      fetch: () => Promise.reject(new TypeError("the service is away")),
    }),
  }),
  httpsig: () => ({ keys: es256, proof: "httpsig", origin }),
} as const satisfies Record<string, () => Setting>;

export type SettingName = keyof typeof makers;

export const settingNames = Object.keys(makers) as readonly SettingName[];

/** The options of one verifier, at the corpus's moment. */
export function toOptions(name: SettingName): VerifierOptions {
  return { issuer, audience: "photos", nowMs: () => nowMs, ...makers[name]() };
}
