import { describe, expect, it } from "vitest";
import { settle } from "./testing/fake-time.ts";
import { createTestBed, type TestBed } from "./testing/test-agent.ts";

const url = (bed: TestBed): string => `https://api.nasa.gov/planetary/apod?api_key=${bed.project.placeholder("nasa")}`;
const hook = { name: "hook", count: 1, ageSeconds: 0 };

describe("signals", () => {
  it("travel with every statement, beside the name and revision of every detector that ran", async () => {
    const bed = createTestBed();
    bed.seen.push({ name: "root", count: 2, ageSeconds: 7, detail: "su" });
    await bed.agent.refresh();
    expect(bed.service.statements()[0]?.signals).toEqual({
      detectors: { hook: 1, mitm: 1, service_channel: 1 },
      seen: [{ name: "root", count: 2, ageSeconds: 7, detail: "su" }],
    });
  });

  it("that are severe wipe before the service is told, and the statement asks for nothing", async () => {
    const bed = createTestBed();
    await bed.agent.fetch(url(bed));
    const order: string[] = [];
    bed.agent.on("changed", (state) => order.push(state.session === null ? "wiped" : "session"));
    bed.service.middleman = (call, answer) => {
      order.push(`statement asks ${call.statement?.asks.secrets.length ?? 0}`);
      return answer;
    };
    bed.service.decide = () => ({ kind: "refused", reasons: ["signal_hook"] });
    bed.seen.push(hook);
    await expect(bed.agent.fetch(url(bed))).rejects.toMatchObject({ code: "refused" });
    expect(order[0]).toBe("wiped");
    expect(order.filter((each) => each.startsWith("statement"))).toEqual(["statement asks 0"]);
    expect(bed.sent).toHaveLength(1);
  });

  it("that are severe leave the judgement to the service: where it goes on, so does the agent", async () => {
    const bed = createTestBed();
    await bed.agent.fetch(url(bed));
    bed.seen.push({ ...hook, name: "debugger" });
    expect((await bed.agent.fetch(url(bed))).status).toBe(200);
    const asks = bed.service.statements().map((statement) => statement.asks.secrets);
    expect(asks).toEqual([["nasa"], [], ["nasa"]]);
    await bed.agent.fetch(url(bed));
    expect(bed.service.statements()).toHaveLength(3);
  });

  it("that are severe while an answer is on its way keep it from being installed", async () => {
    const bed = createTestBed();
    await bed.agent.fetch(url(bed));
    const installed: string[] = [];
    bed.agent.on("session", (summary) => installed.push(summary.secrets.map((secret) => secret.name).join()));
    let release: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    bed.service.middleman = async (call, answer) => {
      if (call.statement?.asks.secrets.length === 1 && installed.length === 0) await held;
      return answer;
    };
    const refreshing = bed.agent.refresh();
    await settle();
    bed.seen.push(hook);
    const fetching = bed.agent.fetch(url(bed));
    await settle();
    expect(bed.agent.state()).toMatchObject({ session: null });
    release();
    await Promise.all([refreshing, fetching]);
    expect(installed).toEqual(["", "nasa"]);
    expect(bed.service.statements().map((statement) => statement.asks.secrets.length)).toEqual([1, 1, 0, 1]);
  });

  it("that are severe are judged by a verdict alone: who is told to enrol first asks for nothing there either", async () => {
    const bed = createTestBed();
    await bed.agent.fetch(url(bed));
    bed.service.decide = ({ signals }, use) => {
      if (use === "session") return { kind: "enrol", reason: "facts_missing" };
      return signals.seen.length > 0 ? { kind: "refused" } : { kind: "session" };
    };
    bed.seen.push(hook);
    await expect(bed.agent.fetch(url(bed))).rejects.toMatchObject({ code: "refused" });
    const told = bed.service.statements().filter(({ signals }) => signals.seen.length > 0);
    expect(told.map(({ use, asks }) => [use, asks.secrets])).toEqual([
      ["session", []],
      ["enrol", []],
    ]);
  });

  it("that are severe while calls wait for a session are seen before any of them is sent", async () => {
    const bed = createTestBed();
    await bed.agent.fetch(url(bed));
    await bed.time.advance(901_000);
    expect(bed.agent.state().session).toBeNull();
    bed.service.middleman = (_call, answer) => {
      if (bed.seen.length === 0) bed.seen.push(hook);
      return answer;
    };
    bed.service.decide = ({ signals }) => (signals.seen.length > 0 ? { kind: "refused" } : { kind: "session" });
    const calls = [1, 2, 3].map(() => bed.agent.fetch(url(bed)).catch((error: { code: string }) => error.code));
    expect(await Promise.all(calls)).toEqual(["refused", "refused", "refused"]);
    expect(bed.sent).toHaveLength(1);
    const asked = bed.service.statements().map(({ asks }) => asks.secrets);
    expect(asked.slice(-2)).toEqual([["nasa"], []]);
  });

  it("that are severe while a verified answer is being stored keep it from being installed", async () => {
    const bed = createTestBed();
    let release: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const write = bed.storage.write.bind(bed.storage);
    Object.assign(bed.storage, {
      write: async (name: string, value: string) => {
        if (value.includes('"held":{') && bed.seen.length === 0) await gate;
        return write(name, value);
      },
    });
    bed.service.decide = (statement) => (statement.signals.seen.length > 0 ? { kind: "refused" } : { kind: "session" });
    const calls = [bed.agent.fetch(url(bed))];
    for (let turns = 0; turns < 40; turns += 1) await settle();
    bed.seen.push(hook);
    calls.push(bed.agent.fetch(url(bed)));
    await settle();
    release();
    const ended = await Promise.allSettled(calls);
    expect(ended.map((each) => each.status)).toEqual(["rejected", "rejected"]);
    expect(
      bed.service
        .statements()
        .at(-1)
        ?.signals.seen.map((signal) => signal.name),
    ).toContain("hook");
    expect(bed.sent).toEqual([]);
    expect(bed.agent.state()).toMatchObject({ phase: "refused", session: null });
  });

  it("that are severe while an answer is on its way are told before it ends, and end in what the service says", async () => {
    const bed = createTestBed();
    await bed.agent.refresh();
    bed.service.middleman = async (call, answer) => {
      if (call.path === "/v1/sessions" && bed.seen.length === 0) {
        bed.seen.push(hook);
        await bed.agent.fetch("https://unregistered.test/").catch(() => {});
        bed.service.decide = () => ({ kind: "refused" });
        void bed.agent.fetch(url(bed)).catch(() => {});
        await new Promise((resolve) => setImmediate(resolve));
      }
      return answer;
    };
    const summary = await bed.agent.refresh();
    expect(summary.outcome).toBe("refused");
    expect(bed.agent.state()).toMatchObject({ phase: "refused", session: null });
    expect(bed.service.statements().at(-1)?.asks.secrets).toEqual([]);
  });

  it("are absent, with their detectors, where the platform's detectors fail: the service finds them missing", async () => {
    const bed = createTestBed();
    Object.assign(bed.ports.detectors, { observe: () => Promise.reject(new Error("crashed")) });
    await bed.agent.refresh();
    expect(bed.service.statements()[0]?.signals).toEqual({ detectors: { mitm: 1, service_channel: 1 }, seen: [] });
  });

  it.each([
    ["nothing", undefined],
    ["a list of what no signal is", { detectors: { hook: 1 }, seen: [null, 7, { name: 5 }, {}] }],
    ["no list", { detectors: { hook: 1 }, seen: "hook" }],
    ["no detectors", { detectors: null, seen: [] }],
  ])(
    "of detectors that give %s count as those of detectors that failed, at every time they are asked",
    async (_, given) => {
      const bed = createTestBed();
      await bed.agent.fetch(url(bed));
      Object.assign(bed.ports.detectors, { observe: async () => given });
      const unhandled: unknown[] = [];
      const note = (reason: unknown): void => void unhandled.push(reason);
      process.on("unhandledRejection", note);
      await bed.time.advance(31_000);
      await settle();
      expect(await bed.agent.refresh()).toMatchObject({ outcome: "session" });
      process.off("unhandledRejection", note);
      expect(unhandled).toEqual([]);
      const { detectors, seen } = bed.service.statements().at(-1)?.signals ?? {};
      expect([detectors, seen]).toEqual([{ mitm: 1, service_channel: 1 }, []]);
    },
  );

  it("of a hostile process fit the statement still: at most 64, names of the documented form, 8 KiB in all", async () => {
    const bed = createTestBed();
    for (let index = 0; index < 500; index += 1) {
      bed.seen.push({ name: `sig${index}`, count: Number.NaN, ageSeconds: -1, detail: `\n${"x".repeat(500)}` });
    }
    bed.seen.push({ ...hook, name: "UPPER CASE" }, hook);
    expect(await bed.agent.refresh()).toMatchObject({ outcome: "session" });
    const seen = bed.service.statements()[0]?.signals.seen ?? [];
    expect(seen[0]?.name).toBe("hook");
    expect(seen.length).toBeLessThanOrEqual(64);
    expect(seen.some((signal) => signal.name === "UPPER CASE")).toBe(false);
  });
});

