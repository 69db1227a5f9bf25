import { describe, expect, it } from "vitest";
import { createFakeTime } from "./testing/fake-time.ts";
import { createTestBed, type TestBed } from "./testing/test-agent.ts";

const url = (bed: TestBed): string => `https://api.nasa.gov/planetary/apod?api_key=${bed.project.placeholder("nasa")}`;
const year = 365 * 86_400_000;

describe("a device clock that is wrong", () => {
  it.each([
    ["20 years slow", -20 * year],
    ["50 years fast", 50 * year],
  ])("%s changes nothing, on either kind of clock", async (_name, offMs) => {
    for (const runsInSleep of [true, false]) {
      const bed = createTestBed({ time: createFakeTime({ runsInSleep, wallStartMs: 1_790_000_000_000 + offMs }) });
      await bed.agent.fetch(url(bed));
      await bed.time.advance(160_000);
      await bed.agent.fetch(url(bed));
      expect(bed.service.paths()).toEqual(["/v1/challenges", "/v1/instances", "/v1/sessions"]);
      expect(bed.agent.state()).toMatchObject({ phase: "session", manifest: { stale: false } });
    }
  });

  it("and is set while a session is open ends nothing where a clock runs in sleep", async () => {
    const bed = createTestBed();
    await bed.agent.fetch(url(bed));
    for (const leap of [-10 * year, 30 * year]) {
      bed.time.leapWall(leap);
      await bed.agent.fetch(url(bed));
    }
    expect(bed.service.statements()).toHaveLength(1);
  });

  it("and goes back more than 5 s ends the session where no clock runs in sleep", async () => {
    const bed = createTestBed({ time: createFakeTime({ runsInSleep: false }) });
    await bed.agent.fetch(url(bed));
    bed.time.leapWall(-4000);
    expect(bed.agent.state().phase).toBe("session");
    bed.time.leapWall(-2000);
    expect(bed.agent.state().phase).toBe("idle");
    expect((await bed.agent.fetch(url(bed))).status).toBe(200);
    expect(bed.service.statements()).toHaveLength(2);
  });

  it("and leaps forward ends the session where it may have been asleep that long", async () => {
    const bed = createTestBed({ time: createFakeTime({ runsInSleep: false }) });
    await bed.agent.fetch(url(bed));
    bed.time.leapWall(301_000);
    expect(bed.agent.state().session).toBeNull();
  });
});

describe("a manifest that nothing confirms", () => {
  it("is stale after its time: protected hosts fail until the service is reached, others go on", async () => {
    const bed = createTestBed({ options: { patienceSeconds: 0 } });
    bed.project.staleAfterSeconds = 3600;
    await bed.agent.fetch("https://api.nasa.gov/plain");
    bed.service.middleman = () => null;
    await bed.time.advance(3_599_000);
    expect((await bed.agent.fetch("https://api.nasa.gov/plain")).status).toBe(200);
    await bed.time.advance(2_000);
    await expect(bed.agent.fetch("https://api.nasa.gov/plain")).rejects.toMatchObject({ code: "manifest_stale" });
    expect((await bed.agent.fetch("https://unregistered.test/")).status).toBe(200);
    bed.service.middleman = (_call, answer) => answer;
    await bed.time.advance(300_000);
    expect((await bed.agent.fetch("https://api.nasa.gov/plain")).status).toBe(200);
  });

  it("goes on ageing across a restart", async () => {
    const bed = createTestBed({ options: { patienceSeconds: 0 } });
    bed.project.staleAfterSeconds = 3600;
    await bed.agent.refresh();
    bed.agent.stop();
    bed.service.middleman = () => null;
    await bed.time.advance(3_000_000);
    const restarted = bed.restart();
    expect((await restarted.fetch("https://api.nasa.gov/plain")).status).toBe(200);
    await bed.time.advance(700_000);
    await expect(restarted.fetch("https://api.nasa.gov/plain")).rejects.toMatchObject({ code: "manifest_stale" });
  });
});

describe("work", () => {
  it("that a challenge demands is done and sent, up to 20 bits", async () => {
    const bed = createTestBed();
    bed.service.workBits = 12;
    const [summary] = await Promise.all([bed.agent.refresh(), bed.time.advance(1000)]);
    expect(summary.outcome).toBe("session");
    expect(bed.service.statements()[0]?.work).toBeDefined();
  });

  it("of more than 20 bits is refused without a single hash", async () => {
    const bed = createTestBed();
    const challenge = bed.service.openChallenge();
    challenge[3] = 21;
    bed.service.middleman = () =>
      Buffer.from(JSON.stringify({ challenge: Buffer.from(challenge).toString("base64url"), expiresInSeconds: 120 }));
    await expect(bed.agent.refresh()).rejects.toMatchObject({ code: "service_unreachable" });
    expect(bed.service.paths()).toEqual(Array.from({ length: 4 }, () => "/v1/challenges"));
  });
});
