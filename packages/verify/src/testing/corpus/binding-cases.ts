import { type CorpusCase, type Expected, ok, refused } from "./case.ts";
import { get, secretTokenOf, sha256, tokenHeader, tokenOf } from "./forge.ts";
import { keys, now } from "./world.ts";

type Line = readonly [string, string];

const lines = (...values: readonly string[]): string => sha256(values.join("\n")).toString("base64url");
const concatenated = (...values: readonly string[]): string => sha256(values.join("")).toString("base64");

const user = "Bearer user-1";
const thief = "Bearer user-2";
const device = "device-1";

/** A token of our profile, bound to Authorization and X-Device-Id by lines. */
const bound = (
  name: string,
  pay: unknown,
  headers: readonly Line[],
  expected: Expected,
  setting: CorpusCase["setting"] = "bound",
): CorpusCase => ({
  name,
  setting,
  expected,
  request: () => get([tokenHeader, secretTokenOf({ claims: { pay } })], ...headers),
});

/** A token of the approov profile, bound to the same headers without a separator. */
const approov = (name: string, pay: unknown, headers: readonly Line[], expected: Expected): CorpusCase => ({
  name,
  setting: "approov",
  expected,
  request: () =>
    get(
      ["Approov-Token", secretTokenOf({ claims: { pay, did: "AAECAwQFBgcICQoLDA0ODw==", ip: "192.0.2.1" } })],
      ...headers,
    ),
});

const both: readonly Line[] = [
  ["Authorization", user],
  ["X-Device-Id", device],
];
const wrong = refused("binding_wrong");
const missing = refused("binding_missing");

const firebase = (name: string, claims: Readonly<Record<string, unknown>>, expected: Expected): CorpusCase => ({
  name,
  setting: "firebase",
  expected,
  request: () =>
    get([
      "X-Firebase-AppCheck",
      tokenOf({
        key: keys.rs256,
        claims: { aud: ["projects/123456", "projects/photos"], sub: "1:123456:android:abc", ...claims },
      }),
    ]),
});

