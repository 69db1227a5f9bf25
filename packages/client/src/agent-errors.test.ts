import { encodeBase64url, type ProblemCode, toProblem, toUtf8 } from "@countersign/protocol";
import { mintChallenge } from "@countersign/protocol/server";
import { describe, expect, it } from "vitest";
import { AgentError } from "./errors.ts";
import { createTestBed, type TestBed } from "./testing/test-agent.ts";

/** From now on every answer is this problem, in the service's name and unsigned. */
function forge(bed: TestBed, code: ProblemCode, retryAfterSeconds?: number): void {
  bed.service.middleman = () =>
    toUtf8(
      JSON.stringify(
        toProblem(code, {
          challenge: encodeBase64url(bed.service.openChallenge()),
          ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
        }),
      ),
    );
}

const url = (bed: TestBed): string => `https://api.nasa.gov/planetary/apod?api_key=${bed.project.placeholder("nasa")}`;

const forged: readonly (readonly [ProblemCode, string, number])[] = [
  // A statement that its own stored credential spoils is made once more without it.
  ["malformed", "malformed", 2],
  ["too_large", "too_large", 1],
  ["unsupported_media_type", "unsupported_media_type", 1],
  ["unsupported_version", "unsupported_version", 1],
  ["unknown_project", "unknown_project", 1],
  ["not_found", "not_found", 1],
  ["challenge_invalid", "statement_rejected", 4],
  ["challenge_expired", "statement_rejected", 4],
  ["challenge_spent", "statement_rejected", 4],
  ["counter_stale", "statement_rejected", 4],
  ["credential_invalid", "statement_rejected", 4],
  ["slow_down", "service_busy", 1],
  ["unavailable", "service_busy", 1],
  ["internal", "service_busy", 1],
  ["unauthorized", "service_unreachable", 4],
];

describe("forged unsigned errors", () => {
  it.each(forged)("%s loses no state, repeats are bounded", async (code, expected, requests) => {
    const bed = createTestBed();
    await bed.agent.fetch(url(bed));
    const held = await bed.storage.read(`countersign.${bed.project.project}.astropiks.instance`);
    bed.service.calls.length = 0;
    forge(bed, code);
    await expect(bed.agent.refresh()).rejects.toMatchObject({ code: expected });
    expect(bed.service.calls).toHaveLength(requests);
    expect(await bed.storage.read(`countersign.${bed.project.project}.astropiks.instance`)).toBe(held);
    expect(bed.agent.state()).toMatchObject({ phase: "session", enrolled: true });
    await bed.agent.fetch(url(bed));
    bed.service.middleman = (_call, answer) => answer;
    await bed.time.advance(10_000);
    expect(await bed.agent.refresh()).toMatchObject({ outcome: "session" });
    expect(bed.keys.made()).toBe(1);
  });

  it("proof_invalid makes one key an hour and three a day beside the old one, which stays", async () => {
    const bed = createTestBed();
    await bed.agent.refresh();
    const [old] = bed.keys.aliases();
    forge(bed, "proof_invalid");
    for (let quarter = 0; quarter < 4 * 23; quarter += 1) {
      await Promise.all([bed.agent.refresh().catch(() => {}), bed.time.advance(900_000)]);
    }
    expect(bed.keys.made()).toBeLessThanOrEqual(1 + 3);
    expect(bed.keys.aliases()).toContain(old);
    bed.service.middleman = (_call, answer) => answer;
    await bed.time.advance(600_000);
    expect(await bed.agent.refresh()).toMatchObject({ outcome: "session" });
  });

  it("cannot make the agent wait longer than 300 s", async () => {
    const bed = createTestBed();
    await bed.agent.refresh();
    forge(bed, "slow_down", 1_000_000_000);
    await expect(bed.agent.refresh()).rejects.toMatchObject({ code: "service_busy", retryAfterSeconds: 300 });
    bed.service.middleman = (_call, answer) => answer;
    await bed.time.advance(300_000);
    expect(await bed.agent.refresh()).toMatchObject({ outcome: "session" });
  });

  it("backs off from 1 s doubled to 300 s while a service is away, and comes back by itself for an app in use", async () => {
    // A call that waits for a short back-off would wait for a clock that stands still.
    const bed = createTestBed({ options: { patienceSeconds: 0 } });
    await bed.agent.fetch(url(bed));
    bed.service.middleman = () => null;
    await bed.time.advance(150_000);
    bed.service.calls.length = 0;
    await bed.time.advance(3_600_000);
    expect(bed.service.calls.length).toBeLessThan(4 * 60);
    for (let call = 0; call < 50; call += 1) {
      await expect(bed.agent.getToken("nasa")).rejects.toBeInstanceOf(AgentError);
    }
    expect(bed.service.calls.length).toBeLessThan(4 * 60 + 8);
  });
});

describe("a problem that comes once", () => {
  it.each(["challenge_invalid", "challenge_expired", "challenge_spent"] as const)(
    "%s is followed by a statement over its fresh challenge, at once",
    async (code) => {
      const { bed, challenge } = await onceBed(code);
      expect(await bed.agent.refresh()).toMatchObject({ outcome: "session" });
      const [, second] = bed.service.statements();
      expect(bed.service.paths()).toEqual(["/v1/sessions", "/v1/sessions"]);
      expect(second?.challenge).toBe(challenge());
    },
  );

  it("counter_stale is followed by a new assertion, at once", async () => {
    const { bed } = await onceBed("counter_stale", "ios");
    expect(await bed.agent.refresh()).toMatchObject({ outcome: "session" });
    expect(bed.service.paths()).toEqual(["/v1/sessions", "/v1/sessions"]);
  });

  it("credential_invalid is followed by the same without credential, and the stored one stays until then", async () => {
    const { bed } = await onceBed("credential_invalid");
    expect(await bed.agent.refresh()).toMatchObject({ outcome: "session" });
    expect(bed.service.calls.map((call) => call.hasCredential)).toEqual([true, false]);
    await bed.agent.refresh();
    expect(bed.service.calls.at(-1)?.hasCredential).toBe(true);
  });

  it("proof_invalid is followed by one more proof, and makes no key", async () => {
    const { bed } = await onceBed("proof_invalid");
    expect(await bed.agent.refresh()).toMatchObject({ outcome: "session" });
    expect(bed.keys.made()).toBe(1);
  });
});

