import type { CheckOutcome, NativeCheckReport } from "@countersign/client/native-check";

const mark = "native-check {";

/** The object that a line of a phone's log has behind the mark, whatever stands before it; null where there is none. */
function objectIn(line: string): Readonly<Record<string, unknown>> | null {
  const at = line.indexOf(mark);
  if (at < 0) return null;
  // What a log adds behind a message, such as a quote, ends at the last brace.
  const text = line.slice(at + mark.length - 1, line.lastIndexOf("}") + 1);
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    return null;
  }
}

const known: readonly unknown[] = ["held", "broken", "not asked"];

function isOutcome(of: object): of is CheckOutcome {
  const { name, outcome, instead } = of as Partial<Record<keyof CheckOutcome, unknown>>;
  return typeof name === "string" && known.includes(outcome) && (instead === null || typeof instead === "string");
}

/**
 * The report of one run, out of the lines of a phone's log; null where they end before it does, or where outcomes are missing: a log that lost lines proves
 * nothing.
 */
export async function collectReport(
  lines: AsyncIterable<string>,
  onOutcome: (outcome: CheckOutcome) => void,
): Promise<NativeCheckReport | null> {
  const outcomes: CheckOutcome[] = [];
  for await (const line of lines) {
    const of = objectIn(line);
    if (of === null) continue;
    if (isOutcome(of)) {
      outcomes.push(of);
      onOutcome(of);
    } else if (of.v === 1 && typeof of.held === "boolean") {
      const isSound = outcomes.every(({ outcome }) => outcome !== "broken");
      if (of.asked !== outcomes.length || of.held !== isSound) return null;
      return { v: 1, identity: of.identity as NativeCheckReport["identity"], held: of.held, outcomes };
    }
  }
  return null;
}
