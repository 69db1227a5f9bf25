import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { manifestWork } from "../android-manifest/manifest-work.ts";
import { type ModuleManifest, readModuleManifest } from "./module-manifest.ts";
import {
  android,
  field,
  item,
  type MadeProtoAttribute,
  type MadeProtoElement,
  message,
  moduleManifest,
  protoAttributes,
  protoElement,
  protoNode,
  varint,
} from "./proto-writer.suite.ts";

function outcome(bytes: Uint8Array, ...fields: readonly (keyof ModuleManifest)[]): unknown {
  const read = readModuleManifest(bytes);
  return read.ok ? fields.map((each) => read.value[each]) : read.code;
}

const name = protoAttributes.package("com.example.app");
const root = (change: Partial<MadeProtoElement> = {}): MadeProtoElement => ({
  name: "manifest",
  attributes: [name],
  ...change,
});
const rootWith = (...attributes: readonly MadeProtoAttribute[]) =>
  protoNode(root({ attributes: [name, ...attributes] }));
const childrenOf = (...children: readonly MadeProtoElement[]) => protoNode(root({ children }));
const usesSdk = (...attributes: readonly MadeProtoAttribute[]): MadeProtoElement => ({ name: "uses-sdk", attributes });

test("reads a module's manifest", () => {
  expect(readModuleManifest(moduleManifest({ split: "feature", debuggable: true }))).toEqual({
    ok: true,
    value: {
      package: "com.example.app",
      split: "feature",
      versionCode: 7,
      versionName: "1.2",
      minSdk: 24,
      targetSdk: 34,
      debuggable: true,
    },
  });
});

test("says what a manifest does not declare", () => {
  expect(readModuleManifest(protoNode(root()))).toEqual({
    ok: true,
    value: {
      package: "com.example.app",
      split: "",
      versionCode: undefined,
      versionName: undefined,
      minSdk: undefined,
      targetSdk: undefined,
      debuggable: undefined,
    },
  });
});

describe("names", () => {
  test.each([
    ["no package", protoNode(root({ attributes: [] })), "manifest_package"],
    ["a package of one part", protoNode(root({ attributes: [protoAttributes.package("app")] })), "manifest_package"],
    ["two packages", rootWith(name), "manifest_package"],
    ["a package with a namespace", protoNode(root({ attributes: [{ ...name, namespace: "x" }] })), "manifest_package"],
    [
      "a package that is compiled to a text",
      protoNode(root({ attributes: [{ name: "package", value: "a.x", item: item.text("a.b") }] })),
      ["a.b", ""],
    ],
    [
      "a package that is a number",
      protoNode(root({ attributes: [{ ...name, item: item.decimal(1) }] })),
      "manifest_package",
    ],
    ["a split that is a path", rootWith(protoAttributes.split("../base")), "manifest_package"],
    ["another root", protoNode({ ...root(), name: "resources" }), "manifest_package"],
    ["a root with a namespace", protoNode(root({ namespace: "x" })), "manifest_package"],
  ] as const)("%s", (_, bytes, expected) => {
    expect(outcome(bytes, "package", "split")).toEqual(expected);
  });
});

