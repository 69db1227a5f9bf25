import { assert, constantFrom, property, string, stringMatching, uint8Array } from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeBase64 } from "./base64.ts";
import { percentEncode } from "./percent.ts";
import { mostPresented, type PresentedRequest, presentedValues } from "./presented-values.ts";
import { toUtf8 } from "./utf8.ts";

const value = "sk_live_9f2Kq7Lm3Xc8Vb5N";
const none: PresentedRequest = { headers: [], target: "/" };
const header = (name: string, text: string): PresentedRequest => ({ ...none, headers: [[name, text]] });
const target = (text: string): PresentedRequest => ({ ...none, target: text });
const body = (contentType: string, text: string): PresentedRequest => ({
  ...none,
  body: { contentType, bytes: toUtf8(text) },
});
const basic = (text: string): string => `Basic ${encodeBase64(toUtf8(text))}`;

/** How a credential is sent, by everybody's habits. */
const spellings: Readonly<Record<string, (text: string) => PresentedRequest>> = {
  "a header": (text) => header("x-api-key", text),
  "a header of any name": (text) => header("x-whatever", ` ${text} `),
  "a bearer": (text) => header("Authorization", `Bearer ${text}`),
  "a bearer in capitals, far off": (text) => header("AUTHORIZATION", `BEARER   ${text}`),
  "another scheme": (text) => header("authorization", `token ${text}`),
  "a parameter of a scheme": (text) => header("authorization", `ApiKey key=${text}, v=1`),
  "a quoted parameter of a scheme": (text) => header("authorization", `MAC id="${text}", nonce="x"`),
  "an AWS credential": (text) =>
    header("authorization", `AWS4-HMAC-SHA256 Credential=${text}/20260101/us-east-1/s3/aws4_request, Signature=0f`),
  "the user of Basic": (text) => header("authorization", basic(`${text}:`)),
  "the password of Basic": (text) => header("authorization", basic(`user:${text}`)),
  "the password of Basic without padding": (text) => header("authorization", basic(`user:${text}`).replace(/=+$/, "")),
  "the whole of Basic": (text) => header("authorization", basic(text)),
  "a cookie": (text) => header("cookie", `a=b; session=${text}; c=d`),
  "an encoded cookie": (text) => header("cookie", `a=b; session=${percentEncode(text)}`),
  "one of a list": (text) => header("x-keys", `a, ${text},b`),
  "the query": (text) => target(`/v1?a=b&api_key=${text}&c`),
  "the encoded query": (text) =>
    target(`/v1?api_key=${[...toUtf8(text)].map((each) => `%${each.toString(16).padStart(2, "0")}`).join("")}`),
  "the query's one word": (text) => target(`/v1?${percentEncode(text)}`),
  "the query's name": (text) => target(`/v1?${percentEncode(text)}=1`),
  "a bearer in the query": (text) => target(`/v1?auth=Bearer+${percentEncode(text)}`),
  "a segment": (text) => target(`/bot/${percentEncode(text)}/send`),
  "a part of a segment": (text) => target(`/bot:${percentEncode(text)}/send?x=y`),
  "an absolute URL": (text) => target(`https://api.example.com/x?key=${percentEncode(text)}#there`),
  "a URL in a header": (text) => header("x-original-uri", `/v1?key=${percentEncode(text)}&x=y`),
  "a form": (text) => body("application/x-www-form-urlencoded; charset=utf-8", `a=b&key=${percentEncode(text)}`),
  JSON: (text) => body("application/json", JSON.stringify({ a: [1, { key: text }] })),
  "JSON of a vendor, escaped": (text) =>
    body(
      "application/vnd.x+json",
      `{"k":"${Array.from(text, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`).join("")}"}`,
    ),
};

describe("the presented values", () => {
  it.each(Object.entries(spellings))("has a value that stands in %s", (_, of) => {
    expect(presentedValues(of(value), new Set([value.length]))).toContain(value);
  });

  it("has every value of a key's characters in every spelling", () => {
    const keys = stringMatching(/^[A-Za-z0-9_-]{16,64}$/);
    assert(
      property(keys, constantFrom(...Object.values(spellings)), (key, of) =>
        presentedValues(of(key), new Set([key.length])).includes(key),
      ),
      { numRuns: 2_000 },
    );
  });

  it("has a value with the characters of base64 where it stands whole", () => {
    const awkward = "ab+/cd:ef+/gh==";
    for (const name of [
      "a header",
      "a bearer",
      "the password of Basic",
      "the encoded query",
      "a segment",
      "a form",
      "JSON",
      "an encoded cookie",
    ])
      expect([name, presentedValues(spellings[name]?.(awkward) ?? none, new Set([awkward.length]))]).toEqual([
        name,
        expect.arrayContaining([awkward]),
      ]);
  });

  it("has nothing of another length, and nothing where nothing is looked for", () => {
    expect(presentedValues(header("x-api-key", value), new Set([value.length + 1]))).toEqual([]);
    expect(presentedValues(header("x-api-key", value), new Set())).toEqual([]);
    expect(presentedValues({ headers: [], target: null }, new Set([1, 2]))).toEqual([]);
  });

  it("gives 64 values at most, and those where credentials stand before thousands of others", () => {
    const of = (at: number): string => `key-${String(at).padStart(20, "0")}`;
    const cookies = Array.from({ length: 10_000 }, (_, at) => of(at)).join("; ");
    const request = {
      headers: [
        ["cookie", cookies.slice(0, 60_000)],
        ["authorization", `Bearer ${value}`],
      ],
      target: `/v1?key=${of(77_777)}`,
    } as const;
    const given = presentedValues(request, new Set([24]));
    expect(given).toHaveLength(mostPresented);
    expect(given.slice(0, 2)).toEqual([value, of(77_777)]);
  });

  it("hides nothing behind what is empty, and spends nothing on it", () => {
    const value = "AAAABBBBCCCCDDDD";
    for (const target of [`/${"/".repeat(10_000)}${value}`, `/?${"&".repeat(10_000)}k=${value}`])
      expect(presentedValues({ headers: [], target }, new Set([16]))).toEqual([value]);
    const bytes = new TextEncoder().encode(`${"&".repeat(10_000)}k=${value}`);
    const body = { contentType: "application/x-www-form-urlencoded", bytes };
    expect(presentedValues({ headers: [], target: null, body }, new Set([16]))).toEqual([value]);
  });

  it("looks at 64 KiB of a request, whatever comes", () => {
    const huge = "x".repeat(1024 * 1024);
    expect(presentedValues(header("x-api-key", huge), new Set([huge.length]))).toEqual([]);
    expect(presentedValues(body("application/json", `["${value}","${"y".repeat(70_000)}"]`), new Set([24]))).toEqual(
      [],
    );
    expect(presentedValues(body("application/json", "[".repeat(60_000)), new Set([24]))).toEqual([]);
    expect(presentedValues(body("text/plain", value), new Set([24]))).toEqual([]);
    expect(presentedValues(body("application/json", "{"), new Set([24]))).toEqual([]);
  });

  it("throws for nothing, and gives no more than was there", () => {
    const lengths = new Set(Array.from({ length: 32 }, (_, at) => at));
    assert(
      property(string({ unit: "binary" }), string(), uint8Array(), (text, name, bytes) => {
        const request = {
          headers: [
            [name, text],
            ["authorization", `basic ${text}`],
          ],
          target: text,
          body: { contentType: "application/json", bytes },
        } as const;
        for (const each of presentedValues(request, lengths)) expect(lengths.has(each.length)).toBe(true);
      }),
    );
  });
});
