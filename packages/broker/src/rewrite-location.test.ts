import { describe, expect, test } from "vitest";
import { rewriteLocation } from "./rewrite-location.ts";

const at = { upstream: new URL("https://api.example:8443/v1/list"), prefix: "/b/project/example" };
const rewrite = (location: string): string | null => rewriteLocation(location, at, (text) => text.includes("s3cret"));

describe("the upstream's Location", () => {
  test.each([
    ["/v2/list?page=2", "/b/project/example/v2/list?page=2"],
    ["other", "/b/project/example/v1/other"],
    ["https://api.example:8443/x", "/b/project/example/x"],
    ["../../../x#part", "/b/project/example/x"],
  ])("stays at the broker where it stays at the API: %s", (location, expected) => {
    expect(rewrite(location)).toBe(expected);
  });

  test.each([
    "http://api.example:8443/x",
    "https://api.example/x",
    "https://evil.example/x",
    "//evil.example/x",
    "\\\\evil.example/x",
    "https://user:pw@api.example:8443/x",
    "javascript:alert(1)",
    "https://",
    "/x?key=s3cret",
  ])("is dropped where it leaves the API or holds a value: %s", (location) => {
    expect(rewrite(location)).toBeNull();
  });
});
