import { protectFetch } from "@countersign/client/interceptors";
import { createWarmAgent } from "./warm-agent.ts";

/** A process of its own, with `--expose-gc`: prints the resident set after collection at each fifth of the requests. */
const requests = Number(process.argv[2]);
const { agent, url } = await createWarmAgent();
const scope = { fetch: globalThis.fetch, Request, Response, Headers };
protectFetch(agent, scope);

/** After the collection that also gives empty pages back: an ordinary one keeps them for what comes. */
async function residentBytes(): Promise<number> {
  for (let round = 0; round < 5; round += 1) {
    globalThis.gc?.({ type: "major", execution: "sync", flavor: "last-resort" });
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return process.memoryUsage.rss();
}

const resident: number[] = [];
for (let sent = 1; sent <= requests; sent += 1) {
  await (await (sent % 2 === 0 ? agent.fetch(url) : scope.fetch(url))).text();
  if (sent % (requests / 5) === 0) resident.push(await residentBytes());
}
agent.stop();
console.log(JSON.stringify(resident));
