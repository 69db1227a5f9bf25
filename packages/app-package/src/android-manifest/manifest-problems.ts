/** What keeps a manifest from being read as Android reads it. */
export const manifestProblems = {
  manifest_malformed: "The manifest's structure is broken.",
} as const satisfies Readonly<Record<string, string>>;

export type ManifestProblemCode = keyof typeof manifestProblems;
