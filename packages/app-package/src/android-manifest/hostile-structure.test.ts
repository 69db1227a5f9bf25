import { describe, expect, test } from "vitest";
import {
  androidNamespace,
  attribute,
  chunk,
  endNode,
  halves,
  join,
  joinDocument,
  type MadeDocument,
  makeDocument,
  type PoolOptions,
  plainManifest,
  startNode,
  stringPool,
  words,
  xml,
} from "./binary-xml-writer.suite.ts";
import { readAndroidManifest } from "./read-android-manifest.ts";

const made = makeDocument(plainManifest());
const { pool, map, nodes } = made;
const none = 0xffffffff;

function outcome(bytes: Uint8Array): string {
  const read = readAndroidManifest(bytes);
  return read.ok ? read.value.package : read.problem.code;
}

const document = (change: Partial<MadeDocument>) => joinDocument({ ...made, ...change });
/** A document with these chunks before, among or after the nodes. */
const withChunks = (at: number, ...chunks: readonly Uint8Array[]) =>
  document({ nodes: [...nodes.slice(0, at), ...chunks, ...nodes.slice(at)] });
/** A node with one 16-bit or 32-bit field replaced. */
const set16 = (bytes: Uint8Array, at: number, value: number) =>
  join(bytes.subarray(0, at), halves(value), bytes.subarray(at + 2));
const set32 = (bytes: Uint8Array, at: number, value: number) =>
  join(bytes.subarray(0, at), words(value), bytes.subarray(at + 4));
/** The node at this place, changed. */
const changed = (at: number, change: (node: Uint8Array) => Uint8Array) =>
  document({ nodes: nodes.map((node, index) => (index === at ? change(node) : node)) });

/** A chunk with a header as long as a node's. */
const nodeLike = (bytes: Uint8Array) =>
  chunk((bytes[0] ?? 0) | ((bytes[1] ?? 0) << 8), bytes.subarray(8), words(1, none));

const taken = "com.example.app";
const [rootStart, rootEnd] = [1, nodes.length - 2];

describe("the outermost chunk", () => {
  test.each([
    ["is XML", xml(pool, map, ...nodes), taken],
    ["may be followed by bytes", join(xml(pool, map, ...nodes), words(1, 2, 3)), taken],
    ["of another type", chunk(2, join(pool, map, ...nodes)), "manifest_malformed"],
    ["behind another chunk", join(chunk(0x999, words(1)), xml(pool, map, ...nodes)), "manifest_malformed"],
    ["longer than the file", set32(xml(pool, map, ...nodes), 4, 1 << 20), "manifest_malformed"],
    ["shorter than its header", set32(xml(pool, map, ...nodes), 4, 4), "manifest_malformed"],
    ["with a header of seven bytes", set16(xml(pool, map, ...nodes), 2, 7), "manifest_malformed"],
    ["with a longer header", chunk(3, join(pool, map, ...nodes), words(1, 2)), taken],
    ["seven bytes", new Uint8Array(7), "manifest_malformed"],
    ["no bytes", new Uint8Array(), "manifest_malformed"],
  ])("%s", (_, bytes, expected) => {
    expect(outcome(bytes)).toBe(expected);
  });
});

