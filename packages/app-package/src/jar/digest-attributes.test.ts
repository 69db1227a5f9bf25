import { describe, expect, test } from "vitest";
import { androidDigests, jarsignerDigests } from "./digest-attributes.ts";
import { type JarSection, readJarSections } from "./jar-sections.ts";

function section(...lines: readonly string[]): JarSection {
  const [read] = readJarSections(Buffer.from(`Name: x\n${lines.join("\n")}\n`));
  if (read === undefined) throw new Error("no section");
  return read;
}
const newest = Number.MAX_SAFE_INTEGER;
const hashes = (read: JarSection, minSdk: number, maxSdk: number) =>
  androidDigests(read, "-digest", minSdk, maxSdk).map(({ hash }) => hash);

describe("the digests that Android checks", () => {
  const all = [
    "SHA1-Digest: AA==",
    "SHA-256-Digest: AQ==",
    "SHA-384-Digest: Ag==",
    "SHA-512-Digest: Aw==",
    "MD5-Digest: BA==",
  ];

  test("are from 4.3 on the strongest alone", () => {
    expect(hashes(section(...all), 18, newest)).toEqual(["sha512"]);
    expect(hashes(section(...all.slice(0, 3)), 18, newest)).toEqual(["sha384"]);
    expect(hashes(section(...all.slice(0, 2)), 18, newest)).toEqual(["sha256"]);
    expect(hashes(section(...all.slice(0, 1)), 18, newest)).toEqual(["sha1"]);
    expect(hashes(section("MD5-Digest: AA==", "SHA-224-Digest: AA==", "SHA-Digest: AA=="), 18, newest)).toEqual([]);
  });

  test("are before 4.3 what Digest-Algorithms names first and the device knows, by default SHA and SHA1", () => {
    expect(hashes(section(...all), 9, 17)).toEqual(["sha1"]);
    expect(hashes(section("SHA-Digest: AA=="), 1, 17)).toEqual(["sha1"]);
    expect(hashes(section("Digest-Algorithms: SHA-384\tMD5 SHA1", ...all), 8, 17)).toEqual(["md5"]);
    expect(hashes(section("Digest-Algorithms: CRC  SHA-384 SHA1", ...all), 9, 17)).toEqual(["sha384"]);
    expect(hashes(section("SHA-256-Digest: AA=="), 17, 17)).toEqual([]);
    expect(hashes(section("Digest-Algorithms: __proto__ constructor", ...all), 9, 17)).toEqual([]);
  });

  test("are both in a range with both kinds of device, and none where the older ones have none", () => {
    expect(hashes(section(...all), 17, 18)).toEqual(["sha1", "sha512"]);
    expect(hashes(section("SHA-512-Digest: AA=="), 17, 18)).toEqual([]);
  });
});

test("jarsigner checks every digest that is not weak", () => {
  const read = section("SHA1-Digest: AA==", "SHA-224-Digest: AA==", "SHA-512-Digest: AA==");
  expect(jarsignerDigests(read, "-digest").map(({ hash }) => hash)).toEqual(["sha224", "sha512"]);
  expect(jarsignerDigests(section("MD5-Digest: AA==", "SHA1-Digest: AA=="), "-digest")).toEqual([]);
});

test("a value that is no base64 is a digest of nothing", () => {
  const digestOf = (value: string) => androidDigests(section(`SHA1-Digest: ${value}`), "-digest", 18, 18)[0]?.digest;
  expect(["!", "A", "A=A", " AA==", "AA== ", "A-_A", "====", "AA=", "AAA==", "AAAAA"].map(digestOf)).not.toContainEqual(
    expect.any(Buffer),
  );
  expect(["AA==", "AA", "AAA", ""].map(digestOf)).toEqual([Buffer.of(0), Buffer.of(0), Buffer.of(0, 0), Buffer.of()]);
});
