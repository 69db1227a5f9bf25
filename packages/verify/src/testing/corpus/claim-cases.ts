import { type CorpusCase, type Expected, ok, refused } from "./case.ts";
import { carrying, claimsOf, compact, hmac, secretTokenOf, signerOf, tokenOf } from "./forge.ts";
import { issuer, keys, now, secrets } from "./world.ts";

const one = (name: string, claims: Readonly<Record<string, unknown>>, expected: Expected): CorpusCase => ({
  name,
  setting: "es256",
  expected,
  request: () => carrying(tokenOf({ claims })),
});

/** A payload's very text, signed by the right key. */
const text = (name: string, make: () => string | Uint8Array): CorpusCase => ({
  name,
  setting: "es256",
  expected: refused("claims_malformed"),
  request: () => carrying(compact({ alg: "ES256", typ: "JWT", kid: "es-1" }, make(), signerOf(keys.es256))),
});

const withMember = (member: string) => (): string => JSON.stringify(claimsOf()).replace(/\}$/, `,${member}}`);
const withTime = (time: string) => (): string => JSON.stringify(claimsOf()).replace(/"exp":\d+/, `"exp":${time}`);

const malformed = refused("claims_malformed");
const anotherIssuer = refused("issuer_wrong");
const anotherAudience = refused("audience_wrong");
const expired = refused("token_expired");
const early = refused("token_not_yet_valid");

const use = (
  name: string,
  setting: CorpusCase["setting"],
  claims: Readonly<Record<string, unknown>>,
  expected: Expected,
): CorpusCase => ({
  name,
  setting,
  expected,
  request: () => carrying(secretTokenOf({ claims })),
});

