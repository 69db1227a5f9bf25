import { describe, expect, it } from "vitest";
import { normalizeTarget, parseOrigin, pathAndQueryOf } from "./request-target.ts";

describe("a target", () => {
  it.each([
    // RFC 3986 section 6.2.2, section 6.2.3 and section 5.2.4
    ["HTTP://www.Example.com/", "http://www.example.com/"],
    ["http://example.com", "http://example.com/"],
    ["http://example.com:/", null],
    ["http://example.com:80/", "http://example.com/"],
    ["https://example.com:443/%7efoo", "https://example.com/~foo"],
    ["https://example.com:0443/", "https://example.com/"],
    ["https://example.com/a/./b/../b/%63/%7bfoo%7d", "https://example.com/a/b/c/%7Bfoo%7D"],
    ["https://example.com/a/b/c/./../../g", "https://example.com/a/g"],
    ["https://example.com/../a", "https://example.com/a"],
    ["https://example.com/a/..", "https://example.com/"],
    ["https://example.com/a/%2e%2e/b", "https://example.com/b"],
    ["https://example.com/a%2Fb", "https://example.com/a%2Fb"],
    ["https://example.com//a", "https://example.com//a"],
    ["https://[::1]:8443/a", "https://[::1]:8443/a"],
    ["https://example.com/a?b", null],
    ["https://example.com/a#b", null],
    ["https://user@example.com/", null],
    ["https://example.com\\a/", null],
    ["https://example.com/%zz", null],
    ["https://example.com/\u00e9", null],
    ["ftp://example.com/", null],
    ["/a", null],
  ])("%s is %s in normal form", (text, normal) => {
    expect(normalizeTarget(text)).toBe(normal);
  });
});

describe("a request's line", () => {
  it.each([
    ["/a?b=c", { path: "/a", query: "?b=c" }],
    ["/a?b=c?d", { path: "/a", query: "?b=c?d" }],
    ["/a?b=c#d", null],
    ["/a#b", null],
    ["https://api.example/a?b#c", null],
    ["//evil.example/a", { path: "//evil.example/a", query: "" }],
    ["https://evil.example/a?b", { path: "/a", query: "?b" }],
    ["https://evil.example", { path: "/", query: "" }],
    ["*", null],
    ["", null],
    ["a/b", null],
    ["/a b", null],
  ])("%s gives path and query, never a host", (line, parts) => {
    expect(pathAndQueryOf(line)).toEqual(parts);
  });
});

describe("an origin", () => {
  it("is https, or http on loopback, in normal form", () => {
    expect(parseOrigin("https://API.example.com:443/")).toBe("https://api.example.com");
    expect(parseOrigin("http://127.0.0.1:8080")).toBe("http://127.0.0.1:8080");
    for (const bad of [
      "http://api.example.com",
      "https://a.example/x",
      "https://a@b.example",
      "api.example.com",
      "https://a.example?x",
    ])
      expect(() => parseOrigin(bad), bad).toThrow(TypeError);
  });
});
