import { protectFetch } from "@countersign/client/interceptors";
import type { Bench } from "../measure.ts";
import { createWarmAgent } from "./warm-agent.ts";

const goalMicroseconds = 50;

/** What the agent adds to a request whose session, secret and token are at hand. */
export async function requestsBench(): Promise<Bench> {
  const { agent, url, sendBare } = await createWarmAgent();
  const scope = { fetch: globalThis.fetch, Request, Response, Headers };
  const protection = protectFetch(agent, scope);
  const named = {
    bare: "transport alone",
    agent: "agent.fetch: secret and token filled in",
    classes: "transport, with the platform's Request and Response",
    fetch: "protected fetch: secret and token filled in",
  };
  const repeat = (run: () => Promise<unknown>) => async (iterations: number) => {
    for (let index = 0; index < iterations; index += 1) await run();
  };
  return {
    what: "one GET whose session is open, its body read as text, over a transport in the same process",
    iterations: 2000,
    subjects: [
      { name: named.bare, run: repeat(sendBare) },
      { name: named.agent, run: repeat(async () => (await agent.fetch(url)).text()) },
      {
        name: named.classes,
        run: repeat(async () => {
          const request = new Request(url);
          return new Response(await sendBare(), { headers: request.headers }).text();
        }),
      },
      { name: named.fetch, run: repeat(async () => (await scope.fetch(url)).text()) },
    ],
    goals: [
      { subject: named.agent, addsAtMost: goalMicroseconds },
      { subject: named.fetch, addsAtMost: goalMicroseconds },
    ],
    close: async () => {
      protection?.restore();
      agent.stop();
    },
  };
}
