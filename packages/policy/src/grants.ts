import type { Verdict } from "./decide.ts";

/** What a verdict buys. */
export interface Grants {
  readonly session: boolean;
  readonly tokens: boolean;
  readonly deliveredSecrets: boolean;
  readonly brokeredSecrets: boolean;
}

/**
 * The default: only `trusted` buys anything of worth. A token does not say its verdict and a backend could not tell them apart,
 * so a restricted instance has a session, an ARC, and neither tokens nor secrets until a policy grants them.
 */
export const defaultGrants: Readonly<Record<Verdict, Grants>> = {
  trusted: { session: true, tokens: true, deliveredSecrets: true, brokeredSecrets: true },
  restricted: { session: true, tokens: false, deliveredSecrets: false, brokeredSecrets: false },
  refused: { session: false, tokens: false, deliveredSecrets: false, brokeredSecrets: false },
};
