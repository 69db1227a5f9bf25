import { expect, it } from "vitest";
import { detached, forgetMatch } from "./detached.ts";

it("copies a JSON value as it is, in texts of its own", () => {
  const value = { text: "ünï 🚀", list: ["a", { deep: "b" }], number: 3, yes: true, nothing: null };
  const copy = detached(value);
  expect(copy).toEqual(value);
  expect(copy.list).not.toBe(value.list);
});

it("leaves an empty text as the last that matched", () => {
  /secret/.test("a secret");
  forgetMatch();
  expect((RegExp as unknown as { input: string }).input).toBe("");
});
