/** Whose tokens a backend already understands: our own, or those of a product it was written for. */
export const tokenProfiles = ["countersign", "approov", "firebase-app-check"] as const;

export type TokenProfile = (typeof tokenProfiles)[number];
