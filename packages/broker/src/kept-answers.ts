import type { Resolve } from "./resolve-peer.ts";

export interface KeptAnswers {
  readonly nowMs: () => number;
  /** How long an answer is used again. 0: never, but calls at the same time share one question. */
  readonly keptMs: number;
  /** Names whose answers are kept. */
  readonly names: number;
}

interface Answer {
  readonly found: ReturnType<Resolve>;
  /** Null while it is on its way. */
  untilMs: number | null;
}

/**
 * Asks for a name at most once at a time and keeps what was found for a moment. Names are kept, not judgements: every call judges what was found, and is
 * sent to an address that it judged itself. A failure is not kept.
 */
export function keepAnswers(resolve: Resolve, { nowMs, keptMs, names }: KeptAnswers): Resolve {
  const answers = new Map<string, Answer>();

  function forget(host: string, answer: Answer): void {
    if (answers.get(host) === answer) answers.delete(host);
  }

  return (host) => {
    const known = answers.get(host);
    if (known !== undefined && (known.untilMs === null || nowMs() < known.untilMs)) return known.found;
    const answer: Answer = { found: resolve(host), untilMs: null };
    answers.delete(host);
    answers.set(host, answer);
    const [oldest] = answers.keys();
    if (answers.size > names && oldest !== undefined) answers.delete(oldest);
    answer.found.then(
      () => {
        answer.untilMs = nowMs() + keptMs;
      },
      () => forget(host, answer),
    );
    return answer.found;
  };
}
