import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  boolean,
  der,
  enumerated,
  explicit,
  integer,
  none,
  octets,
  sequence,
  set,
} from "../../../asn1/src/made/der-writer.suite.ts";
import { flip } from "../../../asn1/src/made/flip.suite.ts";
import { makeDescription, rootOfTrust } from "../made/android.suite.ts";
import { toGoogleJson } from "./google-json.ts";
import { parseKeyDescription } from "./key-description.ts";

const hardware = (values: Readonly<Record<number, Uint8Array | null>>) =>
  parseKeyDescription(makeDescription({ hardware: values }))?.hardwareEnforced;

/** A description whose hardware list is exactly these entries, in this order. */
function withHardware(...entries: readonly Uint8Array[]) {
  const fields = [integer(400), enumerated(1), integer(400), enumerated(1), octets("c"), octets("")];
  return parseKeyDescription(sequence(...fields, sequence(), sequence(...entries)));
}

/** A whole description of which one field is another. */
function withField(index: number, field: Uint8Array): Uint8Array {
  const fields = [
    integer(400),
    enumerated(1),
    integer(400),
    enumerated(1),
    octets("c"),
    octets(""),
    sequence(),
    sequence(),
  ];
  return sequence(...fields.with(index, field));
}

describe("tolerates what real devices do", () => {
  test("keeps tags it does not know", () => {
    const list = hardware({ 303: none(), 9999: integer(5) });
    expect([...(list?.otherTags.keys() ?? [])]).toEqual([303, 9999]);
    expect(list?.otherTags.get(9999)).toEqual(integer(5));
  });

  test("reads tags in any order, and says so", () => {
    const list = withHardware(explicit(706, integer(202601)), explicit(2, integer(3)))?.hardwareEnforced;
    expect(list).toMatchObject({ osPatchLevel: "202601", algorithms: 3n, areTagsOrdered: false });
    expect(hardware({})?.areTagsOrdered).toBe(true);
  });

  test("reads patch levels of 6 and 8 digits, and null for any other number", () => {
    expect(hardware({ 706: integer(202611), 718: integer(20261105) })).toMatchObject({
      osPatchLevel: "202611",
      vendorPatchLevel: "20261105",
    });
    for (const level of [0, 202613, 20261, 2026110, 202600])
      expect(hardware({ 706: integer(level) })?.osPatchLevel, `${level}`).toBeNull();
  });

  test("reads a root of trust with and without a boot hash", () => {
    expect(hardware({ 704: rootOfTrust(boolean(true), 0) })?.rootOfTrust?.verifiedBootHash?.length).toBe(32);
    const short = sequence(octets("key"), boolean(false), enumerated(2));
    expect(hardware({ 704: short })?.rootOfTrust).toMatchObject({
      deviceLocked: false,
      verifiedBootState: "UNVERIFIED",
      verifiedBootHash: null,
    });
  });

  test("reads numbers of 64 bits", () => {
    expect(hardware({ 400: integer(2n ** 64n - 1n) })?.activeDateTime).toBe(2n ** 64n - 1n);
  });
});

