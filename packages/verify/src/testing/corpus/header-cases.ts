import { type CorpusCase, type Expected, ok, refused } from "./case.ts";
import { b64u, carrying, claimsOf, compact, secretTokenOf, signerOf, tokenOf } from "./forge.ts";
import { jwkOf, keys } from "./world.ts";

const setting = "es256";
const one = (name: string, make: () => string, expected: Expected): CorpusCase => ({
  name,
  setting,
  expected,
  request: () => carrying(make()),
});

const typed = (typ: unknown) => () => tokenOf({ header: { typ } });
const named = (kid: unknown) => () => tokenOf({ header: { kid } });
const byThief = (more: Readonly<Record<string, unknown>>) => () => tokenOf({ key: keys.stranger, header: more });

/** Kinds of JWT that are no token, names of keys, and what a header may not ask for. */
export const headerCases: readonly CorpusCase[] = [
  ...[
    "at+jwt",
    "application/at+jwt",
    "dpop+jwt",
    "oauth-client-attestation+jwt",
    "oauth-client-attestation-pop+jwt",
    "secevent+jwt",
    "logout+jwt",
    "JOSE",
    "",
  ].map((typ) => one(`a JWT of the type ${JSON.stringify(typ)}`, typed(typ), refused("type_wrong"))),
  one("a JWT of no type", typed(undefined), refused("type_wrong")),
  one("a type that is no text", typed(["JWT"]), refused("type_wrong")),
  one("an unknown key id", named("es-2"), refused("key_unknown")),
  one("a key id that is a path", named("../../../../dev/null"), refused("key_unknown")),
  one("a key id that is a URL", named("https://evil.example/key.pem"), refused("key_unknown")),
  one("a key id that is a query", named("es-1' UNION SELECT 'AAAA"), refused("key_unknown")),
  one("a key id that every object has", named("__proto__"), refused("key_unknown")),
  one("a key id that is a method's name", named("constructor"), refused("key_unknown")),
  one("a key id with a byte zero after it", named("es-1\u0000"), refused("key_unknown")),
  one("a key id in capitals", named("ES-1"), refused("key_unknown")),
  one("a key id with a space", named("es-1 "), refused("key_unknown")),
  one("an empty key id", named(""), refused("key_unknown")),
  one("a key id that is a number", named(1), refused("token_malformed")),
  one("a key id that is a list", named(["es-1"]), refused("token_malformed")),
  one("a key id that is null", named(null), refused("token_malformed")),
  one("a key id too long", named("k".repeat(900)), refused("token_malformed")),
  one("another API's key under its own name", () => tokenOf({ key: keys.otherApi }), refused("key_unknown")),
  one(
    "another API's key under this API's name",
    () => tokenOf({ key: keys.otherApi, header: { kid: "es-1" } }),
    refused("signature_invalid"),
  ),
  one("a stranger's key under our name", () => tokenOf({ key: keys.stranger }), refused("signature_invalid")),
  one("a retired key", () => tokenOf({ key: keys.retired }), refused("key_retired")),
  one("a key of the sender's own in the header", byThief({ jwk: jwkOf(keys.stranger) }), refused("token_malformed")),
  one(
    "a key of the sender's own in place of a key id",
    byThief({ kid: undefined, jwk: jwkOf(keys.stranger) }),
    refused("token_malformed"),
  ),
  one("a key set elsewhere", byThief({ jku: "https://evil.example/jwks.json" }), refused("token_malformed")),
  one("a certificate elsewhere", byThief({ x5u: "https://evil.example/cert.pem" }), refused("token_malformed")),
  one("a certificate in the header", byThief({ x5c: ["MIIB"] }), refused("token_malformed")),
  one("a critical extension", () => tokenOf({ header: { crit: ["exp"], exp: 1 } }), refused("token_malformed")),
  one("an empty list of critical extensions", () => tokenOf({ header: { crit: [] } }), refused("token_malformed")),
  one(
    "a payload that is not encoded",
    () => {
      const input = `${b64u('{"alg":"ES256","typ":"JWT","kid":"es-1","b64":false,"crit":["b64"]}')}.${b64u(JSON.stringify(claimsOf()))}`;
      return `${input}.${b64u(signerOf(keys.es256)(Buffer.from(input)))}`;
    },
    refused("token_malformed"),
  ),
  one("a compressed payload", () => tokenOf({ header: { zip: "DEF" } }), refused("token_malformed")),
  one(
    "a token inside a token",
    () => compact({ alg: "ES256", typ: "JWT", kid: "es-1", cty: "JWT" }, tokenOf(), signerOf(keys.es256)),
    refused("token_malformed"),
  ),
  one(
    "a token as the payload of a token",
    () => compact({ alg: "ES256", typ: "JWT", kid: "es-1" }, tokenOf(), signerOf(keys.es256)),
    refused("claims_malformed"),
  ),
  {
    name: "a token without key id, where there is one key",
    setting: "pem",
    expected: ok,
    request: () => carrying(tokenOf({ header: { kid: undefined } })),
  },
  {
    name: "a token without key id by a stranger",
    setting: "pem",
    expected: refused("signature_invalid"),
    request: () => carrying(tokenOf({ key: keys.stranger, header: { kid: undefined } })),
  },
  {
    name: "a token without key id, where there are several keys",
    setting,
    expected: refused("key_unknown"),
    request: () => carrying(tokenOf({ header: { kid: undefined } })),
  },
  {
    name: "a shared secret's token without key id",
    setting: "hs256",
    expected: ok,
    request: () => carrying(secretTokenOf({ header: { kid: undefined } })),
  },
];
