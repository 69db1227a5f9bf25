import { parseConfigurationString, toUtf8 } from "@countersign/protocol";
import { describe, expect, it } from "vitest";
import { FakeProject } from "../testing/fake-project.ts";
import { bodyOf } from "../testing/fake-service.ts";
import { toAgentResponse } from "./agent-response.ts";
import { toAppRequest } from "./app-request.ts";
import { mentionedSecrets } from "./mentioned-secrets.ts";
import { parsePlainUrl } from "./plain-url.ts";

describe("an app's request", () => {
  it("has the methods of the Fetch standard in capitals and leaves others as they are", () => {
    expect(toAppRequest("https://a.test/", { method: "post", body: "x" }).method).toBe("POST");
    expect(toAppRequest("https://a.test/", { method: "query" }).method).toBe("query");
  });

  it("declares text where the app gave text without a type", () => {
    expect(toAppRequest("https://a.test/", { method: "POST", body: "x" }).headers).toEqual([
      ["content-type", "text/plain;charset=UTF-8"],
    ]);
    const headers = { "Content-Type": "application/json" };
    expect(toAppRequest("https://a.test/", { method: "POST", body: "{}", headers }).headers).toEqual([
      ["Content-Type", "application/json"],
    ]);
    expect(toAppRequest("https://a.test/", { method: "POST", body: toUtf8("x") }).headers).toEqual([]);
  });

  it("takes headers as a record, as pairs, and as whatever gives pairs", () => {
    const pairs: [string, string][] = [["x-key", "a"]];
    for (const headers of [pairs, new Map(pairs), new Headers(pairs), Object.fromEntries(pairs)]) {
      expect(toAppRequest("https://a.test/", { headers }).headers).toEqual(pairs);
    }
  });

  it.each([
    ["a header without a value", { headers: { "x-a": undefined } }],
    ["a header that is a number", { headers: { "x-a": 1 } }],
    ["headers as text", { headers: "x-a: 1" }],
    ["pairs of three", { headers: [["x-a", "1", "2"]] }],
    ["a form object", { method: "POST", body: new URLSearchParams({ a: "b" }) }],
    ["an ArrayBuffer", { method: "POST", body: new ArrayBuffer(4) }],
    ["other numbers", { method: "POST", body: new Float64Array(1) }],
    ["an AbortSignal as signal", { signal: new AbortController().signal }],
    ["an AbortSignal as abort", { abort: new AbortController().signal }],
  ])("refuses %s instead of leaving it out or sending something else", (_name, init) => {
    expect(() => toAppRequest("https://a.test/", init as never)).toThrow(TypeError);
  });

  it("refuses what would split a message", () => {
    const split: Record<string, string>[] = [
      { "x-a": "b\nc" },
      { "x a": "b" },
      { "": "b" },
      { "x-a": "b\0" },
      { "x-a:": "b" },
    ];
    for (const headers of split) {
      expect(() => toAppRequest("https://a.test/", { headers })).toThrow(TypeError);
    }
    for (const method of ["CONNECT", "trace", "GET HTTP/1.1", ""]) {
      expect(() => toAppRequest("https://a.test/", { method })).toThrow(TypeError);
    }
  });
});

describe("a URL of an unregistered host", () => {
  it.each([
    ["https://Example.test", { host: "example.test", port: 443, target: "/" }],
    ["https://example.test.:8443/a?b#c", { host: "example.test", port: 8443, target: "/a?b" }],
    ["https://example.test/a b/ü?q=ü%20", { host: "example.test", port: 443, target: "/a%20b/%C3%BC?q=%C3%BC%20" }],
    ["https://[::1]/x", { host: "[::1]", port: 443, target: "/x" }],
    ["https://example.test/\r\nx-evil: 1", { host: "example.test", port: 443, target: "/%0D%0Ax-evil:%201" }],
  ])("%j is sent to its parts", (text, target) => {
    expect(parsePlainUrl(text)).toEqual(target);
  });

  it.each([
    "http://example.test/",
    "https://user:pw@example.test/",
    "https://example.test:0/",
    "https://example.test:99999/",
    "https://exa mple.test/",
    "https://ex%61mple.test/",
    "https:///path",
    "https://example.test\\@evil.test/",
    "ftp://example.test/",
    "example.test",
    "",
  ])("%j has none", (text) => {
    expect(parsePlainUrl(text)).toBeNull();
  });
});

describe("placeholders in a request", () => {
  const project = new FakeProject();
  const parsed = parseConfigurationString(project.configuration());

  it("are known by their own text as this project's, before any manifest", () => {
    if (!parsed.ok) throw new TypeError("configuration");
    const foreign = new FakeProject().placeholder("foreign");
    const request = toAppRequest(`https://a.test/?k=${project.placeholder("in-url")}&f=${foreign}`, {
      method: "POST",
      headers: { authorization: `Bearer ${project.placeholder("in-header")}` },
      body: JSON.stringify({ k: project.placeholder("in-body"), fake: "cs-fake-aaaaaaaaaa" }),
    });
    expect(mentionedSecrets(request, parsed.value).sort()).toEqual(["in-body", "in-header", "in-url"]);
  });
});

describe("a response", () => {
  it("reads as text without its byte order mark, with U+FFFD for what is no UTF-8", async () => {
    const of = (bytes: Uint8Array): Promise<string> =>
      toAgentResponse(
        {
          status: 200,
          headers: [],
          body: (async function* () {
            yield bytes;
          })(),
        },
        "https://a.test/",
        false,
      ).text();
    expect(await of(toUtf8("\ufeffä✓🚀"))).toBe("ä✓🚀");
    expect(await of(Uint8Array.of(0x61, 0xff, 0xc3, 0xa4, 0xe2, 0x82, 0x62))).toBe("a\ufffdä\ufffd\ufffdb");
  });

  it("gives a header by any case, several joined", () => {
    const response = toAgentResponse(
      {
        status: 204,
        headers: [
          ["X-A", "1"],
          ["x-a", "2"],
        ],
        body: bodyOf(""),
      },
      "https://a.test/",
      false,
    );
    expect([response.header("X-a"), response.header("none"), response.ok]).toEqual(["1, 2", null, true]);
  });
});
