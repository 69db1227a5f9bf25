import { describe, expect, it } from "vitest";
import { createAgent } from "./agent.ts";
import { memoryStorage } from "./node/memory-storage.ts";
import { createTestBed, type TestBed } from "./testing/test-agent.ts";

async function openSession(bed: TestBed): Promise<void> {
  expect(await bed.agent.refresh()).toMatchObject({ outcome: "session" });
}

/** What docs/guides/app-attest.md promises of App Attest's key. */
describe("attestKey that says serverUnavailable", () => {
  it("costs no key, however often it says so", async () => {
    const bed = createTestBed({ platform: "ios" });
    for (let time = 0; time < 4; time += 1) {
      bed.keys.failNextEnrolment();
      await expect(bed.agent.refresh()).rejects.toMatchObject({ code: "key_unavailable" });
      await bed.time.advance(600_000);
    }
    await openSession(bed);
    expect(bed.keys.made()).toBe(1);
  });

  it("is asked with the same key by the app's next process", async () => {
    const bed = createTestBed({ platform: "ios" });
    bed.keys.failNextEnrolment();
    await expect(bed.agent.refresh()).rejects.toMatchObject({ code: "key_unavailable" });
    bed.agent.stop();
    await bed.time.advance(600_000);
    expect(await bed.restart().refresh()).toMatchObject({ outcome: "session" });
    expect(bed.keys.made()).toBe(1);
  });
});

describe("attestKey that says invalidKey", () => {
  it("ends the half-made key: a new one is made at once, and the old one is not asked for again", async () => {
    const bed = createTestBed({ platform: "ios" });
    bed.keys.failNextEnrolment();
    await expect(bed.agent.refresh()).rejects.toMatchObject({ code: "key_unavailable" });
    for (const alias of bed.keys.aliases()) bed.keys.lose(alias);
    await bed.time.advance(600_000);
    await openSession(bed);
    expect(bed.keys.made()).toBe(2);
    expect(bed.keys.aliases()).toHaveLength(1);
  });
});

describe("an app that was reinstalled", () => {
  it("enrols a new key as a new instance, whatever keys the device still holds", async () => {
    const bed = createTestBed({ platform: "ios" });
    await openSession(bed);
    const { instance } = bed.agent.state();
    bed.agent.stop();
    const ports = { ...bed.ports, storage: memoryStorage() };
    const reinstalled = createAgent({ configuration: bed.project.configuration(), ports });
    expect(await reinstalled.refresh()).toMatchObject({ outcome: "session" });
    expect(reinstalled.state().instance).not.toBe(instance);
    expect(bed.keys.made()).toBe(2);
    reinstalled.stop();
  });
});