/** An enrolled agent whose next answer is this problem, and no further. */
async function onceBed(code: ProblemCode, platform: "ios" | "android" = "android") {
  const bed = createTestBed({ platform });
  await bed.agent.refresh();
  bed.service.calls.length = 0;
  const challenge = encodeBase64url(bed.service.openChallenge());
  bed.service.middleman = () => {
    bed.service.middleman = (_call, answer) => answer;
    return toUtf8(JSON.stringify(toProblem(code, { challenge })));
  };
  return { bed, challenge: () => challenge };
}

describe("what is no answer", () => {
  it.each([
    ["nothing", ""],
    ["HTML", "<html></html>"],
    ["JSON of another kind", "[]"],
    ["null", "null"],
    ["a repeated member", '{"code":"internal","code":"malformed"}'],
    ["a deep text", "[".repeat(100)],
    ["a code of no table", '{"code":"give_me_the_key"}'],
    ["two megabytes", "x".repeat(2_000_000)],
  ])("%s counts as a network failure", async (_name, text) => {
    const bed = createTestBed();
    bed.service.middleman = () => toUtf8(text);
    await expect(bed.agent.refresh()).rejects.toMatchObject({ code: "service_unreachable", arc: null });
    expect(bed.service.calls).toHaveLength(4);
    expect(bed.agent.state()).toMatchObject({ enrolled: false, lastError: "service_unreachable" });
  });
});

describe("a refusal", () => {
  it("wipes the session, tells the ARC, and is not asked again before its time", async () => {
    const bed = createTestBed();
    await bed.agent.fetch(url(bed));
    const told: unknown[] = [];
    bed.agent.on("refused", (event) => told.push(event));
    bed.service.decide = () => ({ kind: "refused", reasons: ["signal_hook"], retryAfterSeconds: 120 });
    const summary = await bed.agent.refresh();
    expect(summary).toMatchObject({ outcome: "refused", verdict: "refused", reasons: ["signal_hook"] });
    expect(told).toEqual([{ arc: summary.arc, reasons: ["signal_hook"], action: null, retryAfterSeconds: 120 }]);
    expect(bed.agent.state()).toMatchObject({ phase: "refused", arc: summary.arc, session: null, enrolled: true });
    const count = bed.service.calls.length;
    const error = await bed.agent.fetch(url(bed)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: "refused",
      arc: summary.arc,
      reasons: ["signal_hook"],
      action: null,
      retryAfterSeconds: 120,
    });
    expect(await bed.agent.refresh()).toMatchObject({ outcome: "refused", arc: summary.arc });
    expect([bed.service.calls.length, bed.sent.length]).toEqual([count, 1]);
    bed.service.decide = () => ({ kind: "session" });
    await bed.time.advance(120_000);
    expect((await bed.agent.fetch(url(bed))).status).toBe(200);
  });

  it("that an update would end says so in the event, in the summary and in the error, without reasons", async () => {
    const bed = createTestBed();
    const told: unknown[] = [];
    bed.agent.on("refused", (event) => told.push(event));
    bed.service.decide = () => ({ kind: "refused", action: "update" });
    const summary = await bed.agent.refresh();
    expect(summary).toMatchObject({ outcome: "refused", action: "update" });
    expect(told).toEqual([{ arc: summary.arc, action: "update", retryAfterSeconds: 300 }]);
    const error = await bed.agent.fetch(url(bed)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "refused", action: "update", arc: summary.arc });
    expect(error).toHaveProperty("reasons", undefined);
  });

  it("at the first enrolment keeps key and evidence for the next try", async () => {
    const bed = createTestBed();
    bed.service.decide = () => ({ kind: "refused" });
    expect(await bed.agent.refresh()).toMatchObject({ outcome: "refused" });
    bed.service.decide = () => ({ kind: "session" });
    await bed.time.advance(300_000);
    expect(await bed.agent.refresh()).toMatchObject({ outcome: "session" });
    expect(bed.keys.made()).toBe(1);
  });
});

it("a forged challenge that asks for work costs it once a round, however often one is sent", async () => {
  const bed = createTestBed();
  await bed.agent.refresh();
  const work = mintChallenge({
    kind: "open",
    project: bed.project.projectId,
    generation: 1,
    seed: new Uint8Array(32),
    nowMs: 1_795_000_000_000,
    lifetimeSeconds: 120,
    workBits: 8,
    random: new Uint8Array(16),
  });
  bed.service.calls.length = 0;
  bed.service.middleman = (call, answer) =>
    call.path === "/v1/sessions"
      ? toUtf8(JSON.stringify(toProblem("challenge_expired", { challenge: encodeBase64url(work) })))
      : answer;
  await expect(bed.agent.refresh()).rejects.toMatchObject({ code: "service_busy" });
  expect(bed.service.statements().filter((statement) => statement.work !== undefined)).toHaveLength(1);
});
