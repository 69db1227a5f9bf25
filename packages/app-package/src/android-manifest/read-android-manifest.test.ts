import { describe, expect, test } from "vitest";
import {
  android,
  androidNamespace,
  attribute,
  type MadeAttribute,
  type MadeElement,
  type MadeValue,
  makeManifest,
  plainManifest,
} from "./binary-xml-writer.suite.ts";
import { type AndroidManifest, manifestMaximumBytes, readAndroidManifest } from "./read-android-manifest.ts";

/** What is read of a manifest: the code of a refusal, or the fields that were asked for. */
function read(root: MadeElement, ...fields: readonly (keyof AndroidManifest)[]): unknown {
  const found = readAndroidManifest(makeManifest(root));
  return found.ok ? fields.map((field) => found.value[field]) : found.problem.code;
}

const rootWith = (...attributes: readonly MadeAttribute[]) =>
  plainManifest({ attributes: [...attributes, attribute.package("com.example.app")] });
const childrenOf = (...children: readonly MadeElement[]) => plainManifest({ children });
const usesSdk = (...attributes: readonly MadeAttribute[]): MadeElement => ({ name: "uses-sdk", attributes });
const application = (...attributes: readonly MadeAttribute[]): MadeElement => ({ name: "application", attributes });
const byReference = (resource: number): MadeValue => ({ type: 1, data: resource });
const hexadecimal = (data: number): MadeValue => ({ type: 0x11, data });

test.each([true, false])("reads a manifest whose strings are UTF-8: %s", (utf8) => {
  expect(readAndroidManifest(makeManifest(plainManifest(), { utf8 }))).toEqual({
    ok: true,
    value: {
      package: "com.example.app",
      split: null,
      versionCode: 7,
      versionName: "1.2",
      versionNameResource: null,
      minSdk: 24,
      targetSdk: 34,
      targetSandboxVersion: 1,
      debuggable: false,
      problems: [],
    },
  });
});

test("refuses a manifest larger than the maximum without looking at it", () => {
  const bytes = new Uint8Array(manifestMaximumBytes + 1);
  bytes.set(makeManifest(plainManifest()));
  expect(readAndroidManifest(bytes)).toMatchObject({ problem: { code: "manifest_too_large" } });
  expect(readAndroidManifest(bytes.subarray(0, manifestMaximumBytes)).ok).toBe(true);
});

describe("the package", () => {
  test.each([
    ["an ordinary name", [attribute.package("com.example.app")], ["com.example.app"]],
    ["android's own name", [attribute.package("android")], ["android"]],
    ["parts that are empty, as Android lets them be", [attribute.package("a..b")], ["a..b"]],
    ["none", [], "manifest_package"],
    ["one part", [attribute.package("app")], "manifest_package"],
    ["only dots", [attribute.package("..")], "manifest_package"],
    ["a part that begins with a digit", [attribute.package("com.1app")], "manifest_package"],
    ["a character Android does not take", [attribute.package("com.example.äpp")], "manifest_package"],
    ["a line end at the end", [attribute.package("com.example\n")], "manifest_package"],
    ["224 characters", [attribute.package(`com.${"a".repeat(220)}`)], "manifest_package"],
    ["a number", [attribute.package(5)], "manifest_value_type"],
    ["a reference", [attribute.package(byReference(0x7f010001))], "manifest_value_type"],
    [
      "a text as written that is not the typed one",
      [{ name: "package", value: "com.example.app", raw: "com.example.evil" }],
      "manifest_ambiguous",
    ],
    ["no text as written", [{ name: "package", value: "com.example.app", raw: null }], "manifest_malformed"],
    [
      "one with a namespace before it",
      [android("package", 0x7f010009, "com.example.evil"), attribute.package("com.example.app")],
      "manifest_ambiguous",
    ],
    ["only one with a namespace", [android("package", 0x7f010009, "com.example.app")], "manifest_package"],
    [
      "two of them: both of Android's readers take the first",
      [attribute.package("com.example.app"), attribute.package("com.example.evil")],
      ["com.example.app"],
    ],
  ] as const)("%s", (_, attributes, expected) => {
    expect(read(plainManifest({ attributes }), "package")).toEqual(expected);
  });

  test("is only the root's, and the root is manifest without a namespace", () => {
    expect(read({ ...plainManifest(), name: "application" })).toBe("manifest_package");
    expect(read(plainManifest({ namespace: androidNamespace }))).toBe("manifest_package");
    expect(read({ name: "resources", children: [plainManifest()] })).toBe("manifest_package");
  });

  test.each([
    ["none", [], [null]],
    ["a name", [attribute.split("config.arm64_v8a")], ["config.arm64_v8a"]],
    ["an empty name is none", [attribute.split("")], [null]],
    ["a path", [attribute.split("../base")], "manifest_package"],
    ["a number", [attribute.split(1)], "manifest_value_type"],
  ] as const)("beside it the split: %s", (_, attributes, expected) => {
    expect(read(rootWith(...attributes), "split")).toEqual(expected);
  });
});

