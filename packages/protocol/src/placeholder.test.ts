import { describe, expect, it } from "vitest";
import { otherProject, project } from "../vectors/world.ts";
import { encodeBase32 } from "./base32.ts";
import { placeholderOf } from "./placeholder.ts";
import { sha256 } from "./server/derive-key.ts";
import { toUtf8 } from "./utf8.ts";

describe("placeholderOf", () => {
  it("is URL-unreserved and differs by name and project", () => {
    const text = placeholderOf(sha256, project, "nasa-key");
    expect(text).toMatch(/^cs-nasa-key-[a-z2-7]{10}$/);
    expect(encodeURIComponent(text)).toBe(text);
    expect(placeholderOf(sha256, otherProject, "nasa-key")).not.toBe(text);
    expect(placeholderOf(sha256, project, "nasa-kez")).not.toBe(text);
  });

  it("takes a name of another form for a programmer's mistake", () => {
    for (const name of ["", "A", "a_b", "a".repeat(49), "a b"])
      expect(() => placeholderOf(sha256, project, name)).toThrow(TypeError);
  });
});

describe("encodeBase32", () => {
  it("gives RFC 4648 section 10's texts, lower-case and unpadded", () => {
    const texts = ["", "my", "mzxq", "mzxw6", "mzxw6yq", "mzxw6ytb", "mzxw6ytboi"];
    expect(texts.map((_, length) => encodeBase32(toUtf8("foobar".slice(0, length))))).toEqual(texts);
  });
});