/** What a token is bound to, and what other profiles change. */
export const bindingCases: readonly CorpusCase[] = [
  bound("a token bound to two headers", lines(user, device), both, ok),
  bound("bound headers in another order on the wire", lines(user, device), both.toReversed(), ok),
  bound(
    "a bound header's name in small letters",
    lines(user, device),
    [
      ["authorization", user],
      ["x-device-id", device],
    ],
    ok,
  ),
  bound(
    "white space around a bound value",
    lines(user, device),
    [
      ["Authorization", `  ${user}\t`],
      ["X-Device-Id", device],
    ],
    ok,
  ),
  bound("bound to an absent header as to an empty one", lines(user, ""), [["Authorization", user]], ok),
  bound(
    "a bound value of foreign bytes",
    lines("Bearer user-1", "ger\u00e4t"),
    [
      ["Authorization", user],
      ["X-Device-Id", Buffer.from("ger\u00e4t").toString("latin1")],
    ],
    ok,
  ),
  bound(
    "another user's header",
    lines(user, device),
    [
      ["Authorization", thief],
      ["X-Device-Id", device],
    ],
    wrong,
  ),
  bound(
    "another device's header",
    lines(user, device),
    [
      ["Authorization", user],
      ["X-Device-Id", "device-2"],
    ],
    wrong,
  ),
  bound("one of the bound headers left out", lines(user, device), [["Authorization", user]], wrong),
  bound("both bound headers left out", lines(user, device), [], missing),
  bound("bound in the wrong order", lines(device, user), both, wrong),
  bound(
    "a byte moved from one bound header to its neighbour",
    lines(user, device),
    [
      ["Authorization", `${user}d`],
      ["X-Device-Id", "evice-1"],
    ],
    wrong,
  ),
  bound("a bound header twice", lines(user, device), [...both, ["Authorization", thief]], wrong),
  bound("a bound header twice, the same", lines(user, device), [...both, ["Authorization", user]], wrong),
  bound(
    "a bound header that is joined in one line",
    lines(`${user}, ${thief}`, device),
    [
      ["Authorization", `${user}, ${thief}`],
      ["X-Device-Id", device],
    ],
    ok,
  ),
  bound(
    "a bound header that is split over two lines",
    lines(`${user}, ${thief}`, device),
    [
      ["Authorization", user],
      ["Authorization", thief],
      ["X-Device-Id", device],
    ],
    ok,
  ),
  bound(
    "the scheme of a bound header in small letters",
    lines(user, device),
    [
      ["Authorization", user.toLowerCase()],
      ["X-Device-Id", device],
    ],
    wrong,
  ),
  bound("bound to nothing", undefined, both, missing),
  bound("bound to an empty text", "", both, wrong),
  bound("bound to a number", 12, both, refused("claims_malformed")),
  bound("bound to null", null, both, refused("claims_malformed")),
  bound("bound in base64 in place of base64url", sha256([user, device].join("\n")).toString("base64"), both, wrong),
  bound("bound in capitals", lines(user, device).toUpperCase(), both, wrong),
  bound("bound to the values in the clear", [user, device].join("\n"), both, wrong),
  bound("bound to nothing where a binding may lack", undefined, both, ok, "bindable"),
  bound("bound wrongly where a binding may lack", lines(thief, device), both, wrong, "bindable"),
  {
    name: "a token in Authorization with its prefix",
    setting: "bearer",
    expected: ok,
    request: () => get(["Authorization", `Bearer ${secretTokenOf()}`]),
  },
  {
    name: "the prefix in other letters",
    setting: "bearer",
    expected: ok,
    request: () => get(["Authorization", `bearer ${secretTokenOf()}`]),
  },
  {
    name: "a token without its prefix",
    setting: "bearer",
    expected: refused("token_malformed"),
    request: () => get(["Authorization", secretTokenOf()]),
  },
  {
    name: "another scheme than the prefix",
    setting: "bearer",
    expected: refused("token_malformed"),
    request: () => get(["Authorization", `Basic ${secretTokenOf()}`]),
  },
  {
    name: "the prefix alone",
    setting: "bearer",
    expected: refused("token_malformed"),
    request: () => get(["Authorization", "Bearer"]),
  },
  {
    name: "two Authorization lines",
    setting: "bearer",
    expected: refused("token_duplicated"),
    request: () => get(["Authorization", `Bearer ${secretTokenOf()}`], ["Authorization", "Basic dTpw"]),
  },
  approov("a token of the approov profile", concatenated(user, device), both, ok),
  approov(
    "a token of the approov profile, values trimmed",
    concatenated(user, device),
    [
      ["Authorization", ` ${user} `],
      ["X-Device-Id", device],
    ],
    ok,
  ),
  approov(
    "a byte moved where nothing separates the values, as that profile has it",
    concatenated(user, device),
    [
      ["Authorization", `${user}d`],
      ["X-Device-Id", "evice-1"],
    ],
    ok,
  ),
  approov(
    "another user's header under the approov profile",
    concatenated(user, device),
    [
      ["Authorization", thief],
      ["X-Device-Id", device],
    ],
    wrong,
  ),
  approov("no bound header under the approov profile", concatenated(user, device), [], missing),
  approov("bound to nothing under the approov profile", undefined, both, missing),
  approov(
    "bound without padding under the approov profile",
    concatenated(user, device).replaceAll("=", ""),
    both,
    wrong,
  ),
  approov(
    "bound by lines under the approov profile",
    sha256([user, device].join("\n")).toString("base64"),
    both,
    wrong,
  ),
  {
    name: "a token of our own header under the approov profile",
    setting: "approov",
    expected: refused("token_missing"),
    request: () => get([tokenHeader, secretTokenOf({ claims: { pay: concatenated(user, device) } })], ...both),
  },
  {
    name: "a bare token of the approov profile: exp and nothing else",
    setting: "approov-bare",
    expected: ok,
    request: () =>
      get([
        "Approov-Token",
        secretTokenOf({ claims: { iss: undefined, aud: undefined, sub: undefined, iat: undefined, jti: undefined } }),
      ]),
  },
  {
    name: "an expired bare token of the approov profile",
    setting: "approov-bare",
    expected: refused("token_expired"),
    request: () =>
      get([
        "Approov-Token",
        secretTokenOf({ claims: { iss: undefined, aud: undefined, iat: undefined, exp: now - 6 } }),
      ]),
  },
  {
    name: "a bare token without end of the approov profile",
    setting: "approov-bare",
    expected: refused("claims_malformed"),
    request: () => get(["Approov-Token", secretTokenOf({ claims: { exp: undefined } })]),
  },
  firebase("a token of the firebase-app-check profile", {}, ok),
  firebase(
    "a token of another Firebase project",
    { aud: ["projects/654321", "projects/maps"] },
    refused("audience_wrong"),
  ),
  firebase(
    "an expired token of the firebase-app-check profile",
    { iat: now - 400, exp: now - 100 },
    refused("token_expired"),
  ),
  firebase("no app id in the firebase-app-check profile", { sub: undefined }, refused("claims_malformed")),
];
