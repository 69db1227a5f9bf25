import type { Cases } from "./assert.ts";
import { corpusCases } from "./cases/corpora.ts";
import { fetchCases } from "./cases/fetch.ts";
import { sessionCases } from "./cases/session.ts";
import { trustCases } from "./cases/trust.ts";
import { seedRandomness } from "./host/random-bytes.ts";
import { beginTranscript, transcript } from "./transcript.ts";

export interface CaseResult {
  readonly name: string;
  readonly failure: string | null;
  /** SHA-256 of all that agent and service said to each other, hex. */
  readonly transcript: string;
}

const all: Cases = { ...sessionCases, ...trustCases, ...fetchCases, ...corpusCases };

/** Every case, one after the other, in whatever engine this is. */
export async function runSuite(): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for (const [name, run] of Object.entries(all)) {
    seedRandomness(name);
    beginTranscript();
    let failure: string | null = null;
    try {
      await run();
    } catch (error) {
      failure = error instanceof Error ? `${error.message}\n${error.stack ?? ""}` : String(error);
    }
    results.push({ name, failure, transcript: transcript() });
  }
  return results;
}
