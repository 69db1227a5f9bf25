import { createTestBed, type TestBed } from "../../packages/client/src/testing/test-agent.ts";
import { createWarmAgent } from "./warm-agent.ts";

export interface Count {
  readonly what: string;
  readonly count: number;
  readonly goal: number;
  readonly met: boolean;
}

const count = (what: string, counted: number, goal: number): Count => ({
  what,
  count: counted,
  goal,
  met: counted <= goal,
});

/** Calls of the service until a request that needs a secret was sent. */
async function callsToSecret(bed: TestBed, agent = bed.agent): Promise<number> {
  const before = bed.service.calls.length;
  const url = `https://api.nasa.gov/planetary/apod?api_key=${bed.project.placeholder("nasa")}`;
  const response = await agent.fetch(url);
  if (!response.ok || !bed.sent.at(-1)?.target.includes("nasa-VALUE")) throw new Error("no secret was sent");
  return bed.service.calls.length - before;
}

const hourMs = 3_600_000;

/** Round trips to the service, counted on one that speaks the protocol in memory. */
export async function roundTrips(): Promise<readonly Count[]> {
  const bed = createTestBed({ options: { watch: false } });
  const install = await callsToSecret(bed);
  await bed.time.advance(hourMs / 2);
  const within = await callsToSecret(bed);
  bed.agent.stop();
  const again = await callsToSecret(bed, bed.restart({ watch: false }));
  await bed.time.advance(2 * hourMs);
  const after = await callsToSecret(bed, bed.restart({ watch: false }));
  const warm = await createWarmAgent();
  const before = warm.service.calls.length;
  for (let index = 0; index < 1000; index += 1) await (await warm.agent.fetch(warm.url)).text();
  return [
    count("to the first secret after installation", install, 2),
    count("to the next session, within the continuing challenge's life", within, 1),
    count("in a new process, within the continuing challenge's life", again, 1),
    count("in a new process, after it", after, 2),
    count("added to 1000 requests while the session is open", warm.service.calls.length - before, 0),
  ];
}
