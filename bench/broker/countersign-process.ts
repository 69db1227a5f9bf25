import { parseSealedSession } from "@countersign/protocol";
import { openDeviceLab } from "../../apps/server/src/http/device/device-lab.suite.ts";
import type { Caller } from "./signed-requests.ts";

/** The service, with a brokered secret, and callers whose sessions are open. */
const [port = "0", ca = "", count = "8"] = process.argv.slice(2);
const many = 1_000_000_000;
const lab = await openDeviceLab({
  logLevel: "error",
  logSink: () => {},
  certificateWatch: false,
  limits: {
    brokeredCallsPerInstancePerMinute: many,
    concurrentBrokeredCallsPerInstance: 64,
    sessionsPerInstancePerMinute: many,
    enrolmentsPerMinute: many,
    challengesPerMinute: many,
  },
});
const { admin } = lab.service().domain;
const actor = { id: "bench", name: "bench" };
const api = { host: "localhost", port: Number(port), channel: "roots" as const, pins: [], roots: [ca] };
await admin.putApi(actor, lab.project, "photos", { ...api, whenUnavailable: "fail" }, "create");
const places = [{ api: "photos", methods: ["GET", "POST"], path: "/v1", in: "header", name: "x-key", when: "always" }];
await admin.setSecret(actor, lab.project, "photo-key", {
  value: "the-key-of-the-bench",
  mode: "brokered",
  places: places as never,
});
const instances = Array.from({ length: Number(count) }, () => lab.steadyInstanceOf(lab.pixel()));
for (const instance of instances) await instance.enrol();

async function openSessions(): Promise<readonly Caller[]> {
  const callers: Caller[] = [];
  for (const instance of instances) {
    const asks = { tokens: [], secrets: ["photo-key"], clientAttestations: [] };
    const answer = await instance.session({ asks, challenge: await lab.exchange.challenge(lab.project) });
    const session = answer.session === null ? null : parseSealedSession(answer.session.plaintext);
    if (session?.ok !== true) throw new Error("no session");
    const { pass, proofKey, session: id } = session.value;
    if (pass === undefined || proofKey === undefined) throw new Error("no pass");
    callers.push({ pass, proofKey, session: id });
  }
  return callers;
}

async function tell(): Promise<void> {
  const prefix = `/b/${lab.project}/photos`;
  process.send?.({
    origin: lab.service().origin,
    prefix,
    callers: await openSessions(),
    aheadMs: lab.nowMs() - Date.now(),
  });
}

/** What is resident when collections find nothing more: pages go back to the system a while after what lay in them. */
async function collect(): Promise<void> {
  let resident = Number.POSITIVE_INFINITY;
  for (let time = 0; time < 10; time += 1) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 100));
    resident = Math.min(resident, process.memoryUsage.rss());
  }
  process.send?.({ resident, heap: process.memoryUsage().heapUsed });
}

process.on("message", (message) => {
  if (message === "collect") void collect();
  if (message === "later") {
    // Past what the ledger remembers of nonces and windows: what is left is what calls leave behind.
    lab.advance(400_000);
    void tell();
  }
});
process.on("disconnect", () => process.exit());
await tell();
