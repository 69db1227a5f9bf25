import { describe, expect, test } from "vitest";
import { requestHeaders, responseHeaders } from "./strip-headers.ts";

const ofRequest = (...names: string[]): string[] =>
  requestHeaders(Object.fromEntries(names.map((name) => [name, "x"]))).map(([name]) => name);

describe("an upstream", () => {
  test.each([
    ["another method", ["x-http-method-override", "x-http-method", "x-method-override", "x_http_method_override"]],
    ["another path or host", ["x-original-url", "x-rewrite-url", "x-original-uri", "x-envoy-original-path", "x-host"]],
    [
      "another client",
      [
        "x-forwarded-for",
        "x-forwarded",
        "forwarded",
        "x-real-ip",
        "x_real_ip",
        "x-client-ip",
        "client-ip",
        "true-client-ip",
        "cf-connecting-ip",
        "cf-connecting-ipv6",
        "x-cluster-client-ip",
        "fastly-client-ip",
      ],
    ],
    ["a piece", ["range", "if-range", "request-range"]],
    ["the broker's own", ["countersign-pass", "countersign_pass", "cookie", "signature", "content-digest"]],
  ])("is never asked by a header for %s", (_, names) => {
    expect(ofRequest(...names, "x-app", "accept", "x-method", "x-http-version")).toEqual([
      "x-app",
      "accept",
      "x-method",
      "x-http-version",
    ]);
  });

  test("is not told what the caller names as meant for one connection", () => {
    expect(requestHeaders({ connection: "close, X-Hop", "x-hop": "1", te: "trailers", accept: "*/*" })).toEqual([
      ["accept", "*/*"],
    ]);
  });
});

describe("a caller", () => {
  test("is told to keep an answer to itself, whatever the upstream allows caches", () => {
    const headers = {
      "cache-control": "public, max-age=3600",
      "cdn-cache-control": "max-age=60",
      "surrogate-control": "max-age=60",
      expires: "Thu, 01 Jan 2099 00:00:00 GMT",
      pragma: "cache",
      age: "1",
      etag: '"1"',
    };
    expect(responseHeaders(headers)).toEqual([
      ["etag", '"1"'],
      ["cache-control", "private, no-store"],
    ]);
  });

  test("gets nothing that a front end of the service would obey in its stead", () => {
    const pages = { "access-control-allow-origin": "https://a.example", "access-control-allow-credentials": "true" };
    const headers = { "x-accel-redirect": "/internal", "x-sendfile": "/etc/passwd", ...pages, "x-answer": "1" };
    expect(responseHeaders(headers).map(([name]) => name)).toEqual(["x-answer", "cache-control"]);
  });
});
