import type { Verdict } from "./decide.ts";

/** How the operator lets a secret be used: given to instances, used on their behalf, or the one or the other by their verdict. */
export type SecretMode = "delivered" | "brokered" | "by-verdict";

/** How one instance has a secret: its value, or the broker's use of it; null: not at all. */
export type SecretUse = "delivered" | "brokered" | null;

/** What a verdict buys. */
export interface Grants {
  readonly session: boolean;
  readonly tokens: boolean;
  readonly secrets: Readonly<Record<SecretMode, SecretUse>>;
}

const noSecrets = { delivered: null, brokered: null, "by-verdict": null } as const;

/**
 * The default: only `trusted` buys anything of worth. A token does not say its verdict and a backend could not tell them apart,
 * so a restricted instance has a session, an ARC, and neither tokens nor secrets, but for those whose mode `by-verdict` is the operator's
 * word that it may have them used on its behalf.
 */
export const defaultGrants: Readonly<Record<Verdict, Grants>> = {
  trusted: {
    session: true,
    tokens: true,
    secrets: { delivered: "delivered", brokered: "brokered", "by-verdict": "delivered" },
  },
  restricted: { session: true, tokens: false, secrets: { ...noSecrets, "by-verdict": "brokered" } },
  refused: { session: false, tokens: false, secrets: noSecrets },
};
