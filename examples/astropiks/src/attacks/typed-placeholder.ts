import type { AttackOutcome } from "@countersign/virtual-device";
import { demoNames } from "../world/demo-app.ts";
import { callAgent, outcomeOf } from "./agent-call.ts";
import type { DemoAttack, DemoLab } from "./demo-attack.ts";

/** Where a user can type, at the very host the key goes to. */
interface TypedRequest {
  readonly path: string;
  readonly init?: { readonly method: "POST"; readonly headers: Record<string, string>; readonly body: string };
}

const note = (text: string): TypedRequest => ({
  path: "/notes",
  init: { method: "POST", headers: { "content-type": "text/plain" }, body: `My note: ${text}` },
});
const search = (text: string): TypedRequest => ({ path: `/search?q=${encodeURIComponent(text)}` });
const json = (text: string): TypedRequest => ({
  path: "/notes",
  init: {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ title: text, text }),
  },
});

/** What the third party got of this request, and what it answered: where an attacker with an account there reads it. */
async function type(lab: DemoLab, typed: (text: string) => TypedRequest, text: string): Promise<AttackOutcome> {
  const { standIn } = lab.world;
  const { agent } = lab.world.createAgent(lab.pixel());
  await agent.start();
  try {
    // A genuine session that holds the key: an agent that filled carelessly would have what to fill.
    await agent.fetch(`${standIn.origin}/planetary/apod?api_key=${lab.world.placeholder}&date=2024-01-01`);
    const before = standIn.seen().length;
    const { path, init } = typed(text);
    const call = await callAgent(() => agent.fetch(standIn.origin + path, init));
    const requests = standIn.seen().slice(before);
    if (requests.length !== 1) throw new Error(`the third party got ${requests.length} requests instead of one`);
    const arrived = requests.flatMap(({ target, body }) => [Buffer.from(target), body]);
    return outcomeOf(agent, call, [...arrived, call.body]);
  } finally {
    agent.stop();
  }
}

function typedInto(where: string, what: string, typed: (text: string) => TypedRequest): DemoAttack {
  return {
    name: `typed-into-${where}`,
    platform: "any",
    attack: `A user types the placeholder into ${what} at the host the key is for, to read the key there.`,
    expected: { kind: "session", code: "trusted" },
    run: (lab) => type(lab, typed, lab.world.placeholder),
    async control(lab) {
      const { seen } = await type(lab, typed, lab.world.apiKey());
      return { seen, planted: { [demoNames.secret]: lab.world.apiKey() } };
    },
  };
}

export const typedIntoNote: DemoAttack = typedInto("note", "a note", note);
export const typedIntoSearch: DemoAttack = typedInto("search", "a search", search);
export const typedIntoJson: DemoAttack = typedInto("json-body", "a field of a JSON body", json);