describe("values", () => {
  const reference = item.reference(0x7f010000);
  test.each([
    ["a version code", rootWith(protoAttributes.versionCode(item.decimal(2_100_000_000))), [2_100_000_000]],
    [
      "with a major half",
      rootWith(protoAttributes.versionCode(item.decimal(25)), protoAttributes.versionCodeMajor(item.decimal(1))),
      [4_294_967_321],
    ],
    ["only a major half", rootWith(protoAttributes.versionCodeMajor(item.decimal(1))), [undefined]],
    ["negative", rootWith(protoAttributes.versionCode(item.decimal(-1))), "manifest_version_code"],
    [
      "not exact",
      rootWith(protoAttributes.versionCode(item.decimal(1)), protoAttributes.versionCodeMajor(item.decimal(2 ** 21))),
      "manifest_version_code",
    ],
    [
      "hexadecimal, which bundletool does not take",
      rootWith(protoAttributes.versionCode(item.hexadecimal(7))),
      "manifest_value_type",
    ],
    ["a text", rootWith(protoAttributes.versionCode(item.text("7"))), "manifest_value_type"],
    ["a reference", rootWith(protoAttributes.versionCode(reference)), "manifest_value_reference"],
    [
      "a text as the major half",
      rootWith(protoAttributes.versionCode(item.decimal(7)), protoAttributes.versionCodeMajor(item.text("1"))),
      "manifest_value_type",
    ],
    ["of another id", rootWith(android("versionCode", 0x01010999, item.decimal(7))), [undefined]],
    ["of another name", rootWith(android("x", 0x0101021b, item.decimal(7))), [7]],
    [
      "two of one id",
      rootWith(protoAttributes.versionCode(item.decimal(7)), protoAttributes.versionCode(item.decimal(8))),
      "manifest_ambiguous",
    ],
  ] as const)("the version code: %s", (_, bytes, expected) => {
    expect(outcome(bytes, "versionCode")).toEqual(expected);
  });

  test.each([
    ["a text", protoAttributes.versionName("1.0"), ["1.0"]],
    ["a compiled text", android("versionName", 0x0101021c, item.text("2.0")), ["2.0"]],
    ["a reference is not looked up", android("versionName", 0x0101021c, reference), [null]],
    ["a number", android("versionName", 0x0101021c, item.decimal(2)), "manifest_value_type"],
  ] as const)("the version name: %s", (_, attribute, expected) => {
    expect(outcome(rootWith(attribute), "versionName")).toEqual(expected);
  });

  test.each([
    ["a number", [protoAttributes.minSdk(item.decimal(21))], [21, undefined]],
    ["a codename", [protoAttributes.minSdk(item.text("Q")), protoAttributes.targetSdk(item.decimal(29))], [27, 29]],
    [
      "a codename that aapt2 did not compile",
      [{ ...protoAttributes.minSdk(item.text("")), item: undefined, value: "R" }],
      [28, undefined],
    ],
    ["a number as text", [protoAttributes.minSdk(item.text("21"))], "manifest_codename"],
    ["a target by reference", [protoAttributes.targetSdk(reference)], "manifest_value_reference"],
    ["a boolean", [protoAttributes.minSdk(item.boolean(true))], "manifest_value_type"],
  ] as const)("API levels: %s", (_, attributes, expected) => {
    expect(
      outcome(childrenOf(usesSdk(...(attributes as readonly MadeProtoAttribute[]))), "minSdk", "targetSdk"),
    ).toEqual(expected);
  });

  test.each([
    ["true", item.boolean(true), [true]],
    ["false", item.boolean(false), [false]],
    ["a text", item.text("true"), "manifest_value_type"],
    ["a reference", reference, "manifest_value_reference"],
  ] as const)("debuggable: %s", (_, compiled, expected) => {
    const application = { name: "application", attributes: [protoAttributes.debuggable(compiled)] };
    expect(outcome(childrenOf(application), "debuggable")).toEqual(expected);
  });
});

describe("elements", () => {
  const debuggable: MadeProtoElement = {
    name: "application",
    attributes: [protoAttributes.debuggable(item.boolean(true))],
  };
  test.each([
    ["two applications", childrenOf(debuggable, { name: "application" }), "manifest_ambiguous"],
    ["two uses-sdk", childrenOf(usesSdk(), usesSdk()), "manifest_ambiguous"],
    ["an application inside another element", childrenOf({ name: "queries", children: [debuggable] }), [undefined]],
    ["an application with a namespace", childrenOf({ ...debuggable, namespace: "x" }), [undefined]],
  ] as const)("%s", (_, bytes, expected) => {
    expect(outcome(bytes, "debuggable")).toEqual(expected);
  });
});

