import { describe, expect, test } from "vitest";
import { keys, type MadeNode, makeLineage } from "./apk-writer.suite.ts";
import { capabilityNames, consolidateLineages, verifyLineage } from "./lineage.ts";

const { first, second, third, rsa } = keys;
const read = (...nodes: readonly MadeNode[]) => verifyLineage(makeLineage(nodes));

describe("a proof of rotation", () => {
  test("of which each key signed the next is read, oldest first", () => {
    const nodes = read({ key: rsa, algorithm: 0x0102 }, { key: first }, { key: third }, { key: second })?.nodes;
    const order = [rsa, first, third, second].map(({ certificate }) => Buffer.from(certificate));
    expect(nodes?.map(({ certificate }) => Buffer.from(certificate.bytes))).toEqual(order);
    expect(read({ key: first })?.nodes).toHaveLength(1);
  });

  test.each<[string, readonly MadeNode[]]>([
    ["is empty", []],
    ["has a signature over other data", [{ key: first }, { key: second, breakSignature: true }]],
    ["has a broken signature in the middle", [{ key: first }, { key: second, breakSignature: true }, { key: third }]],
    ["was signed with an algorithm nobody knows", [{ key: first, algorithm: 0x7777 }, { key: second }]],
    ["was signed with an algorithm of another key", [{ key: first, algorithm: 0x0103 }, { key: second }]],
    ["states another algorithm than it was signed with", [{ key: first }, { key: second, statedAlgorithm: 0x0202 }]],
    ["has a certificate twice", [{ key: first }, { key: second }, { key: first }]],
    ["has a certificate that is none", [{ key: { ...first, certificate: Buffer.from("none") } }]],
  ])("is refused that %s", (_, nodes) => {
    expect(read(...nodes)).toBeNull();
  });

  test("of another version, cut off anywhere, or longer than 32 certificates is refused", () => {
    const bytes = makeLineage([{ key: first }, { key: second }]);
    expect(verifyLineage(makeLineage([{ key: first }], 2))).toBeNull();
    const whole = new Set([4 + 4 + bytes.readUInt32LE(4)]);
    for (let length = 0; length < bytes.length; length += 1)
      if (!whole.has(length)) expect(verifyLineage(bytes.subarray(0, length))).toBeNull();
    // Certificates that differ by what follows the key they certify.
    const many = Array.from({ length: 33 }, (_, index) => {
      const certificate = Buffer.from(first.certificate);
      certificate[certificate.length - 1] = index;
      return { key: { ...first, certificate } };
    });
    expect(read(...many.slice(0, 32))?.nodes).toHaveLength(32);
    expect(read(...many)).toBeNull();
  });
});

test("capabilities have the names of their bits", () => {
  expect(capabilityNames(23)).toEqual(["installedData", "sharedUid", "permission", "auth"]);
  expect(capabilityNames(8)).toEqual(["rollback"]);
  expect(capabilityNames(0)).toEqual([]);
});

test("of several lineages the longest counts, where the others are its beginning, capabilities included", () => {
  const of = (...nodes: readonly MadeNode[]) => read(...nodes) ?? { nodes: [] };
  const bytes = makeLineage([{ key: first }, { key: second }, { key: third }]);
  const long = verifyLineage(bytes) ?? { nodes: [] };
  const short = { nodes: long.nodes.slice(0, 2) };
  expect(consolidateLineages([short, long])).toBe(long);
  expect(consolidateLineages([long, short])).toBe(long);
  expect(consolidateLineages([long, of({ key: second })])).toBeNull();
  expect(consolidateLineages([long, { nodes: short.nodes.map((node) => ({ ...node, flags: 0 })) }])).toBeNull();
  expect(consolidateLineages([])).toBeNull();
});