describe("re-enrolment", () => {
  it("runs in the background with a new key and the old one's word, and keeps the old key until its session is open", async () => {
    const bed = createTestBed();
    await bed.agent.fetch(url(bed));
    const [old] = bed.keys.aliases();
    let aliasesAtEnrolment: string[] = [];
    bed.service.middleman = (call, answer) => {
      if (call.path === "/v1/instances") aliasesAtEnrolment = bed.keys.aliases();
      return answer;
    };
    bed.service.decide = (_statement, use) =>
      use === "session" ? { kind: "session", reenrolInSeconds: 86_400 } : { kind: "session" };
    await bed.agent.refresh();
    expect(bed.agent.state().phase).toBe("session");
    await bed.time.advance(1);
    expect(bed.service.calls.at(-1)).toMatchObject({ path: "/v1/instances", hasPrevious: true });
    expect(aliasesAtEnrolment).toContain(old);
    expect(bed.keys.aliases()).not.toContain(old);
    const subjects = new Set([...bed.service.instances.values()].map((instance) => instance.subject));
    expect([bed.service.instances.size, subjects.size]).toEqual([2, 1]);
  });

  it("that fails leaves the session and the old key, and is tried once an hour", async () => {
    const bed = createTestBed();
    await bed.agent.fetch(url(bed));
    bed.service.decide = (_statement, use) =>
      use === "session" ? { kind: "session", reenrolInSeconds: 0 } : { kind: "problem", code: "unavailable" };
    for (let minute = 0; minute < 30; minute += 1) {
      await bed.agent.fetch(url(bed));
      await bed.time.advance(60_000);
    }
    expect(bed.agent.state()).toMatchObject({ phase: "session", enrolled: true });
    expect(bed.keys.made()).toBe(2);
    expect(bed.sent).toHaveLength(31);
  });

  it.each(["version_changed", "evidence_too_old", "facts_missing", "unknown_instance"] as const)(
    "is driven by a signed %s at most once an hour",
    async (reason) => {
      const bed = createTestBed();
      await bed.agent.refresh();
      bed.service.decide = (_statement, use) => (use === "session" ? { kind: "enrol", reason } : { kind: "session" });
      expect(await bed.agent.refresh()).toMatchObject({ outcome: "session" });
      expect(bed.keys.made()).toBe(2);
      await expect(bed.agent.refresh()).rejects.toMatchObject({ code: "enrolment_limited" });
      expect(bed.keys.made()).toBe(2);
      await bed.time.advance(3_600_000);
      expect(await bed.agent.refresh()).toMatchObject({ outcome: "session" });
      expect(bed.keys.made()).toBe(3);
    },
  );

  it("asked for in answer to an enrolment brings new evidence once, and no more than that", async () => {
    const bed = createTestBed({ platform: "ios" });
    let asked = 0;
    bed.service.decide = () => {
      asked += 1;
      return asked === 1 ? { kind: "enrol", reason: "facts_missing" } : { kind: "session" };
    };
    await bed.agent.refresh();
    const evidence = bed.service.calls.filter((call) => call.path === "/v1/instances").map((call) => call.evidence[0]);
    expect([bed.keys.made(), new Set(evidence).size]).toEqual([2, 2]);
    const endless = createTestBed({ platform: "ios" });
    endless.service.decide = () => ({ kind: "enrol", reason: "facts_missing" });
    await expect(endless.agent.refresh()).rejects.toMatchObject({ code: "statement_rejected" });
    expect(endless.keys.made()).toBe(2);
  });

  it("follows an app update on Android: the old evidence names the old build", async () => {
    const bed = createTestBed({ build: "1" });
    await bed.agent.refresh();
    bed.agent.stop();
    Object.assign(bed.ports.app, { build: "2" });
    const updated = bed.restart();
    await updated.refresh();
    await bed.time.advance(1);
    expect(bed.service.paths().slice(-2)).toEqual(["/v1/challenges", "/v1/instances"]);
    await updated.refresh();
    await bed.time.advance(1);
    expect(bed.keys.made()).toBe(2);
  });
});