describe("the version code", () => {
  test.each([
    ["a number", [attribute.versionCode(2_100_000_000)], 2_100_000_000],
    ["a hexadecimal number", [attribute.versionCode(hexadecimal(0x1234))], 0x1234],
    ["none, which counts as 0 on a phone", [], 0],
    ["with a major half", [attribute.versionCode(25), attribute.versionCodeMajor(1)], 4_294_967_321],
    [
      "the largest that is exact",
      [attribute.versionCode(0x7fffffff), attribute.versionCodeMajor(2 ** 21 - 1)],
      (2 ** 21 - 1) * 2 ** 32 + 0x7fffffff,
    ],
    ["one that is not exact", [attribute.versionCode(1), attribute.versionCodeMajor(2 ** 21)], "manifest_version_code"],
    ["negative", [attribute.versionCode(-1)], "manifest_version_code"],
    ["a negative major half", [attribute.versionCode(1), attribute.versionCodeMajor(-1)], "manifest_version_code"],
    ["a text", [attribute.versionCode("7")], "manifest_value_type"],
    ["a boolean", [attribute.versionCode(true)], "manifest_value_type"],
    ["a float", [attribute.versionCode({ type: 4, data: 0x3f800000 })], "manifest_value_type"],
    ["a text as the major half", [attribute.versionCode(7), attribute.versionCodeMajor("1")], "manifest_value_type"],
    ["a reference", [attribute.versionCode(byReference(0x7f020000))], "manifest_value_reference"],
    ["a dynamic reference", [attribute.versionCode({ type: 7, data: 0x02020000 })], "manifest_value_reference"],
    ["the right name and no id", [{ ...attribute.versionCode(9), id: 0x01010999 }], 0],
    ["the right id and another name", [{ ...attribute.versionCode(9), name: "theme", namespace: "x" }], 9],
    ["two of one id: the first", [attribute.versionCode(7), attribute.versionCode(8)], 7],
    [
      "behind a larger id, where the phone does not see it",
      [attribute.versionName("1"), attribute.versionCode(7)],
      "manifest_ambiguous",
    ],
    [
      "behind an id of the package's own",
      [android("x", 0x00010001, 1), attribute.versionCode(7)],
      "manifest_ambiguous",
    ],
    ["behind a smaller id", [attribute.debuggable(true), attribute.versionCode(7)], 7],
  ] as const)("%s", (_, attributes, expected) => {
    const found = readAndroidManifest(makeManifest(rootWith(...attributes)));
    expect(found.ok && (found.value.versionCode ?? found.value.problems.map(({ code }) => code))).toEqual(
      typeof expected === "string" ? [expected] : expected,
    );
  });
});

describe("the version name", () => {
  test.each([
    ["a text", "1.0 é 😀", ["1.0 é 😀", null]],
    ["a number", 3, ["3", null]],
    ["a hexadecimal number", hexadecimal(0xff), ["0xff", null]],
    ["a boolean", true, ["true", null]],
    ["a reference is not looked up", byReference(0x7f0b0001), [null, 0x7f0b0001]],
    ["a color", { type: 0x1c, data: 1 }, [null, null]],
  ] as const)("%s", (_, value, expected) => {
    expect(read(rootWith(attribute.versionName(value)), "versionName", "versionNameResource")).toEqual(expected);
  });

  test("there is none", () => {
    expect(read(rootWith(), "versionName", "versionNameResource")).toEqual([null, null]);
  });
});

