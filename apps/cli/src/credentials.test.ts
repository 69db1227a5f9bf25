import { describe, expect, it } from "vitest";
import { CliFailure } from "./cli-failure.ts";
import { toServiceUrl } from "./credentials.ts";

describe("the address of a service", () => {
  it.each([
    ["https://attest.example.org", "https://attest.example.org"],
    ["https://attest.example.org:8443/", "https://attest.example.org:8443"],
    ["http://127.0.0.1:8080", "http://127.0.0.1:8080"],
    ["http://localhost:8080", "http://localhost:8080"],
    ["http://[::1]:8080", "http://[::1]:8080"],
  ])("%s is taken as %s", (text, origin) => {
    expect(toServiceUrl(text)).toBe(origin);
  });

  it.each([
    "http://attest.example.org",
    "http://127.0.0.1.example.org",
    "http://localhost.example.org",
    "https://user:word@attest.example.org",
    "https://attest.example.org/path",
    "https://attest.example.org/?q",
    "ftp://attest.example.org",
    "attest.example.org",
    "",
  ])("%j is refused", (text) => {
    expect(() => toServiceUrl(text)).toThrow(CliFailure);
  });
});
