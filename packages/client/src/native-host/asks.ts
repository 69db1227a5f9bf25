import { concatBytes, decodeBase64url, encodeBase64url } from "@countersign/protocol";
import { type Aborter, createAborter } from "../abort.ts";
import type { Agent } from "../agent-api.ts";
import { objectOf, pairsOf, textOf, textOrNull, wholeOf } from "./members.ts";

/** Requests that may still be given up, by the number of their ask. */
export type OpenAsks = Map<number, Aborter>;

export const openAsks = (): OpenAsks => new Map();

/** An answer is handed over whole. */
const mostBytes = 32 * 1024 * 1024;

function redirectOf(text: string): "follow" | "manual" | "error" {
  if (text === "follow" || text === "manual" || text === "error") return text;
  throw new TypeError("redirect is follow, manual or error");
}

async function fetched(agent: Agent, asks: OpenAsks, id: number, of: unknown): Promise<unknown> {
  const text = textOrNull(of, "body");
  const body = text === null ? null : decodeBase64url(text);
  if (text !== null && body === null) throw new TypeError("body is b64u");
  const redirect = redirectOf(textOrNull(of, "redirect") ?? "follow");
  const aborter = createAborter();
  asks.set(id, aborter);
  try {
    const init = {
      method: textOf(of, "method"),
      headers: pairsOf(of, "headers"),
      body,
      redirect,
      abort: aborter.handle,
    };
    const response = await agent.fetch(textOf(of, "url"), init);
    const parts: Uint8Array[] = [];
    let length = 0;
    for await (const part of response.body) {
      length += part.length;
      if (length > mostBytes) throw new TypeError("the answer has more than 32 MiB, and is not handed over whole");
      parts.push(part);
    }
    const { status, headers, url } = response;
    return { status, headers, url, body: encodeBase64url(concatBytes(...parts)) };
  } finally {
    asks.delete(id);
  }
}

type Ask = (agent: Agent, of: unknown, asks: OpenAsks, id: number) => unknown;

/** What can be asked, by name; each answers plain JSON, or nothing. No value of a secret is among the answers. */
const known: Readonly<Record<string, Ask>> = {
  fetch: (agent, of, asks, id) => fetched(agent, asks, id, of),
  abandon: (_agent, of, asks) => asks.get(wholeOf(of, "ask"))?.abort(),
  token: async (agent, of) => ({ token: await agent.getToken(textOf(of, "api")) }),
  customToken: async (agent, of) => ({
    token: await agent.getCustomToken(textOf(of, "api"), objectOf(of, "claims") as never),
  }),
  instance: async (agent) => ({ instance: await agent.instance() }),
  prefetch: (agent) => agent.prefetch(),
  precheck: (agent) => agent.precheck(),
  refresh: (agent) => agent.refresh(),
  state: (agent) => agent.state(),
  background: (agent) => agent.background(),
  foreground: (agent) => agent.foreground(),
  stop: (agent) => agent.stop(),
};

/** @throws TypeError for what is not known, AgentError where the agent says why not. */
export async function answerAsk(agent: Agent, asks: OpenAsks, id: number, name: string, of: unknown): Promise<unknown> {
  const ask = Object.hasOwn(known, name) ? known[name] : undefined;
  if (ask === undefined) throw new TypeError("there is no such ask");
  return ask(agent, of, asks, id);
}
