/** What keeps the signatures of an APK from holding. */
export const apkProblems = {
  apk_unsigned: "No signature scheme covers the range of API levels.",
} as const satisfies Readonly<Record<string, string>>;

export type ApkProblemCode = keyof typeof apkProblems;
