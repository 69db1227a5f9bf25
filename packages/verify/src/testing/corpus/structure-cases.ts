import { type CorpusCase, type Expected, ok, refused } from "./case.ts";
import { b64u, carrying, claimsOf, compact, get, segment, signerOf, tokenHeader, tokenOf } from "./forge.ts";
import { keys } from "./world.ts";

const parts = (token: string): [string, string, string] => {
  const [header = "", payload = "", signature = ""] = token.split(".");
  return [header, payload, signature];
};
const sign = signerOf(keys.es256);
const header = { alg: "ES256", typ: "JWT", kid: "es-1" };
const setting = "es256";
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

const one = (name: string, make: () => string, expected: Expected): CorpusCase => ({
  name,
  setting,
  expected,
  request: () => carrying(make()),
});
const malformed = (name: string, make: () => string): CorpusCase => one(name, make, refused("token_malformed"));

/** The same bytes in another text: a bit that encodes nothing is set. 64 signature bytes leave four such bits. */
function withUnusedBit(text: string): string {
  const last = alphabet.indexOf(text.slice(-1));
  return text.slice(0, -1) + alphabet[last + 1];
}

/** A payload whose text has unused bits, and the same with one of them set. */
function tokenWithUnusedPayloadBit(): string {
  let pad = "";
  for (;;) {
    const payload = segment({ ...claimsOf(), pad });
    if (payload.length % 4 !== 0) {
      const input = `${segment(header)}.${withUnusedBit(payload)}`;
      return `${input}.${b64u(sign(Buffer.from(input)))}`;
    }
    pad += "x";
  }
}

const headerOf = (text: string | Uint8Array) => () => compact(text, claimsOf(), sign);

