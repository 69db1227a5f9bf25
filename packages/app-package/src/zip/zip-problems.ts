/** What keeps a file from being a ZIP archive that has one meaning. */
export const zipProblems = {
  zip_malformed: "The file is no ZIP archive, or a record of it is cut off.",
  zip_end_ambiguous:
    "It is not certain where the archive ends: bytes follow the end record, or another could be taken for it.",
  zip_zip64: "The archive is ZIP64, which Android's package verifier does not take.",
  zip_directory_too_large: "The central directory is larger than 64 MiB.",
  zip_directory_inexact: "The central directory does not hold exactly the entries that the end record announces.",
  zip_prefixed: "The file does not begin with an entry: bytes stand before the archive.",
  zip_name: "An entry's name is empty, absolute, climbs out of its folder, or is not plain UTF-8.",
  zip_name_duplicate: "Two entries have the same name.",
  zip_local_header: "An entry's local header does not agree with the central directory.",
  zip_overlap: "Two entries share bytes, or an entry reaches into the central directory.",
  zip_method: "An entry is neither stored nor deflated.",
  zip_encrypted: "An entry is encrypted.",
  zip_bomb: "The entries would grow beyond what any honest package holds.",
  zip_entry_damaged: "An entry's content does not have the length or the CRC that the archive states.",
  zip_entry_too_large: "An entry that is read whole is larger than its stated maximum.",
} as const satisfies Readonly<Record<string, string>>;

export type ZipProblemCode = keyof typeof zipProblems;
