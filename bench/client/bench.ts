import type { BenchSet } from "../measure.ts";
import { memory } from "./memory.ts";
import { requestsBench } from "./requests.ts";
import { roundTrips } from "./round-trips.ts";
import { sizes } from "./sizes.ts";

/** What the agent costs an app: per request, to the first secret, to download, and to keep running. */
export async function clientBench(): Promise<BenchSet> {
  const counted = await roundTrips();
  const weighed = await sizes();
  return {
    what: "the agent core in JavaScript, without a network",
    parts: { requests: await requestsBench() },
    tables: () => ({ "round trips": counted, sizes: weighed, memory: memory() }),
  };
}
