/** What keeps an IPA from being what a device would run. */
export const ipaProblems = {
  ipa_malformed: "There is not exactly one app under Payload.",
} as const satisfies Readonly<Record<string, string>>;

export type IpaProblemCode = keyof typeof ipaProblems;
