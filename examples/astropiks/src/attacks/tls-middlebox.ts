import { formatConfigurationString, parseConfigurationString } from "@countersign/protocol";
import { createPlatformFetch } from "../forms/platform-fetch.ts";
import { leakForms } from "../leaks/find-leaks.ts";
import { sendRaw } from "../world/admin-client.ts";
import { demoNames } from "../world/demo-app.ts";
import { callAgent, outcomeOf } from "./agent-call.ts";
import type { DemoAttack, DemoLab } from "./demo-attack.ts";
import { createMiddlebox, type Middlebox } from "./middlebox.ts";

async function withMiddlebox<T>(
  lab: DemoLab,
  to: { readonly port: number; readonly tls: boolean; readonly forge?: (piece: string) => string | null },
  work: (box: Middlebox) => Promise<T>,
): Promise<T> {
  const box = await createMiddlebox({ ...to, nowMs: lab.world.clock.nowMs() });
  try {
    return await work(box);
  } finally {
    await box.close();
  }
}

const toService = (lab: DemoLab) => ({ port: lab.world.port, tls: lab.world.serviceCa !== null });

/** The configuration string as an app has it whose packets end at the box: same project and roots, other port. */
function configurationThrough(box: Middlebox, configuration: string): string {
  const parsed = parseConfigurationString(configuration);
  if (!parsed.ok) throw new TypeError("the demo project's configuration string cannot be read");
  return formatConfigurationString({ ...parsed.value, host: "localhost", port: box.port });
}

/** The credential as the agent stored it on its device. */
function credentialIn(stored: readonly string[]): string {
  const credential = /"credential":"([A-Za-z0-9_-]+)"/.exec(stored.join("\n"))?.[1];
  if (credential === undefined) throw new Error("the agent stored no credential");
  return credential;
}

export const middleboxToService: DemoAttack = {
  name: "tls-middlebox-to-service",
  platform: "ios",
  attack: "A box between app and service ends TLS under a CA that the phone trusts, and reads everything.",
  expected: { kind: "session", code: "trusted" },
  run: (lab) =>
    withMiddlebox(lab, toService(lab), async (box) => {
      const { world } = lab;
      const configuration = configurationThrough(box, lab.configuration);
      const { agent, storage } = world.createAgent(lab.iphone(), { configuration, serviceCa: box.caPem, watch: false });
      await agent.start();
      try {
        const token = await agent.getToken(demoNames.backend);
        const call = await callAgent(() =>
          agent.fetch(`${world.standIn.origin}/planetary/apod?api_key=${world.placeholder}&date=2024-01-01`),
        );
        if (box.seen().length === 0) throw new Error("nothing passed the box");
        lab.guard({ token, credential: credentialIn(storage.values()) });
        return outcomeOf(agent, call, box.seen());
      } finally {
        agent.stop();
      }
    }),
  control: (lab) =>
    withMiddlebox(lab, toService(lab), async (box) => {
      const planted = Buffer.concat(leakForms(lab.world.apiKey()).map(([, bytes]) => bytes)).toString("base64");
      const leaks = [lab.world.apiKey(), planted];
      for (const leak of leaks) {
        const origin = `https://localhost:${box.port}`;
        await sendRaw(
          { origin, ca: box.caPem },
          "POST",
          "/v1/challenges",
          { "content-type": "application/json" },
          JSON.stringify({ v: 1, leak }),
        );
      }
      return { seen: box.seen(), planted: { [demoNames.secret]: lab.world.apiKey() } };
    }),
};

export const middleboxAsBroker: DemoAttack = {
  name: "tls-middlebox-as-broker",
  platform: "android",
  attack:
    "A box that ends TLS to the service answers brokered calls with redirects, to have the app sign requests of its choosing.",
  expected: { kind: "agent_error", code: "redirect_refused" },
  async run(lab) {
    const relayed: string[] = [];
    const forge = (piece: string): string | null => {
      const [, target = "", prefix = ""] = /^[A-Z]+ ((\/b\/[^/ ]+\/[^/ ]+)\/[^ ]*) HTTP/.exec(piece) ?? [];
      if (target === "") return null;
      relayed.push(target);
      const next = `${prefix}/planetary/apod?api_key=${lab.world.brokeredPlaceholder}&count=100`;
      return `HTTP/1.1 307 Temporary Redirect\r\nLocation: ${next}\r\nContent-Length: 0\r\n\r\n`;
    };
    return withMiddlebox(lab, { ...toService(lab), forge }, async (box) => {
      const { world } = lab;
      const configuration = configurationThrough(box, lab.configuration);
      const { agent } = world.createAgent(lab.pixel(), { configuration, serviceCa: box.caPem, watch: false });
      await agent.start();
      try {
        const url = `${world.standIn.origin}/planetary/apod?api_key=${world.brokeredPlaceholder}&date=2024-01-01`;
        const call = await callAgent(() => agent.fetch(url));
        // Each request the agent sends to the broker is one that it signed.
        if (relayed.length !== 1) throw new Error(`the agent signed ${relayed.length} requests for one of the app`);
        return outcomeOf(agent, call, box.seen());
      } finally {
        agent.stop();
      }
    });
  },
  control: (lab) => middleboxToService.control(lab),
};

export const middleboxToApi: DemoAttack = {
  name: "tls-middlebox-to-api",
  platform: "android",
  attack: "A box between app and third-party API ends TLS under a CA that the phone trusts, and waits for the key.",
  expected: { kind: "agent_error", code: "channel_refused" },
  run: (lab) =>
    withMiddlebox(lab, { port: lab.world.standIn.port, tls: true }, async (box) => {
      const { world } = lab;
      const divert = (_host: string, port: number): number | null => (port === world.standIn.port ? box.port : null);
      const { agent } = world.createAgent(lab.pixel(), { trustedCas: [box.caPem], divert });
      await agent.start();
      try {
        const call = await callAgent(() =>
          agent.fetch(`${world.standIn.origin}/planetary/apod?api_key=${world.placeholder}`),
        );
        return outcomeOf(agent, call, box.seen());
      } finally {
        agent.stop();
      }
    }),
  control: (lab) =>
    withMiddlebox(lab, { port: lab.world.standIn.port, tls: true }, async (box) => {
      // The hard-coded form on the same phone: it trusts what the phone trusts.
      const fetch = createPlatformFetch({ trustedCas: [box.caPem], through: { port: box.port } });
      await fetch(`${lab.world.standIn.origin}/planetary/apod?api_key=${lab.world.apiKey()}`);
      return { seen: box.seen(), planted: { [demoNames.secret]: lab.world.apiKey() } };
    }),
};