/** How a token is found and taken apart, before any key is looked for. */
export const structureCases: readonly CorpusCase[] = [
  one("a genuine token", () => tokenOf(), ok),
  {
    name: "a header name in capitals",
    setting,
    expected: ok,
    request: () => get([tokenHeader.toUpperCase(), tokenOf()]),
  },
  {
    name: "white space around the token",
    setting,
    expected: ok,
    request: () => get([tokenHeader, ` \t${tokenOf()} \t`]),
  },
  {
    name: "other headers in another order",
    setting,
    expected: ok,
    request: () => get(["X-B", "2"], [tokenHeader, tokenOf()], ["X-A", "1"], ["X-B", "3"]),
  },
  { name: "no token", setting, expected: refused("token_missing", "unknown_origin"), request: () => get() },
  {
    name: "no token, but the app's mark",
    setting: "marked",
    expected: refused("token_missing", "outdated"),
    request: () => get(["User-Agent", "Photos/3.1 (Android)"]),
  },
  {
    name: "no token and another's mark",
    setting: "marked",
    expected: refused("token_missing", "unknown_origin"),
    request: () => get(["User-Agent", "curl/8.0"]),
  },
  {
    name: "no token, and the app's mark in a second line",
    setting: "marked",
    expected: refused("token_missing", "unknown_origin"),
    request: () => get(["User-Agent", "curl/8.0"], ["User-Agent", "Photos/3.1 (Android)"]),
  },
  {
    name: "a forged token and the app's mark",
    setting: "marked",
    expected: refused("signature_invalid", "invalid"),
    request: () => carrying(tokenOf({ key: keys.stranger }), ["User-Agent", "Photos/3.1 (Android)"]),
  },
  {
    name: "the token in another header",
    setting,
    expected: refused("token_missing"),
    request: () => get(["Authorization", `Bearer ${tokenOf()}`]),
  },
  {
    name: "the token in the query",
    setting,
    expected: refused("token_missing"),
    request: () => ({ ...get(), target: `/v1/photos?countersign-token=${tokenOf()}` }),
  },
  {
    name: "two tokens in two lines",
    setting,
    expected: refused("token_duplicated"),
    request: () => get([tokenHeader, tokenOf()], [tokenHeader, tokenOf()]),
  },
  {
    name: "the same token in two lines",
    setting,
    expected: refused("token_duplicated"),
    request: () => {
      const token = tokenOf();
      return get([tokenHeader, token], [tokenHeader, token]);
    },
  },
  {
    name: "a forged token after a genuine one, names in two cases",
    setting,
    expected: refused("token_duplicated"),
    request: () =>
      get([tokenHeader, tokenOf()], ["X-A", "1"], [tokenHeader.toLowerCase(), tokenOf({ key: keys.stranger })]),
  },
  one("two tokens in one line", () => `${tokenOf()}, ${tokenOf()}`, refused("token_duplicated")),
  one("a token and a comma", () => `${tokenOf()},`, refused("token_duplicated")),
  one("a comma and a token", () => `,${tokenOf()}`, refused("token_duplicated")),
  {
    name: "an empty line beside a token",
    setting,
    expected: refused("token_duplicated"),
    request: () => get([tokenHeader, ""], [tokenHeader, tokenOf()]),
  },
  { name: "an empty header", setting, expected: refused("token_missing"), request: () => get([tokenHeader, ""]) },
  malformed("one segment", () => "abc"),
  malformed("the payload left out", () => parts(tokenOf()).slice(0, 2).join(".")),
  malformed("a fourth segment", () => `${tokenOf()}.AAAA`),
  malformed("a trailing full stop", () => `${tokenOf()}.`),
  malformed("a leading full stop", () => `.${tokenOf()}`),
  malformed("six segments", () => `${tokenOf()}.${tokenOf()}`),
  one("five segments", () => `${tokenOf()}.AAAA.AAAA`, refused("token_encrypted")),
  malformed("full stops alone", () => ".."),
  malformed("an empty header segment", () => `.${parts(tokenOf()).slice(1).join(".")}`),
  one("an empty payload", () => compact(header, "", sign), refused("claims_malformed")),
  one("an empty signature", () => `${parts(tokenOf()).slice(0, 2).join(".")}.`, refused("signature_invalid")),
  malformed("padding after the header", () => {
    const [head, payload, signature] = parts(tokenOf());
    return `${head}=.${payload}.${signature}`;
  }),
  malformed("padding after the payload", () => {
    const [head, payload, signature] = parts(tokenOf());
    return `${head}.${payload}=.${signature}`;
  }),
  malformed("padding after the signature", () => `${tokenOf()}==`),
  malformed("an unused bit set in the signature", () => {
    const [head, payload, signature] = parts(tokenOf());
    return `${head}.${payload}.${withUnusedBit(signature)}`;
  }),
  malformed("an unused bit set in the payload, and signed so", tokenWithUnusedPayloadBit),
  malformed("an impossible length", () => `${tokenOf()}AAA`),
  malformed("base64 in place of base64url", () => {
    const [head, payload] = parts(tokenOf());
    return `${head}.${payload}.${Buffer.alloc(64, 0xfb).toString("base64").replaceAll("=", "")}`;
  }),
  malformed("a space inside", () => tokenOf().replace(".", ". ")),
  malformed("a tab inside", () => tokenOf().replace(".", ".\t")),
  malformed("a foreign character inside", () => `${tokenOf().slice(0, -4)}\u00e9AAA`),
  malformed("a letter as UTF-8 of full width", () => `\u00ef\u00bd\u0085${tokenOf().slice(1)}`),
  malformed("quotation marks", () => `"${tokenOf()}"`),
  malformed("full stops percent-encoded", () => tokenOf().replaceAll(".", "%2E")),
  malformed("a scheme where none is expected", () => `Bearer ${tokenOf()}`),
  malformed("the JSON form of a signature", () => {
    const [head, payload, signature] = parts(tokenOf());
    return JSON.stringify({ protected: head, payload, signature }).replaceAll(",", ";");
  }),
  one("a token too large", () => tokenOf({ claims: { pad: "x".repeat(9000) } }), refused("token_too_large")),
  one("nothing but length", () => "A".repeat(12_000), refused("token_too_large")),
  malformed("a header that is no JSON", headerOf("{")),
  malformed("a header that is an array", headerOf('["ES256"]')),
  malformed("a header that is null", headerOf("null")),
  malformed("a header that is a text", headerOf('"ES256"')),
  malformed("a header with a byte order mark", headerOf(`\ufeff${JSON.stringify(header)}`)),
  malformed("a header with something after it", headerOf(`${JSON.stringify(header)}{}`)),
  malformed("a header that is not UTF-8", headerOf(Buffer.from('{"alg":"ES256","typ":"JWT","kid":"\xff"}', "latin1"))),
  malformed(
    "a header nested too deep",
    headerOf(`{"alg":"ES256","typ":"JWT","kid":${"[".repeat(400)}${"]".repeat(400)}}`),
  ),
  malformed("an algorithm named twice", headerOf('{"alg":"none","alg":"ES256","typ":"JWT","kid":"es-1"}')),
  malformed(
    "an algorithm named twice, once escaped",
    headerOf('{"alg":"ES256","\\u0061lg":"none","typ":"JWT","kid":"es-1"}'),
  ),
  malformed("a key id named twice", headerOf('{"alg":"ES256","typ":"JWT","kid":"es-1","kid":"es-1"}')),
  malformed("a header by way of a prototype", headerOf('{"__proto__":{"alg":"ES256","typ":"JWT"},"kid":"es-1"}')),
];