describe("chunks", () => {
  test.each([
    [
      "of unknown types are passed over before the nodes",
      xml(chunk(0, words(1)), pool, chunk(0x999, words()), map, ...nodes),
      taken,
    ],
    [
      "and among them",
      withChunks(2, chunk(0x105, words(1), words(1, none)), chunk(0x999, words(1), words(1, 2))),
      taken,
    ],
    [
      "an unknown one among the nodes with a header too short for a node",
      withChunks(2, chunk(0x999, words(1))),
      "manifest_malformed",
    ],
    ["a second string pool", xml(pool, pool, map, ...nodes), "manifest_ambiguous"],
    ["a second resource map", xml(pool, map, map, ...nodes), "manifest_ambiguous"],
    ["the resource map before the string pool", xml(map, pool, ...nodes), taken],
    [
      "a resource map among the nodes",
      document({ map: new Uint8Array(), nodes: [nodes[0] ?? map, map, ...nodes.slice(1)] }),
      "manifest_malformed",
    ],
    [
      "no resource map but one among the nodes with a node's header",
      document({ map: new Uint8Array(), nodes: [...nodes.slice(0, 2), nodeLike(map), ...nodes.slice(2)] }),
      "manifest_ambiguous",
    ],
    [
      "a resource map among the nodes with a node's header",
      withChunks(2, chunk(0x180, words(1), words(1, none))),
      "manifest_ambiguous",
    ],
    ["a string pool among the nodes", withChunks(3, pool), "manifest_ambiguous"],
    ["nodes before the string pool", xml(nodes[0] ?? pool, pool, map, ...nodes), "manifest_malformed"],
    ["no string pool", xml(map, ...nodes), "manifest_malformed"],
    ["nothing but a string pool", xml(pool), "manifest_malformed"],
    ["longer than what is left", changed(3, (node) => set32(node, 4, 1 << 16)), "manifest_malformed"],
    [
      "a size that is no multiple of four",
      withChunks(2, join(chunk(0x104, join(words(1, 2, 3), halves(0)), words(1, none)))),
      "manifest_malformed",
    ],
    [
      "a header that is no multiple of four",
      withChunks(2, chunk(0x104, join(words(1, 2, 3), halves(0)), join(words(1, none), halves(0)))),
      "manifest_malformed",
    ],
    ["a size of 0", changed(3, (node) => set32(node, 4, 0)), "manifest_malformed"],
    ["four bytes too many inside the root", withChunks(rootEnd, words(0)), "manifest_malformed"],
  ])("%s", (_, bytes, expected) => {
    expect(outcome(bytes)).toBe(expected);
  });
});

describe("elements", () => {
  const other = startNode(none, indexOf("activity"), []);
  test.each([
    ["an end before any start", withChunks(1, endNode(none, indexOf("manifest"))), "manifest_ambiguous"],
    ["the root never ends", document({ nodes: nodes.slice(0, rootEnd) }), taken],
    ["an element after the root", withChunks(rootEnd + 1, other, endNode(none, 0)), "manifest_ambiguous"],
    ["an end after the root", withChunks(rootEnd + 1, endNode(none, 0)), "manifest_ambiguous"],
    ["after the root a chunk that is cut off", withChunks(nodes.length, words(0x00100102, 99, 1)), taken],
    [
      "after the root a chunk whose header is broken",
      withChunks(nodes.length, words(0x00040102, 16, 1, 1)),
      "manifest_malformed",
    ],
    ["after the root a chunk off its boundary", withChunks(nodes.length, chunk(0x999, halves(1))), taken],
    ["only the root's start", xml(pool, map, nodes[rootStart] ?? map), "manifest_malformed"],
    ["a start too short", withChunks(2, chunk(0x102, words(none, 0, 0, 0), words(1, none))), "manifest_malformed"],
    ["an end too short", withChunks(2, chunk(0x103, words(none), words(1, none))), "manifest_malformed"],
    ["a text too short", withChunks(2, chunk(0x104, words(0, 0), words(1, none))), "manifest_malformed"],
    ["a text", withChunks(2, chunk(0x104, words(0, 0, 0), words(1, none))), taken],
    [
      "a name that is not in the pool",
      withChunks(2, startNode(none, 4000, []), endNode(none, 0)),
      "manifest_malformed",
    ],
    ["no name", withChunks(2, startNode(none, none, []), endNode(none, 0)), "manifest_malformed"],
    [
      "an end's name that is not in the pool",
      withChunks(2, startNode(none, 0, []), endNode(none, 4000)),
      "manifest_malformed",
    ],
    [
      "a namespace that is not in the pool",
      withChunks(2, startNode(4000, 0, []), endNode(none, 0)),
      "manifest_malformed",
    ],
    ["an end of another name: names are not matched", withChunks(2, startNode(none, 0, []), endNode(none, 1)), taken],
  ])("%s", (_, bytes, expected) => {
    expect(outcome(bytes)).toBe(expected);
  });

  test("ten thousand deep", () => {
    const starts = Array.from({ length: 10_000 }, () => other);
    const ends = starts.map(() => endNode(none, indexOf("activity")));
    expect(outcome(withChunks(2, ...starts, ...ends))).toBe(taken);
  });
});