describe("debuggable", () => {
  test.each([
    ["true", true, true],
    ["false", false, false],
    ["the number 1", 1, true],
    ["a number that is not 0, as the phone takes it", 2, true],
    ["a hexadecimal number", hexadecimal(1), true],
    ["the number 0", 0, false],
    ["the text true", "true", true],
    ["the text TRUE", "TRUE", true],
    ["the text 1", "1", true],
    ["the text True", "True", false],
    ["a reference", byReference(0x7f030000), "manifest_value_reference"],
    ["an attribute of a theme", { type: 2, data: 0x7f030000 }, "manifest_value_reference"],
    ["a color", { type: 0x1c, data: 1 }, "manifest_value_type"],
    ["null", { type: 0, data: 0 }, "manifest_value_type"],
    ["a text that is not there", { type: 3, data: 4000 }, "manifest_malformed"],
  ] as const)("%s", (_, value, expected) => {
    const found = readAndroidManifest(makeManifest(childrenOf(application(attribute.debuggable(value)))));
    expect(found.ok && (found.value.debuggable ?? found.value.problems.map(({ code }) => code))).toEqual(
      typeof expected === "string" ? [expected] : expected,
    );
    expect(found).toMatchObject({ value: { versionCode: 7, minSdk: 1 } });
  });

  test.each([
    ["no application", [], [false]],
    ["an application that does not say", [application()], [false]],
    ["two that agree", [application(attribute.debuggable(true)), application(attribute.debuggable(true))], [true]],
    [
      "two that do not: the phone's two readers differ",
      [application(attribute.debuggable(true)), application()],
      [null],
    ],
    ["the right name and another id", [application(android("debuggable", 0x01010003, true))], [false]],
    ["behind a larger id", [application(android("label", 0x01010010, 1), attribute.debuggable(true))], [null]],
  ] as const)("%s", (_, children, expected) => {
    expect(read(childrenOf(...children), "debuggable")).toEqual(expected);
  });
});

describe("API levels", () => {
  test.each([
    ["numbers", [usesSdk(attribute.minSdk(21), attribute.targetSdk(33))], [21, 33]],
    ["no uses-sdk", [], [1, 1]],
    ["no target: the minimum", [usesSdk(attribute.minSdk(21))], [21, 21]],
    ["no minimum", [usesSdk(attribute.targetSdk(33))], [1, 33]],
    ["a negative minimum", [usesSdk(attribute.minSdk(-1))], [1, 1]],
    ["a codename", [usesSdk(attribute.minSdk("Q"))], [27, 27]],
    ["a codename of the first", [usesSdk(attribute.minSdk("Base"))], [1, 1]],
    ["a codename between two", [usesSdk(attribute.minSdk("Pie"))], [26, 26]],
    ["a target by codename", [usesSdk(attribute.minSdk(21), attribute.targetSdk("Tiramisu"))], [21, 30]],
    ["a target by codename below the minimum", [usesSdk(attribute.minSdk(33), attribute.targetSdk("R"))], [33, 33]],
    ["a number as text", [usesSdk(attribute.minSdk("21"))], "manifest_codename"],
    ["an empty text", [usesSdk(attribute.minSdk(""))], "manifest_codename"],
    ["a codename in small letters", [usesSdk(attribute.targetSdk("q"))], "manifest_codename"],
    ["a boolean", [usesSdk(attribute.minSdk(true))], "manifest_value_type"],
    ["a reference", [usesSdk(attribute.minSdk(byReference(0x7f030000)))], "manifest_value_reference"],
    ["a target by reference", [usesSdk(attribute.targetSdk(byReference(0x7f030000)))], "manifest_value_reference"],
    ["the largest minimum of several", [usesSdk(attribute.minSdk(29)), usesSdk(attribute.minSdk(29))], [29, 29]],
    [
      "a target that apksig finds in the first and the phone in the last",
      [usesSdk(attribute.minSdk(21), attribute.targetSdk(29)), usesSdk(attribute.minSdk(21), attribute.targetSdk(33))],
      "manifest_ambiguous",
    ],
    [
      "a target only the first has",
      [usesSdk(attribute.minSdk(30), attribute.targetSdk(30)), usesSdk(attribute.minSdk(21))],
      "manifest_ambiguous",
    ],
    [
      "a minimum behind its target's id",
      [usesSdk(attribute.targetSdk(33), attribute.minSdk(21))],
      "manifest_ambiguous",
    ],
  ] as const)("%s", (_, children, expected) => {
    expect(read(childrenOf(...children), "minSdk", "targetSdk")).toEqual(expected);
  });

  test("the sandbox version is a number or 1", () => {
    expect(read(rootWith(attribute.targetSandboxVersion(2)), "targetSandboxVersion")).toEqual([2]);
    expect(read(rootWith(attribute.targetSandboxVersion("2")), "targetSandboxVersion")).toEqual([1]);
  });
});

describe("refuses an element that the readers place differently", () => {
  const inside = (child: MadeElement): MadeElement => ({ name: "supports-screens", children: [child] });
  test.each([
    ["an application inside another element", childrenOf(inside(application(attribute.debuggable(true))))],
    ["a uses-sdk inside another element", childrenOf(inside(usesSdk(attribute.minSdk(21))))],
    ["a manifest inside the manifest", childrenOf({ name: "manifest", attributes: [attribute.versionCode(9)] })],
    ["an application with a namespace", childrenOf({ ...application(), namespace: "http://example.com" })],
  ])("%s", (_, root) => {
    expect(read(root)).toBe("manifest_ambiguous");
  });
});
