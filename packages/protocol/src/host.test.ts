import { describe, expect, it } from "vitest";
import { isHost, parseAuthority } from "./host.ts";

describe("isHost", () => {
  it.each([
    "localhost",
    "api.nasa.gov",
    "xn--bcher-kva.example",
    "a-b.c1",
    "127.0.0.1",
    "[::1]",
    "[2001:db8::8:800]",
    "[1:2:3:4:5:6:7:8]",
  ])("accepts %s", (host) => expect(isHost(host)).toBe(true));

  it.each([
    "",
    ".",
    "a.",
    ".a",
    "a..b",
    "A.b",
    "-a.b",
    "a-.b",
    "a_b.c",
    "ü.example",
    "a b",
    "1.2.3",
    "1.2.3.256",
    "01.2.3.4",
    "0x7f.1",
    "127.1",
    "2130706433",
    "::1",
    "[::1",
    "[::1%eth0]",
    "[1:2:3]",
    "[1::2::3]",
    "[::ffff:1.2.3.4]",
    "[::A]",
    `${"a".repeat(64)}.b`,
    `${"a.".repeat(127)}a`,
  ])("refuses %j", (host) => expect(isHost(host)).toBe(false));
});

describe("parseAuthority", () => {
  it("reads host and port", () => {
    expect(parseAuthority("a.b")).toEqual({ host: "a.b", port: null });
    expect(parseAuthority("[::1]:8080")).toEqual({ host: "[::1]", port: 8080 });
  });

  it.each(["a.b:", "a.b:0", "a.b:080", "a.b:65536", "a.b:1:2", "a@b", "[::1]8080", ":80"])("refuses %j", (text) => {
    expect(parseAuthority(text)).toBeNull();
  });
});