describe("attributes", () => {
  const root = nodes[rootStart] ?? map;
  const body = 16;
  /** The root's attributes, each followed by as many bytes more. */
  const spread = (more: number) => {
    const attributes = [0, 1, 2].map((each) => root.subarray(body + 20 + 20 * each, body + 40 + 20 * each));
    return startNode(
      none,
      indexOf("manifest"),
      attributes.map((each) => join(each, new Uint8Array(more))),
      { size: 20 + more },
    );
  };
  test.each([
    ["with bytes between them", changed(rootStart, () => spread(4)), taken],
    [
      "shorter than what is read of them",
      changed(rootStart, (node) => set16(node, body + 10, 16)),
      "manifest_malformed",
    ],
    ["more than fit", changed(rootStart, (node) => set16(node, body + 12, 4)), "manifest_malformed"],
    ["more than fit by far", changed(rootStart, (node) => set16(node, body + 12, 0xffff)), "manifest_malformed"],
    ["that begin behind the element", changed(rootStart, (node) => set16(node, body + 8, 4000)), "manifest_malformed"],
    ["fewer than stand there", changed(rootStart, (node) => set16(node, body + 12, 2)), "manifest_package"],
    [
      "a name before the package that cannot be read",
      changed(rootStart, (node) => set32(node, body + 20 + 4, 4000)),
      "manifest_ambiguous",
    ],
  ])("%s", (_, bytes, expected) => {
    expect(outcome(bytes)).toBe(expected);
  });

  test("that begin behind further bytes of the element", () => {
    const attributes = root.subarray(body + 20);
    const moved = chunk(
      0x102,
      join(words(none, indexOf("manifest")), halves(24, 20, 3, 0, 0, 0), words(0), attributes),
      words(1, none),
    );
    expect(outcome(changed(rootStart, () => moved))).toBe(taken);
  });

  test("of a resource map too short for them have no id", () => {
    expect(outcome(document({ map: chunk(0x180, words()) }))).toBe(taken);
    const read = readAndroidManifest(document({ map: chunk(0x180, words()) }));
    expect(read).toMatchObject({ value: { versionCode: 0, minSdk: 1, debuggable: false } });
  });
});

