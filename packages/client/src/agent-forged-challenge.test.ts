import { randomBytes } from "node:crypto";
import { encodeBase64url, toUtf8 } from "@countersign/protocol";
import { describe, expect, it } from "vitest";
import { createTestBed, type TestBed } from "./testing/test-agent.ts";

/** The first `count` answers of `/v1/challenges` are well-formed challenges that the service never issued. */
function forging(bed: TestBed, count: number): void {
  let left = count;
  bed.service.middleman = (call, answer) => {
    if (call.path !== "/v1/challenges" || left === 0) return answer;
    left -= 1;
    const forged = bed.service.openChallenge();
    forged.set(randomBytes(32), 28);
    return toUtf8(JSON.stringify({ challenge: encodeBase64url(forged), expiresInSeconds: 120 }));
  };
}

/** Asks until a session is open; how long that took, and how many keys were made. */
async function untilOpen(bed: TestBed): Promise<{ seconds: number; keys: number }> {
  const startMs = bed.time.nowMs();
  for (let seconds = 0; seconds < 7200; seconds += 10) {
    const asked = bed.agent.refresh().catch(() => null);
    const [summary] = await Promise.all([asked, bed.time.advance(10_000)]);
    if (summary !== null) break;
  }
  expect(bed.agent.state().phase).toBe("session");
  return { seconds: (bed.time.nowMs() - startMs) / 1000, keys: bed.keys.made() };
}

describe.each(["ios", "android"] as const)("a first enrolment on %s, with challenges forged on the way", (platform) => {
  it("gives the key of evidence over one up after a minute, not at once", async () => {
    const bed = createTestBed({ platform });
    forging(bed, 1);
    await expect(bed.agent.refresh()).rejects.toMatchObject({ code: "enrolment_limited", retryAfterSeconds: 60 });
    const { seconds, keys } = await untilOpen(bed);
    expect(seconds).toBeLessThan(300);
    expect(keys).toBe(2);
  });

  it.each([2, 3])("is open within minutes after %i, at the cost of a few keys", async (count) => {
    const bed = createTestBed({ platform });
    forging(bed, count);
    const { seconds, keys } = await untilOpen(bed);
    expect(seconds).toBeLessThan(300);
    expect(keys).toBeLessThanOrEqual(count + 2);
  });

  it("makes keys no faster than after 1, 1, 2, 4 … minutes while every challenge is forged", async () => {
    const bed = createTestBed({ platform });
    forging(bed, 10_000);
    for (let seconds = 0; seconds < 3600; seconds += 10) {
      await Promise.all([bed.agent.refresh().catch(() => null), bed.time.advance(10_000)]);
    }
    expect(bed.keys.made()).toBeLessThanOrEqual(7);
  });
});

describe("a held key", () => {
  it("costs one driven enrolment an hour at most, however many challenges are forged", async () => {
    const bed = createTestBed({ platform: "ios" });
    await bed.agent.refresh();
    forging(bed, 10_000);
    bed.service.decide = (_statement, use) =>
      use === "session" ? { kind: "enrol", reason: "facts_missing" } : { kind: "session" };
    for (let seconds = 0; seconds < 3600; seconds += 30) {
      await Promise.all([bed.agent.refresh().catch(() => null), bed.time.advance(30_000)]);
    }
    expect(bed.keys.made()).toBeLessThanOrEqual(3);
  });
});