/** What a token claims, each under a signature that is right. */
export const claimCases: readonly CorpusCase[] = [
  one("the issuer of another project", { iss: "https://service.example/p/BBBBBBBBBBBBBBBBBBBBBB" }, anotherIssuer),
  one("the issuer's development", { iss: `${issuer}/development` }, anotherIssuer),
  one("the issuer with a slash after it", { iss: `${issuer}/` }, anotherIssuer),
  one("the issuer in capitals", { iss: issuer.toUpperCase() }, anotherIssuer),
  one("the issuer of another host", { iss: issuer.replace("service", "evil") }, anotherIssuer),
  one("a list of issuers", { iss: [issuer] }, malformed),
  one("no issuer", { iss: undefined }, malformed),
  one("another API as audience", { aud: "payments" }, anotherAudience),
  one("an audience that begins like ours", { aud: "photos2" }, anotherAudience),
  one("the audience in capitals", { aud: "PHOTOS" }, anotherAudience),
  one("an empty audience", { aud: "" }, anotherAudience),
  one("an empty list of audiences", { aud: [] }, anotherAudience),
  one("a list of other audiences", { aud: ["payments", "maps"] }, anotherAudience),
  one("a list of audiences with ours", { aud: ["payments", "photos"] }, ok),
  one("an audience that is a number", { aud: 7 }, malformed),
  one("an audience that is an object", { aud: { photos: true } }, malformed),
  one("a list of audiences with a number", { aud: ["photos", 7] }, malformed),
  one("no audience", { aud: undefined }, malformed),
  one("an hour past its end", { iat: now - 3900, exp: now - 3600 }, expired),
  one("past its end by the clock tolerance", { exp: now - 5 }, expired),
  one("past its end within the clock tolerance", { exp: now - 4 }, ok),
  one("an end at time zero", { iat: 0, exp: 0 }, expired),
  one("no end", { exp: undefined }, malformed),
  one("an end before time zero", { exp: -1 }, malformed),
  one("an end that is a text", { exp: String(now + 290) }, malformed),
  one("an end in fractions of a second", { exp: now + 290.5 }, malformed),
  one("an end that is null", { exp: null }, malformed),
  one("an end that is true", { exp: true }, malformed),
  one("an end that is a list", { exp: [now + 290] }, malformed),
  one("an end in milliseconds", { exp: (now + 290) * 1000 }, malformed),
  one("an end in a thousand years", { exp: now + 31_557_600_000 }, malformed),
  one("an end in an hour, for an instance", { exp: now + 3600 }, malformed),
  text("an end past every number", withTime("1e400")),
  text("an end past what a number holds exactly", withTime("9007199254740993")),
  text("an end with an exponent and a fraction", withTime("1.5e-7")),
  text("an end that is no JSON number", withTime("0x7fffffff")),
  text("an end that is not a number", withTime("NaN")),
  one("made in the future", { iat: now + 3600, exp: now + 3800 }, early),
  one("made past the clock tolerance", { iat: now + 6 }, early),
  one("made within the clock tolerance", { iat: now + 5 }, ok),
  one("made at a text", { iat: "now" }, malformed),
  one("made at a fraction", { iat: now - 0.5 }, malformed),
  one("made at no time", { iat: undefined }, malformed),
  one("made before time zero", { iat: -300, exp: now + 290 }, malformed),
  one("not to be used yet", { nbf: now + 60 }, early),
  one("to be used from now on", { nbf: now }, ok),
  one("not to be used before a text", { nbf: "1" }, malformed),
  one("a subject that is a number", { sub: 12 }, malformed),
  one("no subject", { sub: undefined }, malformed),
  one("no token id", { jti: undefined }, malformed),
  one("a token id that is a number", { jti: 1 }, malformed),
  one("an ARC that is a list", { arc: ["ABCD"] }, malformed),
  one("annotations that are a text", { anno: "rooted" }, malformed),
  one("claims of the operator's own", { tier: "gold", limits: { perDay: 10 } }, ok),
  text("claims that are no JSON", () => "{"),
  text("claims that are a list", () => JSON.stringify([claimsOf()])),
  text("claims that are null", () => "null"),
  text("claims that are a text", () => '"photos"'),
  text("claims that are not UTF-8", () => Buffer.from(withMember('"note":"\xff"')(), "latin1")),
  text("claims with a byte order mark", () => `\ufeff${JSON.stringify(claimsOf())}`),
  text("claims with something after them", () => `${JSON.stringify(claimsOf())}{}`),
  text("an end named twice", withMember(`"exp":${now + 290}`)),
  text("an audience named twice", withMember('"aud":"payments"')),
  text("an issuer named twice, once escaped", withMember(`"\\u0069ss":"${issuer}"`)),
  text("a member of a member named twice", withMember('"limits":{"a":1,"a":2}')),
  text("claims nested too deep", withMember(`"deep":${"[".repeat(500)}${"]".repeat(500)}`)),
  text("a lone surrogate", withMember('"note":"\\ud800"')),
  text("claims by way of a prototype", () => `{"__proto__":${JSON.stringify(claimsOf())}}`),
  use("an example token", "hs256", { use: "example", exp: now + 3000 }, refused("use_refused")),
  use("an example token where they count", "lenient", { use: "example", exp: now + 3000 }, ok),
  use("an example token that lives too long", "lenient", { use: "example", exp: now + 86_400 }, malformed),
  use(
    "an expired example token where they count",
    "lenient",
    { use: "example", iat: now - 4000, exp: now - 400 },
    expired,
  ),
  use("a long-lived token", "hs256", { use: "long-lived", exp: now + 86_400 }, refused("use_refused")),
  use("a long-lived token where they count", "lenient", { use: "long-lived", exp: now + 86_400 }, ok),
  use("a token of an unknown use", "lenient", { use: "everything" }, refused("use_refused")),
  use("a token of the use instance, which is never written", "lenient", { use: "instance" }, refused("use_refused")),
  use("a use in capitals", "lenient", { use: "EXAMPLE" }, refused("use_refused")),
  use("a use that is a list", "lenient", { use: ["example"] }, malformed),
  use("a use that is null", "hs256", { use: null }, malformed),
  use("a limited token where nobody can use it up", "hs256", { use: "limited" }, refused("use_refused")),
  use("a limited token", "limited", { use: "limited" }, ok),
  {
    name: "a limited token used twice",
    setting: "limited",
    expected: refused("token_consumed", "reused"),
    first: () => carrying(secretTokenOf({ claims: { use: "limited" } })),
    request: (first) => first,
  },
  {
    name: "an instance token used twice",
    setting: "limited",
    expected: ok,
    first: () => carrying(secretTokenOf()),
    request: (first) => first,
  },
  use(
    "a limited token whose instance is banned",
    "limited",
    { use: "limited", sub: "banned" },
    refused("token_banned"),
  ),
  use(
    "a limited token while the service is away",
    "limited",
    { use: "limited", sub: "away" },
    refused("consume_unavailable"),
  ),
  use(
    "an expired limited token, which is never asked about",
    "limited",
    { use: "limited", sub: "away", exp: now - 60, iat: now - 300 },
    expired,
  ),
  {
    name: "a decoy token",
    setting: "decoy",
    expected: refused("decoy"),
    request: () => carrying(secretTokenOf({ secret: secrets.decoy })),
  },
  {
    name: "an expired decoy token",
    setting: "decoy",
    expected: refused("decoy"),
    request: () => carrying(secretTokenOf({ secret: secrets.decoy, claims: { exp: now - 3600, iat: now - 3900 } })),
  },
  {
    name: "a decoy token where decoys are not known",
    setting: "hs256",
    expected: refused("signature_invalid"),
    request: () => carrying(secretTokenOf({ secret: secrets.decoy })),
  },
  {
    name: "an altered decoy token",
    setting: "decoy",
    expected: refused("signature_invalid"),
    request: () => carrying(secretTokenOf({ signer: (input) => hmac(secrets.decoy)(Buffer.concat([input, input])) })),
  },
  {
    name: "a genuine token where decoys are known",
    setting: "decoy",
    expected: ok,
    request: () => carrying(secretTokenOf()),
  },
];
