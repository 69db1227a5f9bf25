import { toProblem, toUtf8 } from "@countersign/protocol";
import type { Platform } from "../../../ports.ts";
import { valuesOf } from "../../../values/app-values.ts";
import { settle } from "../../fake-time.ts";
import { type Cases, equal, failsWith, holds } from "../assert.ts";
import { apiOf, apodUrl, createBed, secretValue } from "../bed.ts";

const last = <T>(items: readonly T[]): T | undefined => items[items.length - 1];

async function opensOn(platform: Platform): Promise<void> {
  const bed = createBed({ platform });
  const response = await bed.agent.fetch(apodUrl(bed));
  equal(await response.text(), "picture");
  equal(bed.sent[0]?.target, `/planetary/apod?api_key=${secretValue}`);
  equal(bed.service.paths(), ["/v1/challenges", "/v1/instances"]);
  holds(bed.agent.state().enrolled, "the state says enrolled");
  const summary = await bed.agent.refresh();
  equal([summary.outcome, summary.verdict], ["session", "trusted"]);
  equal(bed.service.paths().slice(2), ["/v1/sessions"]);
}

/** Enrolment, sessions, what interrupts them and what ends them. */
export const sessionCases: Cases = {
  "enrols, fills and refreshes as an iPhone does": () => opensOn("ios"),
  "enrols, fills and refreshes as an Android device does": () => opensOn("android"),
  "enrols, fills and refreshes as a browser does": () => opensOn("web"),

  async "goes on in the next process with the key and trust that were stored"() {
    const bed = createBed();
    await bed.agent.refresh();
    bed.agent.stop();
    const next = bed.restart();
    await next.refresh();
    equal([bed.keys.made(), bed.service.paths()], [1, ["/v1/challenges", "/v1/instances", "/v1/sessions"]]);
  },

  async "asks for an open challenge once the continuing one has ended"() {
    const bed = createBed();
    await bed.agent.refresh();
    await bed.time.advance(3_700_000);
    await bed.agent.refresh();
    equal(bed.service.paths().slice(2), ["/v1/challenges", "/v1/sessions"]);
  },

  async "solves the work that a challenge asks for"() {
    const bed = createBed();
    bed.service.workBits = 8;
    const [summary] = await Promise.all([bed.agent.refresh(), bed.time.advance(10_000)]);
    equal(summary.outcome, "session");
    holds(bed.service.statements()[0]?.work !== undefined, "the statement carries work");
  },

  async "recovers an enrolment whose answer was lost, with the same key and evidence"() {
    const bed = createBed({ platform: "ios" });
    let lost = 0;
    bed.service.middleman = (call, answer) => (call.path === "/v1/instances" && lost++ === 0 ? null : answer);
    equal((await bed.agent.refresh()).outcome, "session");
    const enrolments = bed.service.calls.filter((call) => call.path === "/v1/instances");
    equal(enrolments[0]?.evidence, enrolments[1]?.evidence);
    equal([enrolments.length, bed.keys.made(), bed.service.instances.size], [2, 1, 1]);
  },

  async "recovers a refresh whose answer was lost, with a new statement"() {
    const bed = createBed();
    await bed.agent.refresh();
    let lost = 0;
    bed.service.middleman = (_call, answer) => (lost++ === 0 ? null : answer);
    equal((await bed.agent.refresh()).outcome, "session");
    equal(new Set(bed.service.statements().map(({ sessionKey }) => sessionKey)).size, 4);
    equal(bed.keys.made(), 1);
  },

  async "backs off where the service is busy, and says when to come again"() {
    const bed = createBed({ options: { patienceSeconds: 0 } });
    await bed.agent.refresh();
    bed.service.middleman = () => toUtf8(JSON.stringify(toProblem("slow_down", { retryAfterSeconds: 60 })));
    await failsWith(bed.agent.refresh(), "service_busy");
    bed.service.middleman = (_call, answer) => answer;
    await bed.time.advance(120_000);
    equal((await bed.agent.refresh()).outcome, "session");
  },

  async "enrols once more where the service has lost the instance"() {
    const bed = createBed();
    await bed.agent.refresh();
    bed.service.instances.clear();
    equal((await bed.agent.refresh()).outcome, "session");
    equal([bed.keys.made(), bed.keys.aliases().length, last(bed.service.calls)?.hasPrevious], [2, 1, true]);
  },

  async "goes on with a half-made key when the platform's vendor is back"() {
    const bed = createBed({ platform: "ios" });
    bed.keys.failNextEnrolment();
    await failsWith(bed.agent.refresh(), "key_unavailable");
    await bed.time.advance(10_000);
    equal((await bed.agent.refresh()).outcome, "session");
    equal(bed.keys.made(), 1);
  },

  async "wipes on a severe signal before the next request, and asks for nothing in that statement"() {
    const bed = createBed();
    await bed.agent.fetch(apodUrl(bed));
    bed.service.decide = () => ({ kind: "refused", reasons: ["signal_hook"] });
    bed.seen.push({ name: "hook", count: 1, ageSeconds: 0 });
    await failsWith(bed.agent.fetch(apodUrl(bed)), "refused");
    equal(last(bed.service.statements())?.asks.secrets, []);
    equal([bed.sent.length, bed.agent.state().session], [1, null]);
  },

  async "wipes in the background, and opens a session again in the foreground"() {
    const bed = createBed();
    await bed.agent.fetch(apodUrl(bed));
    bed.agent.background();
    await failsWith(bed.agent.fetch(apodUrl(bed)), "in_background");
    equal([bed.agent.state().session, bed.sent.length], [null, 1]);
    bed.agent.foreground();
    equal((await bed.agent.fetch(apodUrl(bed))).status, 200);
  },

  async "stands by a signed refusal until its time has passed"() {
    const bed = createBed();
    bed.service.decide = () => ({ kind: "refused", action: "update", retryAfterSeconds: 60 });
    await failsWith(bed.agent.fetch(apodUrl(bed)), "refused");
    await failsWith(bed.agent.fetch(apodUrl(bed)), "refused");
    equal(bed.service.statements().length, 1);
    bed.service.decide = () => ({ kind: "session" });
    await bed.time.advance(61_000);
    equal((await bed.agent.fetch(apodUrl(bed))).status, 200);
  },

  async "refreshes by itself at the time the service said, while it is used"() {
    const bed = createBed();
    await bed.agent.fetch(apodUrl(bed));
    await bed.time.advance(200_000);
    await bed.agent.fetch(apodUrl(bed));
    await settle();
    equal(bed.service.statements().length, 2);
  },

  async "learns of a changed secret over the watch stream"() {
    const bed = createBed();
    bed.service.watchSpreadSeconds = 0;
    await bed.agent.fetch(apodUrl(bed));
    for (const secret of bed.project.secrets) secret.value = "rotated-VALUE";
    bed.service.generation = 2;
    bed.service.announce(2);
    await bed.time.advance(1000);
    await bed.agent.fetch(apodUrl(bed));
    equal(bed.sent[1]?.target, "/planetary/apod?api_key=rotated-VALUE");
  },

  async "keeps values of the app encrypted, and gives them back in the next process"() {
    const bed = createBed();
    await valuesOf(bed.agent).set("note", "ünï 🚀 4711");
    bed.agent.stop();
    equal(await valuesOf(bed.restart()).get("note"), "ünï 🚀 4711");
    const stored = await bed.storage.read(`countersign.${bed.project.project}.astropiks.value.note`);
    holds(stored !== null && !stored.includes("4711"), "the stored text is encrypted");
  },

  async "carries claims of the app's own in a token made for them"() {
    const bed = createBed();
    bed.project.apis = [apiOf({ token: { header: "authorization", prefix: "Bearer ", bind: [] } })];
    bed.service.customClaims = ["nasa"];
    const made = await bed.agent.getCustomToken("nasa", { role: "admin" });
    holds(made.startsWith("custom.eyJyb2xlIjoiYWRtaW4ifQ."), "the token holds the claims as they were given");
  },
};
