import type { Check, Reason } from "@countersign/protocol";
import { printable } from "./printable.ts";

/** One rule of a verifier: its fixed name, and the reason that a failure gives. */
export interface Rule {
  readonly name: string;
  readonly reason: Reason;
}

/**
 * What a verifier says. `checks` has every rule of that verifier, always in its documented order; `reason` is that of the first
 * one that was not met. Their texts are made when `checks` is first read. `facts` is what the evidence says, present also in a refusal where it could be read: facts of refused
 * evidence are for diagnosis only.
 */
export type Verification<Facts> =
  | { readonly ok: true; readonly checks: readonly Check[]; readonly facts: Facts }
  | { readonly ok: false; readonly reason: Reason; readonly checks: readonly Check[]; readonly facts: Facts | null };

/** What was expected or found, or how to say it: most findings are never read, so their text is made when they are. */
export type Text = string | null | (() => string | null);

/** Where a verifier writes down its findings, by rule name. */
export interface Findings<Name extends string> {
  /** Notes whether the rule was met, and answers it. `expected` and `found` are shortened and freed of control characters. */
  judge(name: Name, met: boolean, expected: Text, found: Text): boolean;
  /** Notes that the rule does not apply: nothing was given to judge by. Only a waived rule may be left unevaluated. */
  waive(name: Name, expected: Text, found: Text): void;
}

interface Note {
  readonly state: "pass" | "fail" | "waived";
  readonly expected: Text;
  readonly found: Text;
}

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
      notes.set(name, { state: met ? "pass" : "fail", expected, found });
      return met;
    },
    waive(name, expected, found) {
      notes.set(name, { state: "waived", expected, found });
    },
  };
  const facts = runSafely(rules, findings, run);
  const reason = refusal(rules, notes, facts === null);
  let written: readonly Check[] | null = null;
  const checks = () => {
    written ??= rules.map((rule) => toCheck(rule, notes.get(rule.name)));
    return written;
  };
  if (reason === null && facts !== null) {
    return {
      ok: true,
      facts,
      get checks() {
        return checks();
      },
    };
  }
  return {
    ok: false,
    reason: reason ?? "evidence_malformed",
    facts,
    get checks() {
      return checks();
    },
  };
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
  const { expected = null, found = null } = note ?? {};
  return { name: rule.name, result, reason: rule.reason, expected: shown(expected), found: shown(found) };
}

function shown(text: Text): string | null {
  const said = typeof text === "function" ? text() : text;
  return said === null ? null : printable(said, 200);
}
