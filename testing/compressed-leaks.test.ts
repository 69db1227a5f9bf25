import { deflateSync, gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { findLeaksDeeply } from "./compressed-leaks.ts";
import { secretForms } from "./leak-detector.ts";

const value = "planted+4711/value=~";
const around = (bytes: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from("head\r\n\r\n"), bytes, Buffer.from("\r\nwhat comes next \x1f\x8b\x08 x\x9c")]);

it.each([
  ["gzip", gzipSync],
  ["zlib", deflateSync],
] as const)("finds every form inside %s, amid other bytes, and in a stream that was cut", (_, compress) => {
  for (const [form, bytes] of secretForms(value)) {
    const padded = Buffer.concat([bytes, Buffer.from("and more ".repeat(50))]);
    const name = `${form} in a compressed part`;
    expect([form, findLeaksDeeply(around(compress(padded)), value)]).toEqual([form, expect.arrayContaining([name])]);
    expect(findLeaksDeeply(compress(padded).subarray(0, -6), value)).toContain(name);
  }
});

it("finds what stands in the open, and nothing where there is nothing", () => {
  expect(findLeaksDeeply(around(Buffer.from(value)), value)).toContain("raw");
  expect(findLeaksDeeply(around(gzipSync("another value")), value)).toEqual([]);
});
