/** What keeps a file from being a ZIP archive that has one meaning. */
export const zipProblems = {
  zip_malformed: "The file is no ZIP archive, or a record of it is cut off.",
} as const satisfies Readonly<Record<string, string>>;

export type ZipProblemCode = keyof typeof zipProblems;
