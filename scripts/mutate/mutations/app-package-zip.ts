import { type Mutation, mutationsOf } from "../mutation.ts";

const zip = "packages/app-package/src/zip";

/** Checks that keep an archive to one meaning. */
export const zipMutations: readonly Mutation[] = [
  ...mutationsOf(
    { table: "package_problem", file: `${zip}/end-of-central-directory.ts`, tests: [`${zip}/open-zip.test.ts`] },
    [
      ["zip_malformed", "that the archive is one file", "tail.readUInt16LE(at + 4) !== 0 || ", ""],
      ["zip_end_ambiguous", "that no other end record fits", "if (hasRival(tail, at))", "if (false)"],
      [
        "zip_end_ambiguous/comment",
        "that the comment ends with the file",
        "if (at + endBytes + tail.readUInt16LE(at + 20) !== tail.length)",
        "if (false)",
      ],
      ["zip_zip64", "that there is no ZIP64 locator", "=== 0x07064b50", "=== 0"],
      [
        "zip_zip64/end",
        "that the end record does not refer to ZIP64",
        "if (entryCount === 0xffff || directoryBytes === 0xffffffff || directoryOffset === 0xffffffff)",
        "if (false)",
      ],
    ],
  ),
  ...mutationsOf(
    { table: "package_problem", file: `${zip}/central-directory.ts`, tests: [`${zip}/open-zip.test.ts`] },
    [
      [
        "zip_directory_too_large",
        "the bound on the directory",
        "if (end.directoryBytes > maximumDirectoryBytes)",
        "if (end.directoryBytes < 0)",
      ],
      [
        "zip_directory_inexact",
        "that the directory ends with its last record",
        "if (at !== bytes.length) find",
        "if (at > bytes.length) find",
      ],
      [
        "zip_directory_inexact/end",
        "that the end record follows the directory",
        "if (end.directoryOffset + end.directoryBytes !== end.endOffset)",
        "if (false)",
      ],
      ["zip_zip64/entry", "that no entry refers to ZIP64", "if (record.zip64) find", "if (false) find"],
      ["zip_name", "that a name is fit as a path", "if (unfit !== null) find", "if (false) find"],
      ["zip_name_duplicate", "that names differ", "if (names.has(key)) find", "if (false) find"],
      [
        "zip_method",
        "that entries are stored or deflated",
        "if (record.methodNumber !== 0 && record.methodNumber !== 8)",
        "if (false)",
      ],
      [
        "zip_method/stored",
        "that a stored entry has one length",
        "if (record.methodNumber === 0 && record.compressedBytes !== record.uncompressedBytes)",
        "if (false)",
      ],
      ["zip_encrypted", "that no entry is encrypted", "if ((record.flags & 0x2041) !== 0) find", "if (false) find"],
    ],
  ),
  ...mutationsOf({ table: "package_problem", file: `${zip}/entry-name.ts`, tests: [`${zip}/open-zip.test.ts`] }, [
    ["zip_name/empty", "that a name is not empty", `if (name === "")`, "if (false)"],
    ["zip_name/nul", "that a name has no NUL", `if (name.includes("\\0"))`, "if (false)"],
    ["zip_name/backslash", "that a name has no backslash", `if (name.includes("\\\\"))`, "if (false)"],
    ["zip_name/absolute", "that a name is not absolute", `if (name.startsWith("/"))`, "if (false)"],
    ["zip_name/dots", "that a name does not climb", String.raw`if (/(^|\/)\.\.?(\/|$)/u.test(name))`, "if (false)"],
  ]),
  ...mutationsOf({ table: "package_problem", file: `${zip}/local-headers.ts`, tests: [`${zip}/open-zip.test.ts`] }, [
    ["zip_prefixed", "that the file begins with an entry", "if (records.length > 0 && ", "if (records.length < 0 && "],
    ["zip_local_header", "that local headers agree", "if (disagrees !== null) find", "if (false) find"],
    [
      "zip_local_header/name",
      "that local names agree",
      "const isNamed = localName !== null && record.nameBytes.equals(localName);",
      "const isNamed = localName !== null;",
    ],
    [
      "zip_local_header/content",
      "that an entry whose headers contradict each other is not read",
      "if (isNamed && !misleads && end <= directoryOffset)",
      "if (end <= directoryOffset)",
    ],
    [
      "zip_local_header/descriptor",
      "that data descriptors agree",
      "if (descriptor === 0) find",
      "if (descriptor < 0) find",
    ],
    [
      "zip_overlap",
      "that entries share no byte",
      "if (start < previousEnd || end > directoryOffset)",
      "if (end > directoryOffset)",
    ],
    [
      "zip_overlap/directory",
      "that entries end before the directory",
      "if (start < previousEnd || end > directoryOffset)",
      "if (start < previousEnd)",
    ],
  ]),
  ...mutationsOf({ table: "package_problem", file: `${zip}/open-zip.ts`, tests: [`${zip}/open-zip.test.ts`] }, [
    [
      "zip_bomb",
      "that an entry unfolds to no more than DEFLATE can",
      "if (uncompressedBytes > (compressedBytes + 1) * deflateGrowth)",
      "if (false)",
    ],
    [
      "zip_bomb/total",
      "the bound on what all entries unfold to",
      "return total > freeGrowthBytes + growthPerByte * fileBytes",
      "return total < 0",
    ],
    ["zip_bomb/taken", "that entries take no more bytes than the file has", "if (taken > fileBytes)", "if (taken < 0)"],
    [
      "zip_bomb/apk",
      "that an APK which unfolds beyond every bound is not read",
      "if (bomb !== undefined)",
      "if (false)",
      {
        file: "packages/app-package/src/apk/verify-apk.ts",
        tests: ["packages/app-package/src/apk/verify-apk.test.ts"],
      },
    ],
    [
      "zip_entry_too_large",
      "the bound on what is read whole",
      "if (entry.uncompressedBytes > maximumBytes)",
      "if (false)",
      { tests: [`${zip}/entry-content.test.ts`] },
    ],
  ]),
  ...mutationsOf(
    { table: "package_problem", file: `${zip}/entry-content.ts`, tests: [`${zip}/entry-content.test.ts`] },
    [
      ["zip_entry_damaged", "that content has its CRC", "return crc === entry.crc32", "return crc >= 0"],
      [
        "zip_entry_damaged/length",
        "that content has its length",
        "if (!whole || length !== entry.uncompressedBytes)",
        "if (!whole)",
      ],
      [
        "zip_entry_damaged/longer",
        "that content is given up at its length",
        "if (length > entry.uncompressedBytes) return false;",
        "",
      ],
      [
        "zip_entry_damaged/rest",
        "that deflated content ends with its entry",
        "return inflated !== null && inflated.engine.bytesWritten === entry.compressedBytes && give(inflated.buffer);",
        "return inflated !== null && give(inflated.buffer);",
      ],
      [
        "zip_entry_damaged/rest-in-pieces",
        "that deflated content of several pieces ends with its entry",
        "return good && inflater.bytesWritten === entry.compressedBytes;",
        "return good;",
      ],
    ],
  ),
];
