/** What is to be known of an Android App Bundle. */
export const aabProblems = {
  play_signing_unknown: "A bundle is signed with the upload key; the key that Play signs with must be given.",
} as const satisfies Readonly<Record<string, string>>;

export type AabProblemCode = keyof typeof aabProblems;
