import { FakeProject } from "../../fake-project.ts";
import { createNasaProject, type TestBed } from "../../test-agent.ts";
import { type Cases, equal, failsWith } from "../assert.ts";
import { apiOf, apodUrl, createBed, rewriteAnswers } from "../bed.ts";

async function enrolledBed(): Promise<TestBed> {
  const bed = createBed();
  await bed.agent.refresh();
  return bed;
}

/** Refused, and nothing of what is trusted is other than before. */
async function isUntrusted(bed: TestBed): Promise<void> {
  const { keys, manifest } = bed.agent.state();
  await failsWith(bed.agent.refresh(), "service_untrusted");
  equal([bed.agent.state().keys, bed.agent.state().manifest], [keys, manifest]);
}

/** Key lists, manifests and answers in the service's name. */
export const trustCases: Cases = {
  async "takes a newer manifest with the answer that names it, and is held to it at once"() {
    const bed = await enrolledBed();
    bed.project.apis = [apiOf({ channel: "system", pins: [] })];
    bed.project.manifestVersion = 2;
    await bed.agent.refresh();
    await bed.agent.fetch(apodUrl(bed));
    equal([bed.agent.state().manifest?.version, bed.sent[0]?.policy.channel], [2, "system"]);
  },

  async "refuses a manifest that is older"() {
    const bed = createBed();
    bed.project.manifestVersion = 5;
    await bed.agent.refresh();
    bed.project.manifestVersion = 4;
    const old = bed.project.manifest();
    bed.project.manifestVersion = 6;
    rewriteAnswers(bed, (answer) => {
      answer.manifest = old;
    });
    await isUntrusted(bed);
  },

  async "refuses a manifest that a stranger signed"() {
    const bed = await enrolledBed();
    const stranger = createNasaProject();
    bed.project.manifestVersion = 2;
    rewriteAnswers(bed, (answer) => {
      answer.manifest = stranger.manifest({ project: bed.project.project, version: 2 });
    });
    await isUntrusted(bed);
  },

  async "takes newer keys, and none that were removed"() {
    const bed = await enrolledBed();
    const old = bed.project.response;
    bed.project.rotateKeys();
    await bed.agent.refresh();
    equal(bed.agent.state().keys, { version: 2, recovery: false });
    bed.project.response = old;
    await isUntrusted(bed);
  },

  async "refuses a key list that is older"() {
    const bed = await enrolledBed();
    const old = { response: bed.project.response, list: bed.project.keyList() };
    bed.project.rotateKeys();
    await bed.agent.refresh();
    bed.project.response = old.response;
    rewriteAnswers(bed, (answer) => {
      answer.keys = old.list;
    });
    await isUntrusted(bed);
  },

  async "refuses a key list that neither root signed"() {
    const bed = await enrolledBed();
    const stranger = new FakeProject();
    rewriteAnswers(bed, (answer) => {
      answer.keys = stranger.keyList({ project: bed.project.project, version: 9 });
    });
    await isUntrusted(bed);
  },

  async "follows the recovery root at any version, and never the root again"() {
    const bed = createBed();
    bed.project.keysVersion = Number.MAX_SAFE_INTEGER;
    await bed.agent.refresh();
    bed.project.recover();
    await bed.agent.refresh();
    equal(bed.agent.state().keys, { version: 1, recovery: true });
    bed.project.signedBy = "root";
    bed.project.rotateKeys();
    await isUntrusted(bed);
  },

  async "refuses the answer to another statement, and says so in the next"() {
    const bed = await enrolledBed();
    let first: Uint8Array | null = null;
    bed.service.middleman = (_call, answer) => {
      first ??= answer;
      return first;
    };
    await bed.agent.refresh();
    await isUntrusted(bed);
    bed.service.middleman = (_call, answer) => answer;
    await bed.time.advance(10_000);
    await bed.agent.refresh();
    const told = bed.service.statements().map(({ signals }) => signals.seen.map(({ name }) => name));
    equal(
      told.some((names) => names.includes("service_channel")),
      true,
    );
  },

  async "refuses an answer in which one character was changed"() {
    for (const member of ["signed", "signature", "kid"]) {
      const bed = await enrolledBed();
      rewriteAnswers(bed, (answer) => {
        const text = String(answer[member]);
        answer[member] = `${text.startsWith("A") ? "B" : "A"}${text.slice(1)}`;
      });
      await isUntrusted(bed);
    }
  },
};
