import { createHash } from "node:crypto";
import { type CorpusCase, type CorpusRequest, type Expected, ok, refused } from "./case.ts";
import {
  b64u,
  carrying,
  claimsOf,
  compact,
  ecdsa,
  hmac,
  random,
  type Signer,
  secretTokenOf,
  segment,
  sha256,
  signerOf,
  tokenHeader,
  tokenOf,
} from "./forge.ts";
import { type CorpusKey, keys, now, origin } from "./world.ts";

type Members = Readonly<Record<string, unknown>>;

const publicJwk = (key: CorpusKey): Record<string, unknown> => ({ ...key.publicKey.export({ format: "jwk" }) });

/** RFC 7638. */
export function thumbprint(key: CorpusKey): string {
  const { crv, kty, x, y } = publicJwk(key);
  return createHash("sha256").update(JSON.stringify({ crv, kty, x, y })).digest("base64url");
}

/** A token that names the instance's key. */
export const confirmed = (confirmation: unknown = { jkt: thumbprint(keys.device) }): string =>
  tokenOf({ claims: { cnf: confirmation } });

interface Change {
  readonly header?: Members;
  readonly claims?: Members;
  readonly signer?: Signer;
}

/** A DPoP proof (RFC 9449 §4.2) that is genuine but for what is changed. */
function proofOf(token: string, { header, claims, signer }: Change = {}): string {
  return compact(
    { typ: "dpop+jwt", alg: "ES256", jwk: publicJwk(keys.device), ...header },
    {
      jti: random(),
      htm: "GET",
      htu: `${origin}/v1/photos`,
      iat: now - 1,
      ath: sha256(token).toString("base64url"),
      ...claims,
    },
    signer ?? signerOf(keys.device),
  );
}

const proven = (token: string, proof: string): CorpusRequest => carrying(token, ["DPoP", proof]);

/** A genuine request with a proof of its own. */
export function provenRequest(): CorpusRequest {
  const token = confirmed();
  return proven(token, proofOf(token));
}

const changed = (name: string, change: Change, expected: Expected): CorpusCase => ({
  name: `DPoP: ${name}`,
  setting: "dpop",
  expected,
  request: () => {
    const token = confirmed();
    return proven(token, proofOf(token, change));
  },
});

const made = (name: string, expected: Expected, make: (token: string) => CorpusRequest): CorpusCase => ({
  name: `DPoP: ${name}`,
  setting: "dpop",
  expected,
  request: () => make(confirmed()),
});

const malformed = refused("proof_malformed");
const algorithm = refused("proof_algorithm_refused");
const anotherKey = refused("proof_key_wrong");
const notVerified = refused("proof_signature_invalid");
const target = refused("proof_target_wrong");
const method = refused("proof_method_wrong");
const stale = refused("proof_stale");
const privateJwk = { ...keys.device.privateKey.export({ format: "jwk" }) };
const { x, y } = publicJwk(keys.device);

const rawProof =
  (header: string, make: (token: string) => string) =>
  (token: string): CorpusRequest =>
    proven(token, compact(header, make(token), signerOf(keys.device)));
const claimsText = (token: string): string =>
  JSON.stringify({
    jti: random(),
    htm: "GET",
    htu: `${origin}/v1/photos`,
    iat: now,
    ath: sha256(token).toString("base64url"),
  });
const headerText = JSON.stringify({ typ: "dpop+jwt", alg: "ES256", jwk: publicJwk(keys.device) });

