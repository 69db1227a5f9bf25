import { describe, expect, it, vi } from "vitest";
import { MaskedSecret } from "./memory/masked-secret.ts";
import { settle } from "./testing/fake-time.ts";
import { createTestBed, type TestBed } from "./testing/test-agent.ts";

const url = (bed: TestBed): string => `https://api.nasa.gov/planetary/apod?api_key=${bed.project.placeholder("nasa")}`;

/** Counts how often the platform's detectors are asked. */
function countObservations(bed: TestBed): () => number {
  let asked = 0;
  const observe = bed.ports.detectors.observe.bind(bed.ports.detectors);
  Object.assign(bed.ports.detectors, {
    observe: () => {
      asked += 1;
      return observe();
    },
  });
  return () => asked;
}

describe("an app in the background", () => {
  it("holds no session, and its calls that need one fail until it is in the foreground", async () => {
    const bed = createTestBed();
    await bed.agent.fetch(url(bed));
    bed.agent.background();
    expect(bed.agent.state()).toMatchObject({ phase: "background", session: null });
    await expect(bed.agent.fetch(url(bed))).rejects.toMatchObject({ code: "in_background", retry: "later" });
    await expect(bed.agent.refresh()).rejects.toMatchObject({ code: "in_background" });
    await expect(bed.agent.getToken("nasa")).rejects.toMatchObject({ code: "in_background" });
    expect((await bed.agent.fetch("https://elsewhere.test/")).status).toBe(200);
    await bed.time.advance(3_600_000);
    expect(bed.service.statements()).toHaveLength(1);
    bed.agent.foreground();
    await settle();
    expect(bed.service.statements()).toHaveLength(1);
    expect((await bed.agent.fetch(url(bed))).status).toBe(200);
  });

  it("installs no answer that was on its way when it went", async () => {
    const bed = createTestBed();
    await bed.agent.fetch(url(bed));
    let release: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    bed.service.middleman = async (_call, answer) => {
      await held;
      return answer;
    };
    const refreshing = bed.agent.refresh();
    await settle();
    bed.agent.background();
    release();
    await expect(refreshing).rejects.toMatchObject({ code: "in_background" });
    expect(bed.agent.state()).toMatchObject({ phase: "background", session: null });
    expect(bed.service.statements()).toHaveLength(2);
  });

  it("sends nothing of a request that was filled and not sent", async () => {
    const bed = createTestBed();
    bed.project.apis = bed.project.apis.map((api) => ({ ...api, proof: "httpsig" as const }));
    const sign = bed.keys.httpSignature.bind(bed.keys);
    Object.assign(bed.keys, {
      httpSignature: async (...asked: Parameters<typeof sign>) => {
        bed.agent.background();
        return sign(...asked);
      },
    });
    await expect(bed.agent.fetch(url(bed))).rejects.toMatchObject({ code: "token_unavailable" });
    expect(bed.sent).toEqual([]);
  });

  it("closes the watch stream, and opens it with the next session", async () => {
    const bed = createTestBed();
    bed.service.watchSpreadSeconds = 0;
    await bed.agent.fetch(url(bed));
    await settle();
    expect([bed.service.streams(), bed.agent.state().watching]).toEqual([1, true]);
    bed.agent.background();
    await settle();
    expect([bed.service.streams(), bed.agent.state().watching]).toEqual([0, false]);
    bed.agent.foreground();
    await bed.agent.fetch(url(bed));
    await settle();
    expect(bed.service.streams()).toBe(1);
  });

  it("learns of a refusal all the same: it is signed", async () => {
    const bed = createTestBed();
    await bed.agent.fetch(url(bed));
    bed.service.decide = () => ({ kind: "refused" });
    bed.service.middleman = (_call, answer) => {
      bed.agent.background();
      return answer;
    };
    expect(await bed.agent.refresh()).toMatchObject({ outcome: "refused" });
    bed.agent.foreground();
    expect(bed.agent.state().phase).toBe("refused");
  });
});

