import type { Check, Reason } from "@countersign/protocol";
import type { PolicySettings } from "./input.ts";
import { isPermission, type Permission, permissions } from "./permissions.ts";
import type { Effect, Rule } from "./rule.ts";
import { defaultRules } from "./rules/index.ts";

export type Verdict = "trusted" | "restricted" | "refused";

/** Why nothing is given before a new enrolment. */
export type RenewReason = Extract<Reason, "evidence_too_old" | "facts_missing" | "version_changed">;

export interface Decision {
  readonly verdict: Verdict;
  /** What stands against `trusted`, in the order of the rules; each once. */
  readonly reasons: readonly Reason[];
  /** Whether the instance is to be quarantined. */
  readonly severe: boolean;
  /** Set where a new enrolment is all that is missing; the verdict is then `refused` until it has come. */
  readonly renew: RenewReason | null;
  /** Set where the version of the app is all that refuses it: the user gets further with the current one. */
  readonly action?: "update";
}

const versionReasons: ReadonlySet<Reason> = new Set(["version_unregistered", "version_withdrawn", "version_expired"]);

/**
 * Turns findings into a verdict. Starts refused: a failed finding that no rule knows refuses, and so does a required rule that did
 * not pass, for whatever cause. A development project's permissions turn the rules they name into notes.
 */
export function decide(
  checks: readonly Check[],
  settings: Pick<PolicySettings, "kind" | "permissions">,
  rules: readonly Rule[] = defaultRules,
): Decision {
  const loosened = loosenedRules(checks, settings);
  const failures = checks
    .filter((check) => check.result === "fail")
    .map((check) => ({ reason: check.reason, effect: effectOf(check.name, rules, loosened) }));
  const has = (effect: Effect) => failures.some((failure) => failure.effect === effect);
  const reasons = [...new Set(failures.filter(({ effect }) => effect !== "note").map(({ reason }) => reason))];

  if (has("severe") || has("refuse")) {
    const refusing = failures.filter(({ effect }) => effect === "severe" || effect === "refuse");
    const action = refusing.every(({ reason }) => versionReasons.has(reason)) ? ({ action: "update" } as const) : {};
    return { verdict: "refused", reasons, severe: has("severe"), renew: null, ...action };
  }
  const open = rules.filter((rule) => rule.required && !hasPassed(checks, rule.name)).map((rule) => rule.reason);
  if (open.length > 0) return { verdict: "refused", reasons: [...open, ...reasons], severe: false, renew: null };
  const renew = failures.find(({ effect }) => effect === "renew");
  if (renew !== undefined) return { verdict: "refused", reasons, severe: false, renew: toRenewReason(renew.reason) };
  return { verdict: has("restrict") ? "restricted" : "trusted", reasons, severe: false, renew: null };
}

/**
 * What would be decided of an instance against which nothing stands that refuses: what a decoy has to look like. Gives nothing; the verdict
 * that counts is `decide`'s.
 */
export function decideAsIfGenuine(
  checks: readonly Check[],
  settings: Pick<PolicySettings, "kind" | "permissions">,
  rules: readonly Rule[] = defaultRules,
): { readonly verdict: "trusted" | "restricted"; readonly renew: RenewReason | null } {
  const loosened = loosenedRules(checks, settings);
  const failures = checks.filter((check) => check.result === "fail");
  const renew = failures.find((check) => effectOf(check.name, rules, loosened) === "renew");
  if (renew !== undefined) return { verdict: "trusted", renew: toRenewReason(renew.reason) };
  const isRestricted = failures.some((check) => effectOf(check.name, rules, loosened) === "restrict");
  return { verdict: isRestricted ? "restricted" : "trusted", renew: null };
}

/** Findings that failed and did not refuse, each once, in the order of the checks: what an operator may want to know of an instance that passed. */
export function notesOf(
  checks: readonly Check[],
  settings: Pick<PolicySettings, "kind" | "permissions">,
  rules: readonly Rule[] = defaultRules,
): readonly Reason[] {
  const loosened = loosenedRules(checks, settings);
  const notes = checks.filter(({ result, name }) => result === "fail" && effectOf(name, rules, loosened) === "note");
  return [...new Set(notes.map(({ reason }) => reason))];
}

function hasPassed(checks: readonly Check[], name: string): boolean {
  return checks.some((check) => check.name === name && check.result === "pass");
}

function effectOf(name: string, rules: readonly Rule[], loosened: ReadonlySet<string>): Effect {
  const rule = rules.find((each) => each.name === name);
  if (rule === undefined) return "refuse";
  return loosened.has(name) ? "note" : rule.effect;
}

/** A development key is for simulators: an instance whose key counts needs no further permission to be seen on one. */
function loosenedRules(
  checks: readonly Check[],
  settings: Pick<PolicySettings, "kind" | "permissions">,
): ReadonlySet<string> {
  if (settings.kind !== "development") return new Set();
  const byKey: readonly Permission[] = hasPassed(checks, "development_key") ? ["simulator"] : [];
  const given = [...settings.permissions.filter(isPermission), ...byKey];
  return new Set(given.flatMap((name) => [...permissions[name].loosens]));
}

function toRenewReason(reason: Reason): RenewReason {
  return reason === "evidence_too_old" || reason === "version_changed" ? reason : "facts_missing";
}
