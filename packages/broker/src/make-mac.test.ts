import { createHash, createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { makeMac, type RequestToSign } from "./make-mac.ts";
import type { HmacProcessor } from "./secret-terms.ts";
import { parseTemplate } from "./template.ts";

const nowMs = Date.UTC(2026, 10, 22, 14, 30, 15, 250);
const at = { nowMs, nonce: "0123" };
const request: RequestToSign = {
  method: "POST",
  host: "api.example:8443",
  path: "/v1/a%20b",
  query: "x=1&y=%2F",
  headers: [
    ["Content-Type", "application/json"],
    ["X-Many", "1"],
    ["x-many", "2"],
  ],
  body: Buffer.from(`{"é":1}`),
};
const processor = (more: Partial<HmacProcessor>): HmacProcessor => ({
  kind: "hmac",
  algorithm: "sha256",
  key: "utf8",
  encoding: "hex",
  message: "{body}",
  headers: {},
  ...more,
});
const macOf = (more: Partial<HmacProcessor>, secret = "secret"): string | null =>
  makeMac(processor(more), secret, request, at)?.mac ?? null;

/** RFC 4231 §4.3, test case 2: key "Jefe", data "what do ya want for nothing?". */
const rfc4231: readonly (readonly [HmacProcessor["algorithm"], string])[] = [
  ["sha256", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"],
  ["sha384", "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649"],
  [
    "sha512",
    "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
  ],
  // RFC 2202 §3, test case 2.
  ["sha1", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"],
];

describe("a MAC over a request", () => {
  test.each(rfc4231)("is HMAC as the RFCs compute it: %s", (algorithm, expected) => {
    expect(macOf({ algorithm, message: "what do ya want for nothing?" }, "Jefe")).toBe(expected);
    const hex = Buffer.from("Jefe").toString("hex");
    expect(macOf({ algorithm, key: "hex", message: "what do ya want for nothing?" }, hex)).toBe(expected);
    const base64 = macOf(
      { algorithm, key: "base64", encoding: "base64", message: "what do ya want for nothing?" },
      "SmVmZQ",
    );
    expect(Buffer.from(base64 ?? "", "base64").toString("hex")).toBe(expected);
  });

  test("covers what its template names, byte by byte", () => {
    const sha256 = createHash("sha256")
      .update(request.body ?? "")
      .digest("hex");
    const filled = (text: string): string | undefined =>
      parseTemplate(text)
        ?.fill({ ...request, ...at, bodySha256: () => sha256 })
        .toString("utf8");
    expect(filled("{method}\n{host}\n{path}\n{query}\n{target}")).toBe(
      "POST\napi.example:8443\n/v1/a%20b\nx=1&y=%2F\n/v1/a%20b?x=1&y=%2F",
    );
    expect(filled("{body}|{body_sha256}|{nonce}")).toBe(`{"é":1}|${sha256}|0123`);
    expect(filled("{timestamp} {timestamp_ms} {iso_time} {http_date}")).toBe(
      "1795357815 1795357815250 2026-11-22T14:30:15.250Z Sun, 22 Nov 2026 14:30:15 GMT",
    );
    expect(filled("{header:content-type}|{header:X-Many}|{header:absent}|")).toBe("application/json|1, 2||");
    expect(macOf({ message: "{body}" })).toBe(
      createHmac("sha256", "secret")
        .update(request.body ?? "")
        .digest("hex"),
    );
  });

  test("covers the headers that are set for it, in the place of the caller's", () => {
    const made = makeMac(
      processor({ message: "{timestamp}{header:x-time}", headers: { "x-time": "{timestamp}" } }),
      "secret",
      { ...request, headers: [["X-Time", "1"]] },
      at,
    );
    expect(made?.headers).toEqual([["x-time", "1795357815"]]);
    expect(made?.mac).toBe(createHmac("sha256", "secret").update("17953578151795357815").digest("hex"));
  });

  test.each([
    "{",
    "}",
    "{}",
    "a{b",
    "{unknown}",
    "{METHOD}",
    "{header:}",
    "{header:a b}",
    "{constructor}",
    "{{method}}",
    "{__proto__}",
  ])("is not made of a template that cannot be read: %s", (text) => {
    expect(parseTemplate(text)).toBeNull();
    expect(macOf({ message: text })).toBeNull();
    expect(macOf({ headers: { "x-a": text } })).toBeNull();
  });

  test("is not made under a key that cannot be read whole, nor with a header that would break", () => {
    expect(macOf({ key: "hex" }, "0g")).toBeNull();
    expect(macOf({ key: "hex" }, "abc")).toBeNull();
    expect(macOf({ key: "base64" }, "ab*d")).toBeNull();
    expect(macOf({ key: "base64" }, "=")).toBeNull();
    expect(macOf({ key: "hex" }, "AB01")).toHaveLength(64);
    for (const text of ["a\r\nb: c", "{body}", "{header:absent}"])
      expect(macOf({ headers: { "x-a": text } })).toBeNull();
  });
});
