import { toProblem, toUtf8 } from "@countersign/protocol";
import { describe, expect, it } from "vitest";
import type { Call, Middleman } from "./testing/fake-service.ts";
import { settle } from "./testing/fake-time.ts";
import { createTestBed, type TestBed } from "./testing/test-agent.ts";

/** Loses the first `count` answers of a path after the service has done its work. */
function losing(path: string, count: number): Middleman {
  let left = count;
  return (call: Call, answer) => {
    if (call.path !== path || left === 0) return answer;
    left -= 1;
    return null;
  };
}

async function openSession(bed: TestBed): Promise<void> {
  expect(await bed.agent.refresh()).toMatchObject({ outcome: "session" });
}

describe.each(["ios", "android", "web"] as const)("answers lost on %s", (platform) => {
  it("recovers a lost enrolment with the same key and the same evidence", async () => {
    const bed = createTestBed({ platform });
    bed.service.middleman = losing("/v1/instances", 1);
    await openSession(bed);
    const enrolments = bed.service.calls.filter((call) => call.path === "/v1/instances");
    expect(enrolments).toHaveLength(2);
    expect(enrolments[0]?.evidence).toEqual(enrolments[1]?.evidence);
    expect(enrolments[0]?.statement?.challenge).not.toBe(enrolments[1]?.statement?.challenge);
    expect(enrolments[0]?.statement?.sessionKey).not.toBe(enrolments[1]?.statement?.sessionKey);
    expect([bed.keys.made(), bed.service.instances.size]).toEqual([1, 1]);
  });

  it("keeps key and evidence in storage when the app dies before the answer, and goes on with them", async () => {
    const bed = createTestBed({ platform });
    bed.service.middleman = losing("/v1/instances", 99);
    await expect(bed.agent.refresh()).rejects.toMatchObject({ code: "service_unreachable" });
    bed.agent.stop();
    bed.service.middleman = (_call, answer) => answer;
    const restarted = bed.restart();
    expect(await restarted.refresh()).toMatchObject({ outcome: "session" });
    expect([bed.keys.made(), bed.service.instances.size]).toEqual([1, 1]);
  });

  it("opens a session without credential where the enrolment was lost more than an hour ago", async () => {
    const bed = createTestBed({ platform });
    bed.service.middleman = losing("/v1/instances", 99);
    await expect(bed.agent.refresh()).rejects.toMatchObject({ code: "service_unreachable" });
    bed.agent.stop();
    bed.service.middleman = (_call, answer) => answer;
    await bed.time.advance(2 * 3_600_000);
    bed.service.calls.length = 0;
    const restarted = bed.restart();
    expect(await restarted.refresh()).toMatchObject({ outcome: "session" });
    expect(bed.service.paths()).toEqual(["/v1/challenges", "/v1/sessions"]);
    expect(bed.service.calls.at(-1)?.hasCredential).toBe(false);
    expect(bed.keys.made()).toBe(1);
  });

  it("enrols a new key where the enrolment never arrived and its evidence is too old", async () => {
    const bed = createTestBed({ platform });
    bed.service.middleman = losing("/v1/instances", 99);
    await expect(bed.agent.refresh()).rejects.toMatchObject({ code: "service_unreachable" });
    bed.agent.stop();
    bed.service.instances.clear();
    bed.service.middleman = (_call, answer) => answer;
    await bed.time.advance(2 * 3_600_000);
    const restarted = bed.restart();
    expect(await restarted.refresh()).toMatchObject({ outcome: "session" });
    expect(bed.keys.made()).toBe(2);
    expect(bed.keys.aliases()).toHaveLength(1);
  });

  it("recovers a lost refresh with a new statement and no new key", async () => {
    const bed = createTestBed({ platform });
    await openSession(bed);
    bed.service.calls.length = 0;
    bed.service.middleman = losing("/v1/sessions", 1);
    await openSession(bed);
    const [lost, spent, good] = bed.service.statements();
    expect(bed.service.paths()).toEqual(["/v1/sessions", "/v1/sessions", "/v1/sessions"]);
    expect(lost?.challenge).toBe(spent?.challenge);
    expect(good?.challenge).not.toBe(spent?.challenge);
    expect(new Set([lost, spent, good].map((statement) => statement?.sessionKey)).size).toBe(3);
    expect(bed.keys.made()).toBe(1);
  });

  it("sees a restored service through: the instance is unknown, one new key is enrolled", async () => {
    const bed = createTestBed({ platform });
    await openSession(bed);
    bed.service.instances.clear();
    await openSession(bed);
    expect(bed.service.paths().slice(2)).toEqual(["/v1/sessions", "/v1/challenges", "/v1/instances"]);
    expect(bed.service.calls.at(-1)?.hasPrevious).toBe(true);
    expect([bed.keys.made(), bed.keys.aliases().length]).toEqual([2, 1]);
  });
});

