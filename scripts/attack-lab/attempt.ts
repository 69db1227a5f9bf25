/** The app with its key written into it, or with a placeholder in its place. */
export type Form = "hard-coded" | "delivered" | "brokered";

/** What an attacker does, and what came of it. */
export interface Attempt {
  /** What is done, for people. */
  readonly title: string;
  /** The tool that does it. */
  readonly tool: string;
  readonly form: Form;
  /** What was searched, or what the service answered. */
  readonly looked: string;
  /** Where the key was found, each place once; empty where it was not. Never the key. */
  readonly found: readonly string[];
  /** Whether this is how it must come out. */
  readonly asPromised: boolean;
}

/** One attempt of a form that must give its key away, or must not. */
export function toAttempt(of: Omit<Attempt, "asPromised">): Attempt {
  return { ...of, asPromised: of.form === "hard-coded" ? of.found.length > 0 : of.found.length === 0 };
}