describe("the string pool", () => {
  const strings = [...poolStrings()];
  const withPool = (options: PoolOptions) => document({ pool: stringPool(strings, options) });
  test.each([
    ["UTF-8", withPool({}), taken],
    ["UTF-16", withPool({ utf8: false }), taken],
    ["flags that do not matter", withPool({ flags: 0x1fffff | 0 }), taken],
    ["said to be sorted, which it is not", withPool({ flags: 0x101 }), taken],
    ["UTF-8 said to be UTF-16", withPool({ flags: 0 }), "manifest_malformed"],
    ["UTF-16 said to be UTF-8", withPool({ utf8: false, flags: 0x100 }), "manifest_malformed"],
    ["more strings than there are: those are not read", withPool({ count: strings.length + 3 }), taken],
    ["more strings than the chunk has room for", withPool({ count: 1 << 20 }), "manifest_malformed"],
    ["2³¹ strings", withPool({ count: 2 ** 31 }), "manifest_malformed"],
    ["fewer strings than there are", withPool({ count: 3 }), "manifest_malformed"],
    ["no strings", withPool({ count: 0 }), "manifest_malformed"],
    ["strings that begin behind the chunk", withPool({ stringsStart: 1 << 20 }), "manifest_malformed"],
    ["strings that begin in the header", withPool({ stringsStart: 8 }), "manifest_malformed"],
    [
      "strings that begin in the header, with offsets that make up for it",
      withPool({ stringsStart: 8, shift: 20 + 4 * strings.length }),
      "manifest_malformed",
    ],
    ["strings and then no zero", withPool({ styles: words(0x01010101) }), "manifest_malformed"],
    ["offsets behind the end", withPool({ shift: 1 << 20 }), "manifest_malformed"],
    ["odd offsets of UTF-16", withPool({ utf8: false, shift: 1 }), "manifest_malformed"],
    ["no zero at the end of a string", withPool({ terminator: [1] }), "manifest_malformed"],
    ["no zero at the end of a string of UTF-16", withPool({ utf8: false, terminator: [1, 0] }), "manifest_malformed"],
    ["a length in units that is not so", withPool({ lengths: [3] }), "manifest_malformed"],
    ["a length in bytes that is not so", withPool({ lengths: [1, 0x7f00] }), "manifest_malformed"],
    ["a length of UTF-16 that is not so", withPool({ utf8: false, lengths: [0x7fff] }), "manifest_malformed"],
    ["a length of UTF-16 of four bytes", withPool({ utf8: false, lengths: [0x7fffffff] }), "manifest_malformed"],
    ["styles that end in their mark", withPool({ styleCount: 1, styles: words(0, none, none, none) }), taken],
    ["styles that do not", withPool({ styleCount: 1, styles: words(0, none, none, 0) }), "manifest_malformed"],
    ["styles said to be there", withPool({ styleCount: 1 }), "manifest_malformed"],
    [
      "more styles than there is room for: none is read",
      withPool({ styles: words(none, none, none), styleCount: 1, styleCountSaid: 1 << 28 }),
      taken,
    ],
    [
      "styles that begin before the strings",
      withPool({ styleCount: 1, styles: words(none, none, none), stylesStart: 30 }),
      "manifest_malformed",
    ],
    ["a header too short", document({ pool: chunk(1, words(1, 0), words(0, 0, 0)) }), "manifest_malformed"],
  ])("%s", (_, bytes, expected) => {
    expect(outcome(bytes)).toBe(expected);
  });

  test.each([
    ["bytes that are no UTF-8", Uint8Array.of(0x6d, 0xff, 0x80)],
    ["a longer form of m", Uint8Array.of(0xc1, 0xad)],
    ["a character cut off", Uint8Array.of(0x6d, 0xe2, 0x82)],
  ])("an element's name of %s", (_, name) => {
    const odd = stringPool([...strings, name], { lengths: undefined });
    const node = startNode(none, strings.length, []);
    expect(
      outcome(document({ pool: odd, nodes: [...nodes.slice(0, 2), node, endNode(none, 0), ...nodes.slice(2)] })),
    ).toBe("manifest_malformed");
  });

  test("a broken string that nothing refers to", () => {
    expect(outcome(document({ pool: stringPool([...strings, Uint8Array.of(0xff)]) }))).toBe(taken);
  });
});

/** The strings of the plain document, in the order of its pool. */
function poolStrings(): readonly string[] {
  const view = new DataView(pool.buffer, pool.byteOffset, pool.byteLength);
  return Array.from({ length: view.getUint32(8, true) }, (_, index) => {
    const at = view.getUint32(20, true) + view.getUint32(28 + 4 * index, true);
    return Buffer.from(pool.subarray(at + 2, at + 2 + (pool[at + 1] ?? 0))).toString();
  });
}

function indexOf(text: string): number {
  return poolStrings().indexOf(text);
}

test("the writer's strings are what the tests take them for", () => {
  expect(poolStrings()).toEqual(expect.arrayContaining(["manifest", "package", androidNamespace, "activity"]));
  expect(attribute.package("a.b").name).toBe("package");
});
