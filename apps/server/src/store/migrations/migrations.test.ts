import { describe, expect, it } from "vitest";
import { migrations } from "./index.ts";

describe("the migrations", () => {
  it("are numbered from 1 without a gap, each with a name of its own", () => {
    expect(migrations.map(({ version }) => version)).toEqual(migrations.map((_, index) => index + 1));
    expect(new Set(migrations.map(({ name }) => name)).size).toBe(migrations.length);
  });
});
