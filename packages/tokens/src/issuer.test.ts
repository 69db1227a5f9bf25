import { expect, it } from "vitest";
import { attesterPath, issuerOf } from "./issuer.ts";

it("names development in the issuer, so that its tokens never pass for production ones", () => {
  expect(issuerOf("https://h", "p", "production")).toBe("https://h/p/p");
  expect(issuerOf("https://h", "p", "development")).toBe("https://h/p/p/development");
});

it("gives the attester a path of its own", () => {
  expect(attesterPath("p", "production")).toBe("/p/p/attester");
  expect(attesterPath("p", "development")).toBe("/p/p/development/attester");
});
