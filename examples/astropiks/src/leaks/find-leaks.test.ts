import { describe, expect, test } from "vitest";
import { findLeaks, leakForms } from "./find-leaks.ts";

const value = "sk_live+4/secret~value";

describe("the leak search", () => {
  test.each(leakForms(value))("finds a planted leak in the form %s", (_, bytes) => {
    const seen = [Buffer.from("GET / HTTP/1.1\r\n"), bytes.subarray(0, 5), bytes.subarray(5), Buffer.from("\r\n")];
    expect(findLeaks(seen, { key: value })).toContainEqual({ what: "key", form: expect.any(String) as string });
  });

  test("finds a value inside longer base64 text at every alignment", () => {
    for (const before of ["", "u", "u:"]) {
      const text = Buffer.from(`${before}${value}!`).toString("base64");
      expect(findLeaks([Buffer.from(text)], { key: value })).not.toEqual([]);
    }
  });

  test("finds nothing where nothing is", () => {
    expect(findLeaks([Buffer.from("nothing to see here")], { key: value })).toEqual([]);
    expect(findLeaks([], { key: value })).toEqual([]);
  });
});
