import { createElement, useEffect } from "react";
import { renderToString } from "react-dom/server";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Agent } from "../agent.ts";
import type { AgentError } from "../errors.ts";
import { createTestBed } from "../testing/test-agent.ts";
import { AgentStore } from "./agent-store.ts";
import { CountersignProvider, type CountersignProviderProps, useCountersign } from "./index.ts";

const nasaUrl = (bed: ReturnType<typeof createTestBed>): string =>
  `https://api.nasa.gov/planetary/apod?api_key=${bed.project.placeholder("nasa")}`;

function Phase(): string {
  const { phase, ready, error, arc } = useCountersign();
  useEffect(() => {
    throw new Error("an effect ran on a server");
  });
  return JSON.stringify({ phase, ready, error, arc });
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("on a server", () => {
  it("renders an agent that is new, makes none, and warns of nothing", () => {
    const told = vi.spyOn(console, "error");
    const createAgent = vi.fn<() => Agent>(() => createTestBed().agent);
    const page = createElement(CountersignProvider, { createAgent }, createElement(Phase));
    const shown = renderToString(page).replaceAll("&quot;", '"');
    expect(JSON.parse(shown)).toEqual({ phase: "new", ready: false, error: null, arc: null });
    expect(createAgent).not.toHaveBeenCalled();
    expect(told).not.toHaveBeenCalled();
  });

  it("shows nothing of an agent that has a session: what a page is hydrated from is the same for everyone", async () => {
    const bed = createTestBed();
    await bed.agent.fetch(nasaUrl(bed));
    expect(bed.agent.state().phase).toBe("session");
    const page = createElement(CountersignProvider, { agent: bed.agent }, createElement(Phase));
    expect(renderToString(page)).toContain("new");
    bed.agent.stop();
  });
});

it("a hook without a provider, and a provider with no agent or two, are mistakes of the app", () => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  const { agent } = createTestBed();
  expect(() => renderToString(createElement(Phase))).toThrow(TypeError);
  for (const props of [{}, { agent, createAgent: () => agent }]) {
    const wrong = props as unknown as CountersignProviderProps;
    expect(() => renderToString(createElement(CountersignProvider, wrong))).toThrow(TypeError);
  }
});

describe("what stands between agent and React", () => {
  it("shows the same object until something differs, and another one then", async () => {
    const bed = createTestBed();
    const store = new AgentStore({ agent: bed.agent }, () => {});
    const release = store.hold();
    await bed.agent.start();
    const before = store.shown();
    expect(store.shown()).toBe(before);
    const changed = vi.fn<() => void>();
    const end = store.subscribe(changed);
    await (await store.agent()).fetch(nasaUrl(bed));
    expect(changed).toHaveBeenCalled();
    expect(store.shown()).not.toBe(before);
    expect(store.shown().state).toMatchObject({ phase: "session", verdict: "trusted" });
    end();
    release();
    bed.agent.stop();
  });

  it("keeps an agent that is let go and held again in one step, and stops it once when it stays let go", async () => {
    const bed = createTestBed();
    const made: string[] = [];
    const createAgent = () => {
      made.push("made");
      return bed.agent;
    };
    const store = new AgentStore({ createAgent }, () => {});
    const first = store.hold();
    first();
    const second = store.hold();
    expect((await store.agent()).state().phase).not.toBe("stopped");
    second();
    second();
    await Promise.resolve();
    expect(bed.agent.state().phase).toBe("stopped");
    expect(made).toEqual(["made"]);
    await expect(store.agent()).rejects.toMatchObject({ code: "stopped" });
    expect(store.shown().state.phase).toBe("new");
  });

  it("lets a call that a child made first wait for the provider's own effect in the same step", async () => {
    const bed = createTestBed();
    const store = new AgentStore({ agent: bed.agent }, () => {});
    const early = store.agent();
    const release = store.hold();
    expect(await early).toBe(bed.agent);
    release();
    bed.agent.stop();
  });

  it("never stops the app's own agent", async () => {
    const bed = createTestBed();
    new AgentStore({ agent: bed.agent }, () => {}).hold()();
    await Promise.resolve();
    expect(bed.agent.state().phase).not.toBe("stopped");
    bed.agent.stop();
  });

  it("shows a refusal with its code until a session is open, and tells it once", async () => {
    const bed = createTestBed();
    bed.service.decide = () => ({ kind: "refused", retryAfterSeconds: 60, action: "update" });
    const told = vi.fn<(error: AgentError) => void>();
    const store = new AgentStore({ agent: bed.agent }, told);
    const release = store.hold();
    await expect((await store.agent()).fetch(nasaUrl(bed))).rejects.toMatchObject({ code: "refused" });
    const { error, state } = store.shown();
    expect(error).toMatchObject({ code: "refused", arc: state.arc, action: "update" });
    expect(state.phase).toBe("refused");
    expect(told).toHaveBeenCalledTimes(1);
    bed.service.decide = () => ({ kind: "session" });
    await bed.time.advance(61_000);
    await (await store.agent()).fetch(nasaUrl(bed));
    expect(store.shown().error).toBeNull();
    release();
    bed.agent.stop();
  });

  it("keeps no hold where no agent could be made: the next one is stopped with the provider all the same", async () => {
    const bed = createTestBed();
    let fails = true;
    const createAgent = () => {
      if (fails) throw new TypeError("no configuration");
      return bed.agent;
    };
    const store = new AgentStore({ createAgent }, () => {});
    expect(() => store.hold()).toThrow(TypeError);
    fails = false;
    store.hold()();
    await Promise.resolve();
    expect(bed.agent.state().phase).toBe("stopped");
  });

  it("an onError that throws reaches nobody: not the agent, nor the process", async () => {
    const bed = createTestBed();
    Object.assign(bed.ports, { storage: { ...bed.storage, read: () => Promise.reject(new Error("disk")) } });
    const unhandled = vi.fn<(reason: unknown) => void>();
    process.on("unhandledRejection", unhandled);
    const store = new AgentStore({ createAgent: () => bed.restart() }, () => {
      throw new Error("the app's own");
    });
    const release = store.hold();
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", unhandled);
    expect(unhandled).not.toHaveBeenCalled();
    expect(store.shown().error).toMatchObject({ code: "storage_failed" });
    release();
  });

  it("tells of storage that cannot be read, since nobody else waits for the start", async () => {
    const bed = createTestBed();
    const broken = { ...bed.storage, read: () => Promise.reject(new Error("disk")) };
    Object.assign(bed.ports, { storage: broken });
    const told: string[] = [];
    const store = new AgentStore({ createAgent: () => bed.restart() }, (error) => told.push(error.code));
    const release = store.hold();
    await expect((await store.agent()).start()).rejects.toMatchObject({ code: "storage_failed" });
    await Promise.resolve();
    expect(told).toEqual(["storage_failed"]);
    release();
  });
});