/** Proofs by RFC 9449. */
export const dpopCases: readonly CorpusCase[] = [
  changed("a genuine proof", {}, ok),
  made("a genuine proof of a POST with a body", ok, (token) => ({
    ...proven(token, proofOf(token, { claims: { htm: "POST" } })),
    method: "POST",
    body: Buffer.from("{}"),
  })),
  changed("a target that differs in escapes alone", { claims: { htu: `${origin}/v1/%70hotos` } }, ok),
  changed("a target with the scheme's own port", { claims: { htu: `${origin}:443/v1/photos` } }, ok),
  made("no proof", refused("proof_missing"), (token) => carrying(token)),
  made("an empty proof", refused("proof_missing"), (token) => proven(token, "")),
  made("two proofs in two lines", refused("proof_duplicated"), (token) =>
    carrying(token, ["DPoP", proofOf(token)], ["DPoP", proofOf(token)]),
  ),
  made("two proofs in one line", refused("proof_duplicated"), (token) =>
    proven(token, `${proofOf(token)}, ${proofOf(token)}`),
  ),
  made("two proofs under a name in two cases", refused("proof_duplicated"), (token) =>
    carrying(token, ["DPoP", proofOf(token)], ["dpop", proofOf(token)]),
  ),
  made("a text for a proof", malformed, (token) => proven(token, "proof")),
  made("a proof without signature", malformed, (token) =>
    proven(token, proofOf(token).split(".").slice(0, 2).join(".")),
  ),
  made("a proof with padding", malformed, (token) => proven(token, `${proofOf(token)}==`)),
  made("a proof too large", malformed, (token) => proven(token, proofOf(token, { claims: { pad: "x".repeat(5000) } }))),
  made("the token for a proof", malformed, (token) => proven(token, token)),
  changed("the type JWT", { header: { typ: "JWT" } }, malformed),
  changed("no type", { header: { typ: undefined } }, malformed),
  changed("the type of a client's proof", { header: { typ: "oauth-client-attestation-pop+jwt" } }, malformed),
  changed("the algorithm none", { header: { alg: "none" }, signer: () => Buffer.alloc(0) }, algorithm),
  changed(
    "HS256 with the public key as secret",
    { header: { alg: "HS256" }, signer: hmac(JSON.stringify(publicJwk(keys.device))) },
    algorithm,
  ),
  changed("ES384", { header: { alg: "ES384" }, signer: ecdsa(keys.device.privateKey, "sha384") }, algorithm),
  changed("RS256", { header: { alg: "RS256", jwk: publicJwk(keys.rs256) }, signer: signerOf(keys.rs256) }, algorithm),
  changed("no algorithm", { header: { alg: undefined } }, algorithm),
  changed("no key", { header: { jwk: undefined } }, malformed),
  changed("a private key", { header: { jwk: privateJwk } }, malformed),
  changed("a symmetric key", { header: { jwk: { kty: "oct", k: "AAAA" } } }, malformed),
  changed("a key of P-384", { header: { jwk: publicJwk(keys.p384) } }, malformed),
  changed(
    "a key off the curve",
    { header: { jwk: { kty: "EC", crv: "P-256", x, y: b64u(Buffer.alloc(32, 1)) } } },
    anotherKey,
  ),
  changed(
    "a key with a coordinate cut",
    { header: { jwk: { kty: "EC", crv: "P-256", x, y: String(y).slice(0, -4) } } },
    malformed,
  ),
  changed("a key with padding", { header: { jwk: { kty: "EC", crv: "P-256", x, y: `${y}=` } } }, malformed),
  changed("a critical extension", { header: { crit: ["b64"], b64: true } }, malformed),
  changed("a key id beside the key", { header: { kid: "es-1" } }, malformed),
  changed("a thief's key", { header: { jwk: publicJwk(keys.thief) }, signer: signerOf(keys.thief) }, anotherKey),
  changed("the instance's key, a thief's signature", { signer: signerOf(keys.thief) }, notVerified),
  changed("a signature of zeros", { signer: () => Buffer.alloc(64) }, notVerified),
  changed("a signature in 63 bytes", { signer: (input) => signerOf(keys.device)(input).subarray(0, 63) }, notVerified),
  made("an altered proof", notVerified, (token) => {
    const [header, , signature] = proofOf(token).split(".");
    return proven(token, `${header}.${segment(JSON.parse(claimsText(token)))}.${signature}`);
  }),
  changed("another method", { claims: { htm: "POST" } }, method),
  changed("the method in small letters", { claims: { htm: "get" } }, method),
  made("a method exchanged on the way", method, (token) => ({ ...proven(token, proofOf(token)), method: "DELETE" })),
  changed("another path", { claims: { htu: `${origin}/v1/photo` } }, target),
  changed("a path that goes on", { claims: { htu: `${origin}/v1/photos/7` } }, target),
  changed("the path with a slash after it", { claims: { htu: `${origin}/v1/photos/` } }, target),
  changed("the path in capitals", { claims: { htu: `${origin}/V1/photos` } }, target),
  changed("an escaped slash", { claims: { htu: `${origin}/v1%2Fphotos` } }, target),
  changed("another host", { claims: { htu: "https://evil.example/v1/photos" } }, target),
  changed("our host before another", { claims: { htu: "https://api.example.com.evil.example/v1/photos" } }, target),
  changed("our host as a user name", { claims: { htu: "https://api.example.com@evil.example/v1/photos" } }, target),
  changed("plain http", { claims: { htu: "http://api.example.com/v1/photos" } }, target),
  changed("another port", { claims: { htu: `${origin}:8443/v1/photos` } }, target),
  changed("the path alone", { claims: { htu: "/v1/photos" } }, target),
  changed("an empty target", { claims: { htu: "" } }, target),
  made("a Host header that names the thief's proof", target, (token) => ({
    ...proven(token, proofOf(token, { claims: { htu: "https://evil.example/v1/photos" } })),
    headers: [
      ["X-Forwarded-Host", "evil.example"],
      ["Forwarded", "host=evil.example;proto=https"],
      [tokenHeader, token],
      ["DPoP", proofOf(token, { claims: { htu: "https://evil.example/v1/photos" } })],
    ],
  })),
  changed(
    "another token's hash",
    { claims: { ath: sha256("another").toString("base64url") } },
    refused("proof_token_wrong"),
  ),
  changed("a hash in base64", { claims: { ath: `${"A".repeat(43)}=` } }, refused("proof_token_wrong")),
  changed("no hash of the token", { claims: { ath: undefined } }, malformed),
  made("a proof made for another token of the same key", refused("proof_token_wrong"), (token) =>
    proven(token, proofOf(confirmed())),
  ),
  changed("a minute old", { claims: { iat: now - 60 } }, ok),
  changed("more than a minute old", { claims: { iat: now - 61 } }, stale),
  changed("more than a minute ahead", { claims: { iat: now + 61 } }, stale),
  changed("an hour old", { claims: { iat: now - 3600 } }, stale),
  changed("made at a text", { claims: { iat: String(now) } }, malformed),
  changed("made at a fraction", { claims: { iat: now + 0.5 } }, malformed),
  changed("made at no time", { claims: { iat: undefined } }, malformed),
  changed("no id", { claims: { jti: undefined } }, malformed),
  changed("an empty id", { claims: { jti: "" } }, malformed),
  changed("an id too long", { claims: { jti: "j".repeat(300) } }, malformed),
  changed("an id that is a number", { claims: { jti: 1 } }, malformed),
  changed("a nonce nobody asked for", { claims: { nonce: "abc" } }, ok),
  changed("a nonce that is a number", { claims: { nonce: 1 } }, malformed),
  made("a member of the header twice", malformed, rawProof(headerText.replace("{", '{"alg":"none",'), claimsText)),
  made(
    "a member of the claims twice",
    malformed,
    rawProof(headerText, (token) => claimsText(token).replace("{", '{"htm":"POST",')),
  ),
  made(
    "claims that are a list",
    malformed,
    rawProof(headerText, (token) => `[${claimsText(token)}]`),
  ),
  {
    name: "DPoP: the same proof twice",
    setting: "dpop",
    expected: refused("proof_replayed", "reused"),
    first: () => {
      const token = confirmed();
      return proven(token, proofOf(token));
    },
    request: (first) => first,
  },
  {
    name: "DPoP: the same token with a second proof",
    setting: "dpop",
    expected: ok,
    first: () => {
      const token = confirmed();
      return proven(token, proofOf(token));
    },
    request: (first) => {
      const token = first.headers[0]?.[1] ?? "";
      return proven(token, proofOf(token));
    },
  },
  {
    name: "DPoP: a proof refused for its method, then sent right",
    setting: "dpop",
    expected: ok,
    first: () => {
      const token = confirmed();
      return { ...proven(token, proofOf(token)), method: "POST" };
    },
    request: (first) => ({ ...first, method: "GET" }),
  },
  {
    name: "DPoP: an id used by another key does not spend this one",
    setting: "dpop",
    expected: ok,
    first: () => {
      const token = confirmed({ jkt: thumbprint(keys.thief) });
      const change = {
        header: { jwk: publicJwk(keys.thief) },
        claims: { jti: "shared" },
        signer: signerOf(keys.thief),
      };
      return proven(token, proofOf(token, change));
    },
    request: () => {
      const token = confirmed();
      return proven(token, proofOf(token, { claims: { jti: "shared" } }));
    },
  },
  ...(
    [
      ["a token that names no key", undefined],
      ["a token that names another key", { jkt: "A".repeat(43) }],
      ["a token that names its key as a JWK", { jwk: publicJwk(keys.device) }],
      ["a token that names nothing", {}],
    ] as const
  ).map(
    ([name, confirmation]): CorpusCase => ({
      name: `DPoP: ${name}`,
      setting: "dpop",
      expected: anotherKey,
      request: () => {
        const token = tokenOf({ claims: { cnf: confirmation } });
        return proven(token, proofOf(token));
      },
    }),
  ),
  {
    name: "DPoP: an expired token with a genuine proof",
    setting: "dpop",
    expected: refused("token_expired"),
    request: () => {
      const token = tokenOf({ claims: { cnf: { jkt: thumbprint(keys.device) }, iat: now - 400, exp: now - 100 } });
      return proven(token, proofOf(token));
    },
  },
  {
    name: "DPoP: a token that names a key where no proof is asked for",
    setting: "es256",
    expected: refused("proof_missing"),
    request: () => carrying(confirmed()),
  },
  {
    name: "DPoP: a token that names a key where proofs are given up",
    setting: "unproven",
    expected: ok,
    request: () => carrying(secretTokenOf({ claims: { cnf: { jkt: thumbprint(keys.device) } } })),
  },
  ...(
    [
      ["no nonce where one is needed", {}, refused("proof_nonce_required")],
      ["a nonce that is not ours", { nonce: b64u(Buffer.alloc(22, 7)) }, refused("proof_nonce_required")],
    ] as const
  ).map(
    ([name, claims, expected]): CorpusCase => ({
      name: `DPoP: ${name}`,
      setting: "dpop-nonce",
      expected,
      request: () => {
        const token = confirmed();
        return proven(token, proofOf(token, { claims }));
      },
    }),
  ),
  {
    name: "DPoP: the nonce of the answer, on a device whose clock is a day off",
    setting: "dpop-nonce",
    expected: ok,
    first: () => {
      const token = confirmed();
      return proven(token, proofOf(token));
    },
    request: (_first, nonce) => {
      const token = confirmed();
      return proven(token, proofOf(token, { claims: { nonce, iat: now - 86_400 } }));
    },
  },
  {
    name: "DPoP: a genuine proof while nobody can say whether it was seen",
    setting: "dpop-forgetful",
    expected: refused("replay_store_unavailable"),
    request: provenRequest,
  },
  {
    name: "DPoP: claims that are a token's",
    setting: "dpop",
    expected: malformed,
    request: () => {
      const token = confirmed();
      return proven(
        token,
        compact({ typ: "dpop+jwt", alg: "ES256", jwk: publicJwk(keys.device) }, claimsOf(), signerOf(keys.device)),
      );
    },
  },
];
