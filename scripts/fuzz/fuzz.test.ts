import { availableParallelism } from "node:os";
import { describe, expect, it } from "vitest";
import { fuzz } from "./fuzz.ts";
import { fuzzRange, makeInput } from "./fuzz-range.ts";
import { type FuzzTarget, guarantee } from "./target.ts";
import { targets } from "./targets/index.ts";

const names = targets.map(({ name }) => name);

describe("the corpus", () => {
  it.each(names)("has whole seeds of %s, each of which is read", async (name) => {
    const target = targets.find((each) => each.name === name);
    expect(target?.seeds.length).toBeGreaterThan(0);
    for (const seed of target?.seeds ?? []) expect(await target?.read(seed)).toBe(true);
  });
});

describe.each([
  ["parser", 10_000, targets.filter(({ isVerifier }) => isVerifier !== true)],
  ["whole verifier", 4000, targets.filter(({ isVerifier }) => isVerifier === true)],
] as const)("every %s", (_, count, chosen) => {
  it(`keeps its guarantees on ${count} mutated inputs, and reads some of them`, async () => {
    const of = chosen.map(({ name }) => name);
    const reports = await fuzz({ targets: of, count, seed: "test", jobs: Math.min(4, availableParallelism()) });
    expect(reports.flatMap(({ failures }) => failures)).toEqual([]);
    expect(reports.map(({ target, inputs }) => [target, inputs])).toEqual(of.map((name) => [name, count]));
    // A hundredth are whole seeds. A mutator that breaks all the rest would show nothing; only what is sealed must refuse it.
    for (const { target, accepted } of reports)
      expect(accepted, target).toBeGreaterThan(
        ["credential", "play-token"].includes(target) ? count / 101 : count / 50,
      );
  });
});

describe("the fuzzer", () => {
  const fragile: FuzzTarget = {
    name: "fragile",
    shape: "bytes",
    seeds: [Uint8Array.of(1, 2, 3)],
    read(input) {
      guarantee(input[0] !== 0xff, "a first byte of 255");
      return true;
    },
  };

  it("makes the same input again from seed and number", () => {
    const inputs = (seed: string) => Array.from({ length: 50 }, (_, index) => makeInput(fragile, seed, index));
    expect(inputs("a")).toEqual(inputs("a"));
    expect(inputs("a")).not.toEqual(inputs("b"));
  });

  it("reports what breaks a guarantee, with the input that does", async () => {
    const { failures } = await fuzzRange(fragile, "test", 0, 5000);
    const [first] = failures;
    expect(first).toMatchObject({ target: "fragile", seed: "test", message: "Error: a first byte of 255" });
    expect(Buffer.from(first?.input ?? "", "base64")[0]).toBe(0xff);
    expect(first && makeInput(fragile, "test", first.index)[0]).toBe(0xff);
  });

  it("reports what throws by itself", async () => {
    const thrower: FuzzTarget = { ...fragile, read: () => JSON.parse("{") as boolean };
    const { failures } = await fuzzRange(thrower, "test", 0, 3);
    expect(failures.map(({ message }) => message.split(":")[0])).toEqual(Array(3).fill("SyntaxError"));
  });
});