describe("a transport that never settles", () => {
  it("holds up one call for its time, and no later one", async () => {
    const bed = createTestBed({ options: { serviceTimeoutSeconds: 5, patienceSeconds: 0 } });
    const send = bed.service.send.bind(bed.service);
    bed.service.send = () => new Promise(() => {});
    const first = bed.agent.refresh("hung").catch((error: unknown) => (error as { code?: unknown }).code);
    for (let second = 0; second < 60; second += 1) await bed.time.advance(1000);
    expect(await first).toBe("service_unreachable");
    bed.service.send = send;
    for (let second = 0; second < 10; second += 1) await bed.time.advance(1000);
    expect((await bed.agent.refresh("again")).outcome).toBe("session");
  });
});

describe("evidence that is turned down", () => {
  it("is not sent a third time: a session without credential finds the key the service knows already", async () => {
    const bed = createTestBed({ platform: "ios" });
    bed.service.middleman = (call, answer) =>
      call.path === "/v1/instances" ? toUtf8(JSON.stringify(toProblem("evidence_challenge_reused"))) : answer;
    await openSession(bed);
    expect(bed.service.paths()).toEqual(["/v1/challenges", "/v1/instances", "/v1/challenges", "/v1/sessions"]);
    expect([bed.keys.made(), bed.agent.state().enrolled]).toEqual([1, true]);
  });

  it("without a signature, is sent again on the service's signed word that it does not know the key: no new key", async () => {
    const bed = createTestBed({ platform: "ios" });
    let turnedDown = 0;
    bed.service.middleman = (call, answer) => {
      if (call.path !== "/v1/instances" || turnedDown > 0) return answer;
      turnedDown += 1;
      bed.service.instances.clear();
      return toUtf8(JSON.stringify(toProblem("evidence_challenge_reused")));
    };
    await openSession(bed);
    expect([bed.keys.made(), bed.keys.aliases().length, bed.service.instances.size]).toEqual([1, 1, 1]);
  });

  it("without a signature, for as long as somebody does so, burns no key within the minute and one after it", async () => {
    const bed = createTestBed({ platform: "ios" });
    bed.service.middleman = (call, answer) => {
      if (call.path !== "/v1/instances" || bed.keys.made() > 1) return answer;
      bed.service.instances.clear();
      return toUtf8(JSON.stringify(toProblem("evidence_challenge_reused")));
    };
    for (let seconds = 0; seconds < 50; seconds += 10) {
      await Promise.all([bed.agent.refresh().catch(() => {}), bed.time.advance(10_000)]);
    }
    expect([bed.keys.made(), bed.agent.state().enrolled]).toEqual([1, false]);
    await bed.time.advance(300_000);
    const [summary] = await Promise.all([bed.agent.refresh(), bed.time.advance(10_000)]);
    expect([summary.outcome, bed.keys.made()]).toEqual(["session", 2]);
  });
});

describe("stop", () => {
  it("fails at once whatever waits for an answer that does not come", async () => {
    const bed = createTestBed();
    bed.service.middleman = () => new Promise(() => {});
    const waiting = [bed.agent.refresh(), bed.agent.getToken("nasa"), bed.agent.fetch("https://api.nasa.gov/")];
    await settle();
    bed.agent.stop();
    for (const each of await Promise.allSettled(waiting)) {
      expect(each).toMatchObject({ status: "rejected", reason: { code: "stopped" } });
    }
  });
});

describe("two processes of one app", () => {
  it("both work: the loser of a race repeats with a new assertion", async () => {
    const bed = createTestBed({ platform: "ios" });
    await openSession(bed);
    const other = bed.restart();
    const summaries = await Promise.all([bed.agent.refresh(), other.refresh()]);
    expect(summaries.map((summary) => summary.outcome)).toEqual(["session", "session"]);
    expect(bed.keys.made()).toBe(1);
  });
});

describe("a vendor that is away", () => {
  it("goes on with the half-made key when it is back", async () => {
    const bed = createTestBed({ platform: "ios" });
    bed.keys.failNextEnrolment();
    await expect(bed.agent.refresh()).rejects.toMatchObject({ code: "key_unavailable" });
    await bed.time.advance(10_000);
    await openSession(bed);
    expect(bed.keys.made()).toBe(1);
  });
});

describe("a key that is gone", () => {
  it("enrols a new one on the platform's own word, within the budget", async () => {
    const bed = createTestBed();
    await openSession(bed);
    for (const alias of bed.keys.aliases()) bed.keys.lose(alias);
    await openSession(bed);
    expect(bed.keys.made()).toBe(2);
    for (const alias of bed.keys.aliases()) bed.keys.lose(alias);
    await expect(bed.agent.refresh()).rejects.toMatchObject({ code: "enrolment_limited" });
    expect(bed.keys.made()).toBe(2);
  });
});
