import { longestStep, type MaskPattern, type Step } from "./mask-pattern.ts";

export interface Found {
  readonly index: number;
  readonly end: number;
}

/** Gives the first find in latin1 text that begins at or after `from`, and before `before`, the longest there. */
export type FindValue = (text: string, from: number, before: number) => Found | null;

/** What one expression looks ahead for. A whole value in every spelling would take longer to compile than a body takes to search. */
const stepsAhead = 6;

/** Searches for any of these patterns: one small expression finds where a form begins, and each step of it is followed from there. */
export function createFinder(patterns: readonly MaskPattern[], options: { readonly foldCase: boolean }): FindValue {
  const forms = patterns.flatMap((pattern) => pattern.forms);
  const fold = options.foldCase ? "i" : "";
  const beginnings = forms.map((form) =>
    form
      .slice(0, stepsAhead)
      .map((step) => `(?:${step.join("|")})`)
      .join(""),
  );
  const beginning = new RegExp(beginnings.join("|"), `g${fold}`);
  const compiled = new Map<string, RegExp>();

  function expressionOf(source: string): RegExp {
    const expression = compiled.get(source) ?? new RegExp(source, `y${fold}`);
    compiled.set(source, expression);
    return expression;
  }

  /** Every place where a step that begins at one of these places may end: a spelling can be the beginning of another. */
  function follow(text: string, places: ReadonlySet<number>, step: Step): ReadonlySet<number> {
    const ends = new Set<number>();
    for (const place of places) {
      for (const source of step) {
        const expression = expressionOf(source);
        expression.lastIndex = place;
        if (expression.test(text)) ends.add(expression.lastIndex);
      }
    }
    return ends;
  }

  function endOf(form: readonly Step[], text: string, index: number): number {
    let places: ReadonlySet<number> = new Set([index]);
    for (const step of form) {
      places = follow(text, places, step);
      if (places.size === 0) return index;
    }
    return Math.max(...places);
  }

  return (text, from, before) => {
    // Text that is held back is looked at again and again: only where a find may begin.
    const looked = text.slice(0, before + stepsAhead * longestStep);
    beginning.lastIndex = from;
    for (let begun = beginning.exec(looked); begun !== null; begun = beginning.exec(looked)) {
      const { index } = begun;
      if (index >= before) return null;
      const end = Math.max(...forms.map((form) => endOf(form, text, index)));
      if (end > index) return { index, end };
      beginning.lastIndex = index + 1;
    }
    return null;
  };
}
