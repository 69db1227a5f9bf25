import { describe, expect, test } from "vitest";
import { isSupportedByAndroid, isSupportedByJarsigner, signatureAlgorithm } from "./signature-algorithms.ts";

const digests = {
  md5: "1.2.840.113549.2.5",
  sha1: "1.3.14.3.2.26",
  sha224: "2.16.840.1.101.3.4.2.4",
  sha256: "2.16.840.1.101.3.4.2.1",
  sha384: "2.16.840.1.101.3.4.2.2",
  sha512: "2.16.840.1.101.3.4.2.3",
} as const;
const signatures = {
  rsa: "1.2.840.113549.1.1.1",
  md5Rsa: "1.2.840.113549.1.1.4",
  sha1Rsa: "1.2.840.113549.1.1.5",
  sha224Rsa: "1.2.840.113549.1.1.14",
  sha256Rsa: "1.2.840.113549.1.1.11",
  sha384Rsa: "1.2.840.113549.1.1.12",
  sha512Rsa: "1.2.840.113549.1.1.13",
  dsa: "1.2.840.10040.4.1",
  sha1Dsa: "1.2.840.10040.4.3",
  sha224Dsa: "2.16.840.1.101.3.4.3.1",
  sha256Dsa: "2.16.840.1.101.3.4.3.2",
  ec: "1.2.840.10045.2.1",
  sha1Ec: "1.2.840.10045.4.1",
  sha224Ec: "1.2.840.10045.4.3.1",
  sha256Ec: "1.2.840.10045.4.3.2",
  sha384Ec: "1.2.840.10045.4.3.3",
  sha512Ec: "1.2.840.10045.4.3.4",
} as const;

const levels = Array.from({ length: 40 }, (_, level) => level);

/** The API levels from 0 to 39 that take the combination, as ranges. */
function ranges(digest: keyof typeof digests, signature: keyof typeof signatures): string {
  const algorithm = signatureAlgorithm(digests[digest], signatures[signature]);
  const taken = levels.filter((level) => algorithm && isSupportedByAndroid(algorithm, level, level));
  const starts = taken.filter((level) => !taken.includes(level - 1));
  const ends = taken.filter((level) => !taken.includes(level + 1));
  return starts.map((start, at) => `${start}-${ends[at] === 39 ? "" : ends[at]}`).join(" ");
}

// Read from apksig's table of supported algorithms, a column at a time: md5, sha1, sha224, sha256, sha384, sha512.
const table: Readonly<Record<keyof typeof signatures, readonly string[]>> = {
  rsa: ["0-", "0-", "0-8 21-", "0-8 18-", "18-", "18-"],
  md5Rsa: ["0-8 21-", "21-23", "21-23", "21-23", "21-23", "21-23"],
  sha1Rsa: ["21-23", "0-", "21-23", "21-21", "21-23", "21-23"],
  sha224Rsa: ["21-23", "21-23", "0-8 21-", "21-23", "21-23", "21-23"],
  sha256Rsa: ["21-23", "21-23", "21-21", "0-8 18-", "21-23", "21-23"],
  sha384Rsa: ["21-23", "21-23", "21-23", "21-23", "21-", "21-21"],
  sha512Rsa: ["21-23", "21-23", "21-23", "21-23", "21-23", "21-"],
  dsa: ["", "0-", "22-", "22-", "", ""],
  sha1Dsa: ["21-23", "9-", "21-23", "21-23", "21-23", "21-23"],
  sha224Dsa: ["21-23", "21-23", "21-", "21-23", "21-23", "21-23"],
  sha256Dsa: ["21-23", "21-23", "21-23", "21-", "21-23", "21-23"],
  ec: ["", "18-", "21-", "18-", "18-", "18-"],
  sha1Ec: ["21-23", "18-", "21-23", "21-23", "21-23", "21-23"],
  sha224Ec: ["21-23", "21-23", "21-", "21-23", "21-23", "21-23"],
  sha256Ec: ["21-23", "21-23", "21-23", "21-", "21-23", "21-23"],
  sha384Ec: ["21-23", "21-23", "21-23", "21-23", "21-", "21-23"],
  sha512Ec: ["21-23", "21-23", "21-23", "21-23", "21-23", "21-"],
};

const names = ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"] as const;

describe("Android takes a combination of algorithms on the levels of its table", () => {
  test.each(Object.keys(table) as (keyof typeof table)[])("%s", (signature) => {
    expect(names.map((digest) => ranges(digest, signature))).toEqual(table[signature]);
  });

  test("and a range only where each of its levels does", () => {
    const rsa = signatureAlgorithm(digests.sha256, signatures.rsa);
    const takes = (from: number, to: number) => rsa !== null && isSupportedByAndroid(rsa, from, to);
    expect([takes(0, 8), takes(18, Number.MAX_SAFE_INTEGER), takes(8, 18), takes(0, 39), takes(17, 18)]).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});

test("jarsigner takes what is not weak and of one hash", () => {
  const takes = (digest: keyof typeof digests, signature: keyof typeof signatures) => {
    const algorithm = signatureAlgorithm(digests[digest], signatures[signature]);
    return algorithm !== null && isSupportedByJarsigner(algorithm);
  };
  expect([takes("sha256", "rsa"), takes("sha384", "sha384Ec"), takes("sha224", "dsa")]).toEqual([true, true, true]);
  expect([takes("sha1", "rsa"), takes("md5", "rsa"), takes("sha256", "sha1Rsa"), takes("sha1", "sha256Ec")]).toEqual([
    false,
    false,
    false,
    false,
  ]);
});

test("an identifier that is not in the table is no algorithm", () => {
  expect(signatureAlgorithm("1.2.3", signatures.rsa)).toBeNull();
  expect(signatureAlgorithm(digests.sha1, "toString")).toBeNull();
  // RSASSA-PSS and DSA with SHA-384 are in no version of Android's.
  expect(signatureAlgorithm(digests.sha256, "1.2.840.113549.1.1.10")).toBeNull();
  expect(signatureAlgorithm(digests.sha384, "2.16.840.1.101.3.4.3.3")).toBeNull();
});
