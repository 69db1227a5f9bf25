import { describe, expect, it } from "vitest";
import { createTestBed, type TestBed } from "./testing/test-agent.ts";

function watchingBed(spreadSeconds = 0): TestBed {
  const bed = createTestBed();
  bed.service.watchSpreadSeconds = spreadSeconds;
  return bed;
}

const url = (bed: TestBed): string => `https://api.nasa.gov/planetary/apod?api_key=${bed.project.placeholder("nasa")}`;

describe("the watch stream", () => {
  it("brings a changed secret to the running app without waiting for the next refresh", async () => {
    const bed = watchingBed();
    await bed.agent.fetch(url(bed));
    expect([bed.service.streams(), bed.agent.state().watching]).toEqual([1, true]);
    for (const secret of bed.project.secrets) secret.value = "rotated-VALUE";
    bed.service.generation = 2;
    bed.service.announce(2);
    await bed.time.advance(1000);
    await bed.agent.fetch(url(bed));
    expect(bed.sent[1]?.target).toBe("/planetary/apod?api_key=rotated-VALUE");
    expect(bed.service.streams()).toBe(1);
  });

  it("buys nothing with what the session knows already, or what is no generation", async () => {
    const bed = watchingBed();
    await bed.agent.refresh();
    const count = bed.service.calls.length;
    for (const text of ["1", "0", "", "-1", "1e9", "refresh", " ", "99999999999999999"]) {
      bed.service.announce(text as unknown as number);
    }
    await bed.time.advance(60_000);
    expect(bed.service.calls).toHaveLength(count);
  });

  it("forged a thousand times buys at most one refresh in 5 s", async () => {
    const bed = watchingBed();
    await bed.agent.refresh();
    bed.service.calls.length = 0;
    for (let event = 2; event < 1002; event += 1) {
      bed.service.announce(event);
      await bed.time.advance(20);
    }
    expect(bed.service.calls.length).toBeLessThanOrEqual(5);
  });

  it("forged for an hour buys less and less, and a true event is quick again after one that was", async () => {
    const bed = watchingBed();
    await bed.agent.refresh();
    const from = bed.service.statements().length;
    for (let second = 0; second < 3600; second += 1) {
      bed.service.announce(1000 + second);
      await bed.time.advance(1000);
    }
    expect(bed.service.statements().length - from).toBeLessThan(40);
    bed.service.generation = 10_000;
    bed.service.announce(10_000);
    await bed.time.advance(600_000);
    const before = bed.service.statements().length;
    bed.service.generation = 10_001;
    bed.service.announce(10_001);
    await bed.time.advance(5000);
    expect(bed.service.statements().length).toBe(before + 1);
  });

  it("that speaks once and ends, again and again, is opened as seldom as one that only ends", async () => {
    const opened = async (word: string | null): Promise<number> => {
      const bed = watchingBed();
      let count = 0;
      bed.service.watch = async (_request, onData) => {
        count += 1;
        if (word !== null) onData(word);
      };
      await bed.agent.refresh();
      for (let second = 0; second < 200; second += 1) await bed.time.advance(1000);
      bed.agent.stop();
      return count;
    };
    expect(await opened(null)).toBeLessThan(30);
    expect(await opened("1")).toBeLessThan(30);
  });

  it("spreads the refreshes of a fleet over the time the service names", async () => {
    const delays: number[] = [];
    for (let device = 0; device < 20; device += 1) {
      const bed = watchingBed(60);
      await bed.agent.refresh();
      const startMs = bed.time.nowMs();
      bed.service.generation = 2;
      bed.service.middleman = (_call, answer) => {
        delays.push(bed.time.nowMs() - startMs);
        return answer;
      };
      bed.service.announce(2);
      await bed.time.advance(60_000);
      bed.agent.stop();
    }
    expect(delays).toHaveLength(20);
    expect(Math.max(...delays) - Math.min(...delays)).toBeGreaterThan(10_000);
  });

  it("that ends is opened again after a back-off, with the session's new pass", async () => {
    const bed = watchingBed();
    await bed.agent.refresh();
    bed.service.endStreams();
    await bed.time.advance(0);
    expect(bed.agent.state().watching).toBe(false);
    await bed.time.advance(2000);
    expect(bed.service.streams()).toBe(1);
  });

  it("that the service refuses leaves refreshes to carry on alone", async () => {
    const bed = watchingBed();
    let opened = 0;
    bed.service.watch = () => {
      opened += 1;
      return Promise.reject(new Error("503"));
    };
    await bed.agent.fetch(url(bed));
    await bed.time.advance(140_000);
    await bed.agent.fetch(url(bed));
    await bed.time.advance(60_000);
    expect(opened).toBeLessThan(30);
    expect(bed.agent.state().phase).toBe("session");
  });

  it("is not opened where the service does not offer it, and is closed by stop", async () => {
    const without = createTestBed();
    await without.agent.refresh();
    expect(without.service.streams()).toBe(0);
    const bed = watchingBed();
    await bed.agent.refresh();
    bed.agent.stop();
    expect(bed.service.streams()).toBe(0);
  });
});
