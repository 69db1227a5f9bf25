import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  type CallOptions,
  call,
  closeBrokerLab,
  openBrokerLab,
  placeholder,
  resetBrokerLab,
  secret,
  state,
} from "./broker-lab.suite.ts";

beforeAll(openBrokerLab);
afterAll(closeBrokerLab);
beforeEach(() => {
  resetBrokerLab();
  state.value = value;
});

/** Fits every place: no slash for a segment, no colon for a user's name. */
const value = "k3y of&the=third+party%é";
const ascii = "k3y of&the=third+party%";
const basic = (pair: string): string => `Basic ${Buffer.from(pair).toString("base64")}`;
const form = { "content-type": "application/x-www-form-urlencoded" };
const json = { "content-type": "application/json" };
const echo = (): string => JSON.stringify(state.seen);

interface PlaceCase {
  readonly in: string;
  readonly options: CallOptions;
  readonly seen: () => string | undefined;
  readonly expected: string;
  readonly value?: string;
}

const cases: readonly PlaceCase[] = [
  {
    in: "a header, with a prefix",
    options: { path: "/v1/list", headers: { authorization: `Bearer ${placeholder}` } },
    seen: () => state.seen[0]?.headers.authorization,
    expected: `Bearer ${ascii}`,
    value: ascii,
  },
  {
    in: "the query",
    options: { path: `/v1/list?a=1&api_key=${placeholder}&b=2` },
    seen: () => state.seen[0]?.target,
    expected: `/v1/list?a=1&api_key=${encodeURIComponent(value)}&b=2`,
  },
  {
    in: "a segment of the path",
    options: { path: `/v1/of/${placeholder}/list` },
    seen: () => state.seen[0]?.target,
    expected: `/v1/of/${encodeURIComponent(value)}/list`,
  },
  {
    in: "the user of Basic",
    options: { path: "/v1/list", headers: { authorization: basic(`${placeholder}:pass:word`) } },
    seen: () => state.seen[0]?.headers.authorization,
    expected: basic(`${value}:pass:word`),
  },
  {
    in: "the password of Basic",
    options: { path: "/v1/list", headers: { authorization: basic(`user:${placeholder}`) } },
    seen: () => state.seen[0]?.headers.authorization,
    expected: basic(`user:${value}`),
  },
  {
    in: "a form's field",
    options: { method: "POST", path: "/v1/list", headers: form, body: `a=1&key=${placeholder}&b=%2B` },
    seen: () => new URLSearchParams(state.seen[0]?.body).get("key") ?? undefined,
    expected: value,
  },
  {
    in: "a member of JSON",
    options: { method: "POST", path: "/v1/list", headers: json, body: `{"n":9007199254740993,"key":"${placeholder}"}` },
    seen: () => state.seen[0]?.body,
    expected: `{"n":9007199254740993,"key":"${value}"}`,
  },
];

describe("a brokered secret", () => {
  test.each(cases)("is filled in $in, and its echo is masked", async ({ options, seen, expected, value: own }) => {
    state.value = own ?? value;
    state.answer = (request, response) =>
      void response.end(`${JSON.stringify(request)} ${request.headers.authorization}`);
    const answer = await call(options);
    expect(answer.status).toBe(200);
    expect(seen()).toBe(expected);
    for (const form of [state.value, encodeURIComponent(state.value), expected.replace(/^Basic /, "")]) {
      expect(answer.text).not.toContain(form);
    }
    if (options.body !== undefined) {
      expect(state.seen[0]?.headers["content-length"]).toBe(String(Buffer.byteLength(state.seen[0]?.body ?? "")));
    }
  });

  const nowhere: readonly (readonly [string, CallOptions])[] = [
    ["a header that no place names", { path: "/v1/list", headers: { "x-other": placeholder } }],
    ["a part of a header", { path: "/v1/list", headers: { authorization: `Bearer ${placeholder} and more` } }],
    ["another segment", { path: `/v1/of/x/${placeholder}` }],
    ["a part of a segment", { path: `/v1/of/x${placeholder}` }],
    ["a parameter that stands twice", { path: `/v1/list?api_key=${placeholder}&api_key=${placeholder}` }],
    ["a form declared as JSON", { method: "POST", path: "/v1/list", headers: json, body: `key=${placeholder}` }],
    ["JSON declared as a form", { method: "POST", path: "/v1/list", headers: form, body: `{"key":"${placeholder}"}` }],
    ["a body of no declared type", { method: "POST", path: "/v1/list", body: `{"key":"${placeholder}"}` }],
    [
      "a member that stands twice",
      { method: "POST", path: "/v1/list", headers: json, body: `{"key":"${placeholder}","key":"${placeholder}"}` },
    ],
    ["another member", { method: "POST", path: "/v1/list", headers: json, body: `{"note":"${placeholder}"}` }],
    [
      "a file of multipart",
      {
        method: "POST",
        path: "/v1/list",
        headers: { "content-type": "multipart/form-data; boundary=b" },
        body: `--b\r\nContent-Disposition: form-data; name="key"\r\n\r\n${placeholder}\r\n--b--\r\n`,
      },
    ],
  ];
  test.each(nowhere)("goes nowhere else: %s", async (_, options) => {
    expect((await call(options)).code).toBe("place_refused");
    expect([state.revealed, echo()]).toEqual([0, "[]"]);
  });

  test("that fits no segment or header is sent nowhere", async () => {
    state.value = secret;
    expect((await call({ path: `/v1/of/${placeholder}` })).code).toBe("place_refused");
    state.value = "two\r\nlines: 1";
    expect((await call({ path: "/v1/list", headers: { "x-key": placeholder } })).code).toBe("place_refused");
    expect(state.seen).toEqual([]);
  });
});