describe("answers null, and never throws, for", () => {
  const rot = (...fields: readonly Uint8Array[]) => ({ 704: sequence(...fields) });
  test.each([
    ["a tag that stands twice", withHardware(explicit(2, integer(3)), explicit(2, integer(1)))],
    ["a list entry that is no context tag", withHardware(integer(3))],
    ["a list entry with two elements", withHardware(der(0xa2, integer(3), integer(3)))],
    ["an integer where a set belongs", hardware({ 1: integer(2) })],
    ["a set of text", hardware({ 1: set(octets("2")) })],
    ["text where an integer belongs", hardware({ 2: octets("3") })],
    ["text that is not UTF-8", hardware({ 710: octets(Uint8Array.of(0xff)) })],
    ["an origin without a name", hardware({ 702: integer(9) })],
    ["a patch level that is text", hardware({ 706: octets("202601") })],
    ["a root of trust that is text", hardware({ 704: octets("") })],
    ["a root of trust of two fields", hardware(rot(octets(""), boolean(true)))],
    ["a root of trust of five fields", hardware(rot(octets(""), boolean(true), enumerated(0), octets(""), octets("")))],
    ["a boot state without a name", hardware(rot(octets(""), boolean(true), enumerated(4), octets("")))],
    ["a boot hash that is a number", hardware(rot(octets(""), boolean(true), enumerated(0), integer(1)))],
    ["a BOOLEAN that is neither", hardware(rot(octets(""), Uint8Array.of(1, 1, 2), enumerated(0), octets("")))],
    ["an application id that holds no DER", hardware({ 709: octets("no der") })],
    ["an application id of three fields", hardware({ 709: octets(sequence(set(), set(), set())) })],
    [
      "a package whose name is no UTF-8",
      hardware({ 709: octets(sequence(set(sequence(octets(Uint8Array.of(0xff)), integer(1))), set())) }),
    ],
    [
      "a package whose version is text",
      hardware({ 709: octets(sequence(set(sequence(octets("a"), octets("1"))), set())) }),
    ],
    [
      "a package of three fields",
      hardware({ 709: octets(sequence(set(sequence(octets("a"), integer(1), integer(1))), set())) }),
    ],
    ["a package without a version", hardware({ 709: octets(sequence(set(sequence(octets("a"))), set())) })],
    ["a signature that is a number", hardware({ 709: octets(sequence(set(), set(integer(1)))) })],
    ["a security level without a name", parseKeyDescription(makeDescription({ levels: [3, 3] }))],
    [
      "seven fields",
      parseKeyDescription(sequence(integer(1), integer(1), integer(1), integer(1), integer(1), integer(1), integer(1))),
    ],
    ["a version that is text", parseKeyDescription(withField(0, octets("400")))],
    ["a key version that is text", parseKeyDescription(withField(2, octets("400")))],
    ["an attestation level that is a number", parseKeyDescription(withField(1, integer(1)))],
    ["a key level without a name", parseKeyDescription(withField(3, enumerated(3)))],
    ["a challenge that is a number", parseKeyDescription(withField(4, integer(1)))],
    ["a unique id that is a number", parseKeyDescription(withField(5, integer(1)))],
    ["a list that is text", parseKeyDescription(withField(6, octets("")))],
    ["a boot key that is a number", hardware(rot(integer(1), boolean(true), enumerated(0), octets("")))],
    ["a lock state that is a number", hardware(rot(octets(""), integer(1), enumerated(0), octets("")))],
    ["bytes after the end", parseKeyDescription(Buffer.concat([makeDescription(), Buffer.of(0)]))],
    ["nothing", parseKeyDescription(new Uint8Array())],
  ])("%s", (_, parsed) => {
    expect(parsed ?? null).toBeNull();
  });

  test("arbitrary bytes, and any changed or missing byte of a description", () => {
    const genuine = makeDescription();
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => void parseKeyDescription(bytes)));
    for (let index = 0; index < genuine.length; index += 1) {
      for (let bit = 0; bit < 8; bit += 1) parseKeyDescription(flip(genuine, index, bit));
      expect(parseKeyDescription(genuine.slice(0, index))).toBeNull();
    }
  });
});

test("prints Google's names, numbers as text and binary as base64", () => {
  const description = parseKeyDescription(
    makeDescription({ challenge: Uint8Array.of(1, 2, 3), hardware: { 506: none(), 724: octets("h") } }),
  );
  expect(description && toGoogleJson(description)).toMatchObject({
    attestationVersion: "400",
    attestationChallenge: "AQID",
    softwareEnforced: { attestationApplicationId: { packages: [{ name: "com.example.gallery", version: "7" }] } },
    hardwareEnforced: {
      purposes: ["2"],
      keySize: "256",
      allowWhileOnBody: true,
      moduleHash: "aA==",
      areTagsOrdered: true,
    },
  });
});
