/** What keeps a JAR signature from holding. */
export const jarProblems = {
  jar_signature_missing: "There is no signature file.",
} as const satisfies Readonly<Record<string, string>>;

export type JarProblemCode = keyof typeof jarProblems;