describe("detectors", () => {
  it("are asked at start, before anything is sent", async () => {
    const bed = createTestBed();
    const asked = countObservations(bed);
    await bed.agent.start();
    expect([asked(), bed.service.calls.length]).toEqual([1, 0]);
  });

  it("are asked before each statement and before each call that needs a session", async () => {
    const bed = createTestBed();
    await bed.agent.start();
    const asked = countObservations(bed);
    const order: string[] = [];
    const observe = bed.ports.detectors.observe.bind(bed.ports.detectors);
    Object.assign(bed.ports.detectors, {
      observe: () => {
        order.push("asked");
        return observe();
      },
    });
    bed.service.middleman = (call, answer) => {
      if (call.statement !== null) order.push("statement");
      return answer;
    };
    bed.upstream = () => {
      order.push("sent");
      return { status: 200 };
    };
    await bed.agent.fetch(url(bed));
    const at = order.indexOf("statement");
    expect([order[at - 1], order.at(-2), order.at(-1)]).toEqual(["asked", "asked", "sent"]);
    for (const use of [
      () => bed.agent.fetch(url(bed)),
      () => bed.agent.getSecret("nasa"),
      () => bed.agent.precheck(),
    ]) {
      const before = asked();
      await use();
      expect(asked()).toBeGreaterThan(before);
    }
    order.splice(0);
    await bed.agent.refresh();
    expect(order.at(-1)).toBe("statement");
    expect(order.at(-2)).toBe("asked");
  });

  it("are asked every 30 s while a session is open, and not while none is", async () => {
    const bed = createTestBed();
    const asked = countObservations(bed);
    await bed.agent.fetch(url(bed));
    const after = asked();
    await bed.time.advance(121_000);
    expect(asked() - after).toBe(4);
    bed.agent.background();
    const wiped = asked();
    await bed.time.advance(121_000);
    expect(asked()).toBe(wiped);
  });

  it("that see something severe between calls have everything wiped and the service told at once", async () => {
    const bed = createTestBed();
    await bed.agent.fetch(url(bed));
    bed.service.decide = () => ({ kind: "refused" });
    bed.seen.push({ name: "debugger", count: 1, ageSeconds: 0 });
    await bed.time.advance(30_001);
    expect(bed.agent.state()).toMatchObject({ phase: "refused", session: null, reason: "signal" });
    const last = bed.service.statements().at(-1);
    expect([last?.signals.seen[0]?.name, last?.asks.secrets]).toEqual(["debugger", []]);
  });
});

describe("a session that nobody uses", () => {
  it("is wiped from memory at its end, and listeners hear of it then", async () => {
    const bed = createTestBed();
    const phases: string[] = [];
    bed.agent.on("changed", ({ phase }) => phases.push(phase));
    await bed.agent.fetch(url(bed));
    bed.service.middleman = () => null;
    const wiped = vi.spyOn(MaskedSecret.prototype, "wipe");
    const statements = bed.service.statements().length;
    await bed.time.advance(299_000);
    expect([wiped.mock.calls.length, phases.at(-1)]).toEqual([0, "session"]);
    await bed.time.advance(1000);
    expect(wiped.mock.calls.length).toBeGreaterThan(2);
    wiped.mockRestore();
    expect([phases.at(-1), bed.agent.state().session]).toEqual(["idle", null]);
    bed.service.middleman = (_call, answer) => answer;
    await bed.time.advance(300_000);
    expect((await bed.agent.fetch(url(bed))).status).toBe(200);
    expect(bed.service.statements().length).toBeGreaterThan(statements);
  });

  it("does not take an answer with it that is on its way when it ends", async () => {
    const bed = createTestBed();
    await bed.agent.fetch(url(bed));
    await bed.time.advance(299_000);
    let release: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    bed.service.middleman = async (_call, answer) => {
      await held;
      return answer;
    };
    const count = bed.service.statements().length;
    const refreshing = bed.agent.refresh();
    await settle();
    await bed.time.advance(2000);
    release();
    expect(await refreshing).toMatchObject({ outcome: "session" });
    expect(bed.service.statements()).toHaveLength(count + 1);
  });
});
