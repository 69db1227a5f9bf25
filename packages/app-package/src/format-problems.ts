/** What keeps a file from being one of the formats that are read. */
export const formatProblems = {
  package_format: "The archive is no APK, no AAB and no IPA, or could be several of them.",
} as const satisfies Readonly<Record<string, string>>;

export type FormatProblemCode = keyof typeof formatProblems;
