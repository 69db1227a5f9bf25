import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  attribute,
  endNode,
  halves,
  join,
  joinDocument,
  type MadeElement,
  makeManifest,
  plainManifest,
  startNode,
  stringPool,
  words,
} from "./binary-xml-writer.suite.ts";
import { manifestWork } from "./manifest-work.ts";
import { readAndroidManifest } from "./read-android-manifest.ts";

const none = 0xffffffff;

/** How many times the readers looked at something, per byte of the input. */
function workPerByte(bytes: Uint8Array): number {
  const before = manifestWork.steps;
  readAndroidManifest(bytes);
  return (manifestWork.steps - before) / (bytes.length + 1);
}

describe("never throws", () => {
  test.each([true, false])("whatever byte of a manifest is changed (UTF-8: %s)", (utf8) => {
    const good = makeManifest(plainManifest(), { utf8 });
    for (let at = 0; at < good.length; at++)
      for (const value of [0, 1, 0x7f, 0x80, 0xff]) {
        const bytes = Uint8Array.from(good);
        bytes[at] = value;
        expect(() => readAndroidManifest(bytes)).not.toThrow();
      }
  });

  test("wherever a manifest is cut off, and then it is refused or says what the whole says", () => {
    const good = makeManifest(plainManifest());
    const whole = readAndroidManifest(good);
    for (let length = 0; length < good.length; length++) {
      const read = readAndroidManifest(good.subarray(0, length));
      expect(read.ok ? read : whole).toEqual(whole);
    }
  });

  test("whatever the bytes are", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => workPerByte(bytes) < 100));
  });

  test("whatever stands in the place of a word", () => {
    const good = makeManifest(plainManifest());
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat({ max: good.length / 4 - 1 }), fc.integer()), { minLength: 1, maxLength: 4 }),
        (changes) => {
          const bytes = Uint8Array.from(good);
          for (const [word, value] of changes) bytes.set(words(value), 4 * word);
          return workPerByte(bytes) < 100;
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe("reads back", () => {
  const packageName = fc
    .array(fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/), { minLength: 2, maxLength: 5 })
    .map((parts) => parts.join("."));
  const number = fc.integer({ min: 0, max: 0x7fffffff });
  const attributes = fc.array(
    fc.record({ name: fc.string({ maxLength: 5 }), value: fc.oneof(fc.string({ maxLength: 9 }), number) }),
    { maxLength: 4 },
  );
  const named = fc.record({ name: fc.constantFrom("activity", "service", "queries", "é", ""), attributes });
  const elements: fc.Arbitrary<MadeElement> = fc
    .tuple(named, fc.array(named, { maxLength: 3 }))
    .map(([element, children]) => ({ ...element, children }));

  test("what a manifest says, whatever else it holds", () => {
    fc.assert(
      fc.property(
        fc.record({
          packageName,
          version: number,
          text: fc.string({ unit: "binary" }),
          minSdk: fc.integer({ min: 1, max: 100 }),
          targetSdk: fc.integer({ min: 1, max: 100 }),
          debuggable: fc.boolean(),
          others: fc.array(elements, { maxLength: 3 }),
          utf8: fc.boolean(),
        }),
        ({ packageName: name, version, text, minSdk, targetSdk, debuggable, others, utf8 }) => {
          const bytes = makeManifest(
            {
              name: "manifest",
              attributes: [attribute.versionCode(version), attribute.versionName(text), attribute.package(name)],
              children: [
                ...others,
                { name: "uses-sdk", attributes: [attribute.minSdk(minSdk), attribute.targetSdk(targetSdk)] },
                { name: "application", attributes: [attribute.debuggable(debuggable)], children: others },
              ],
            },
            { utf8 },
          );
          expect(readAndroidManifest(bytes)).toMatchObject({
            value: {
              package: name,
              versionCode: version,
              versionName: text,
              minSdk,
              targetSdk,
              debuggable,
              problems: [],
            },
          });
        },
      ),
    );
  });
});

describe("work stays proportional to the input", () => {
  test("with strings one inside the other, which are refused when they cost more than the document", () => {
    // Every unit is the length of a string that reaches from there to the one zero at the end.
    const count = 4000;
    const units = Array.from({ length: count + 1 }, (_, index) => Math.max(0, count - 1 - index));
    const offsets = Array.from({ length: count - 1 }, (_, index) => 2 * index);
    const start = 28 + 4 * offsets.length;
    const data = join(halves(...units), halves(0));
    const header = words(0x001c0001, start + data.length, offsets.length, 0, 0, start, 0);
    const pool = join(header, words(...offsets), data);
    const nodes = offsets.map((_, index) => startNode(none, index, []));
    const bytes = joinDocument({ pool, map: new Uint8Array(), nodes: [...nodes, endNode(none, 0)] });
    expect(readAndroidManifest(bytes)).toMatchObject({ problem: { code: "manifest_malformed" } });
    expect(workPerByte(bytes)).toBeLessThan(10);
  });

  test("with elements that have very many attributes", () => {
    const many = Array.from({ length: 65_000 }, () => words(none, none, none, 0x10000008, 0));
    const root = startNode(none, 0, many);
    const pool = stringPool(["manifest", "uses-sdk"]);
    const uses = Array.from({ length: 20 }, () => [startNode(none, 1, many.slice(0, 1000)), endNode(none, 1)]).flat();
    expect(workPerByte(joinDocument({ pool, map: new Uint8Array(), nodes: [root, ...uses] }))).toBeLessThan(10);
  });
});
