import type { Check, Reason } from "@countersign/protocol";
import { printable } from "./printable.ts";

/** One rule of a verifier: its fixed name, and the reason that a failure gives. */
export interface Rule {
  readonly name: string;
  readonly reason: Reason;
}

/**
 * What a verifier says. `checks` has every rule of that verifier, always in its documented order; `reason` is that of the first
 * one that was not met. `facts` is what the evidence says, present also in a refusal where it could be read: facts of refused
 * evidence are for diagnosis only.
 */
export type Verification<Facts> =
  | { readonly ok: true; readonly checks: readonly Check[]; readonly facts: Facts }
  | { readonly ok: false; readonly reason: Reason; readonly checks: readonly Check[]; readonly facts: Facts | null };

/** Where a verifier writes down its findings, by rule name. */
export interface Findings<Name extends string> {
  /** Notes whether the rule was met, and answers it. `expected` and `found` are shortened and freed of control characters. */
  judge(name: Name, met: boolean, expected: string | null, found: string | null): boolean;
  /** Notes that the rule does not apply: nothing was given to judge by. Only a waived rule may be left unevaluated. */
  waive(name: Name, expected: string | null, found: string | null): void;
}

type Note = Pick<Check, "expected" | "found"> & { readonly state: "pass" | "fail" | "waived" };

/**
 * Runs a verifier over its rules and concludes. Refused is where it starts: accepted needs facts, and every rule met or
 * waived, so a rule that was forgotten refuses. Whatever `run` throws becomes a failure of the first rule.
 */
export function appraise<Name extends string, Facts>(
  rules: readonly (Rule & { readonly name: Name })[],
  run: (findings: Findings<Name>) => Facts | null,
): Verification<Facts> {
  const notes = new Map<string, Note>();
  const findings: Findings<Name> = {
    judge(name, met, expected, found) {
      notes.set(name, { state: met ? "pass" : "fail", expected: shown(expected), found: shown(found) });
      return met;
    },
    waive(name, expected, found) {
      notes.set(name, { state: "waived", expected: shown(expected), found: shown(found) });
    },
  };
  const facts = runSafely(rules, findings, run);
  const checks = rules.map((rule) => toCheck(rule, notes.get(rule.name)));
  const reason = refusal(rules, notes, facts === null);
  return reason === null && facts !== null
    ? { ok: true, checks, facts }
    : { ok: false, reason: reason ?? "evidence_malformed", checks, facts };
}

function runSafely<Name extends string, Facts>(
  rules: readonly { readonly name: Name }[],
  findings: Findings<Name>,
  run: (findings: Findings<Name>) => Facts | null,
): Facts | null {
  try {
    return run(findings);
  } catch {
    const first = rules[0];
    if (first) findings.judge(first.name, false, "evidence that can be judged", "evidence that stopped the verifier");
    return null;
  }
}

/** The reason of the first failed rule, else of the first that was neither met nor waived, else null. */
function refusal(rules: readonly Rule[], notes: ReadonlyMap<string, Note>, withoutFacts: boolean): Reason | null {
  const failed = rules.find((rule) => notes.get(rule.name)?.state === "fail");
  const open = failed ?? rules.find((rule) => !notes.has(rule.name));
  return open?.reason ?? (withoutFacts ? (rules[0]?.reason ?? null) : null);
}

function toCheck(rule: Rule, note: Note | undefined): Check {
  const result = note === undefined || note.state === "waived" ? "not_evaluated" : note.state;
  return { name: rule.name, result, reason: rule.reason, expected: note?.expected ?? null, found: note?.found ?? null };
}

function shown(text: string | null): string | null {
  return text === null ? null : printable(text, 200);
}
