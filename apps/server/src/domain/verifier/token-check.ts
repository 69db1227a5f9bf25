import type { CheckResult, VerifyReason } from "@countersign/protocol";
import type { ProtectedApi } from "../ports/index.ts";
import type { ProjectContext } from "../project/project-context.ts";
import type { Jws } from "./parse-jws.ts";
import type { TokenClaims, TokenUse } from "./token-claims.ts";
import type { VerifierDeps } from "./verifier-deps.ts";
import type { VerificationKey } from "./verify-signature.ts";

/** One check of a token: what was expected against what was found, in short texts for people; never the token itself. */
export interface TokenCheck {
  readonly name: string;
  readonly result: CheckResult;
  /** The reason that a failure gives. */
  readonly reason: VerifyReason;
  readonly expected: string | null;
  readonly found: string | null;
}

/** What a token is held against. */
export interface TokenQuestion {
  readonly deps: VerifierDeps;
  readonly context: ProjectContext;
  /** Null: no API of the project is meant, and the token is refused for it. */
  readonly api: ProtectedApi | null;
  readonly token: string;
  /** What `pay` is to be, in the encoding of the API's profile; null: the binding is not looked at. */
  readonly pay: string | null;
  /** What it may be for. */
  readonly uses: readonly TokenUse[];
  readonly nowMs: number;
}

/** What the checks have found so far. */
export interface TokenFindings {
  readonly jws: Jws | null;
  readonly key: VerificationKey | null;
  readonly claims: TokenClaims | null;
}

/** What one check says: `refused` is the reason of a failure; null: passed; `not_evaluated`: there is nothing to judge by. */
export interface TokenSaid extends Partial<TokenFindings> {
  readonly refused: VerifyReason | "not_evaluated" | null;
  readonly expected?: string;
  readonly found?: string;
}

/** The findings that the check before must have made. */
export function reached<T>(value: T | null): T {
  if (value === null) throw new TypeError("a check of a token runs after those that it rests on");
  return value;
}

/** A text of the token for people: quoted, and cut where it is long. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}

/** A time for people. */
export function timeShown(ms: number): string {
  return Number.isFinite(ms) && Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : `${ms} ms`;
}