describe("refuses as malformed", () => {
  const element = protoElement(root());
  const attribute = (bytes: Uint8Array) => field(1, message(field(3, "manifest"), field(4, bytes)));
  const compiledAs = (compiled: Uint8Array) => attribute(message(field(2, "package"), field(6, compiled)));
  test.each([
    ["nothing", new Uint8Array()],
    ["a node of text", field(2, "text")],
    ["a node of text and an element", message(field(1, element), field(2, "text"))],
    ["two elements in a node", message(field(1, element), field(1, element))],
    ["two names of an element", field(1, message(element, field(3, "manifest")))],
    ["two namespaces of an element", field(1, message(element, field(2, ""), field(2, "")))],
    ["two names of an attribute", attribute(message(field(2, "package"), field(2, "split")))],
    ["two ids of an attribute", attribute(message(field(2, "a"), field(5, 1), field(5, 0x0101021b)))],
    ["two compiled values", attribute(message(field(2, "a"), field(6, item.decimal(1)), field(6, item.decimal(2))))],
    ["two kinds of value", compiledAs(message(item.text("a.b"), item.decimal(1)))],
    ["two kinds of number", compiledAs(field(7, message(field(6, 1), field(8, 1))))],
    ["a value of no kind", compiledAs(new Uint8Array())],
    ["a number of no kind", compiledAs(field(7, new Uint8Array()))],
    ["two texts of a value", compiledAs(field(2, message(field(1, "a"), field(1, "b"))))],
    ["two ids of a reference", compiledAs(field(1, message(field(2, 1), field(2, 2))))],
    ["a name that is no UTF-8", field(1, field(3, Uint8Array.of(0xff)))],
    ["an attribute that is no message", attribute(Uint8Array.of(0x0a))],
    ["a child that is no message", field(1, message(element, field(5, Uint8Array.of(0x0a))))],
    ["a child that has no name", field(1, message(element, field(5, field(1, Uint8Array.of(0x1b)))))],
    ["a length beyond the end", Uint8Array.of(0x0a, 0x05, 0x1a)],
    ["a length beyond 32 bits", message(Uint8Array.of(0x0a), varint(2n ** 33n), element)],
    ["a varint without end", Uint8Array.from({ length: 12 }, () => 0x88)],
    ["a field of number 0", message(field(1, element), field(0, 1))],
    ["a group", message(field(1, element), varint(9 * 8 + 3), varint(9 * 8 + 4))],
    ["a wire type that there is not", message(field(1, element), varint(9 * 8 + 6))],
    ["eight bytes cut off", message(field(1, element), varint(9 * 8 + 1), Uint8Array.of(1, 2, 3))],
    ["a tag beyond 32 bits", message(field(1, element), varint(2n ** 40n + 8n), varint(1))],
  ])("%s", (_, bytes) => {
    expect(outcome(bytes)).toBe("aab_manifest_malformed");
  });

  test("but passes over fields that it does not know, of every wire type", () => {
    const unknown = message(
      field(99, 1),
      field(98, "x"),
      varint(97 * 8 + 1),
      new Uint8Array(8),
      varint(96 * 8 + 5),
      new Uint8Array(4),
    );
    expect(outcome(message(unknown, field(1, message(unknown, element))), "package")).toEqual(["com.example.app"]);
    expect(outcome(message(field(1, element), field(2, 7)), "package")).toEqual(["com.example.app"]);
  });
});

test("looks at each byte of a manifest a few times at most, whatever is in it", () => {
  const attributes = field(4, field(2, "a"));
  const many = (each: Uint8Array) => Buffer.concat(Array.from({ length: 20_000 }, () => each));
  const deep = Array.from({ length: 500 }).reduce<Uint8Array>((inner) => field(1, field(5, inner)), new Uint8Array());
  for (const bytes of [
    field(1, message(field(3, "manifest"), many(attributes))),
    field(1, message(field(3, "manifest"), many(field(5, field(1, field(3, "application")))))),
    field(1, message(field(3, "manifest"), many(field(5, "")))),
    many(Uint8Array.of(0x18, 0)),
    deep,
  ]) {
    const before = manifestWork.steps;
    readModuleManifest(bytes);
    expect((manifestWork.steps - before) / bytes.length).toBeLessThan(4);
  }
});

describe("never throws", () => {
  const good = moduleManifest({ split: "feature", debuggable: true });
  test("whatever byte is changed", () => {
    for (let at = 0; at < good.length; at++)
      for (let value = 0; value < 256; value += 5) {
        const bytes = Uint8Array.from(good);
        bytes[at] = value;
        expect(() => readModuleManifest(bytes)).not.toThrow();
      }
  });

  test("wherever it is cut off, and then it is refused or whole", () => {
    const element = protoElement(root());
    const full = field(1, element);
    for (let length = 0; length < full.length; length++)
      expect(outcome(full.subarray(0, length))).toBe("aab_manifest_malformed");
  });

  test("whatever the bytes are", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => outcome(bytes) !== undefined));
  });
});
