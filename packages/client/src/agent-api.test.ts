import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { concerns } from "./fetch/concerns.ts";
import type { AgentHooks, HookResult } from "./hooks.ts";
import type { LogEntry, LogLevel } from "./log/agent-log.ts";
import { apiOf, createTestBed, type TestBed } from "./testing/test-agent.ts";

const url = (bed: TestBed): string => `https://api.nasa.gov/planetary/apod?api_key=${bed.project.placeholder("nasa")}`;
const value = "nasa-VALUE-0123456789";
const token = { header: "Countersign-Token", prefix: "", bind: [] };

describe("prefetch", () => {
  it("opens a session, so that what was used before needs no statement", async () => {
    const bed = createTestBed();
    await bed.agent.fetch(url(bed));
    bed.agent.background();
    bed.agent.foreground();
    await bed.agent.prefetch();
    expect(bed.service.statements().map(({ asks }) => asks.secrets)).toEqual([["nasa"], ["nasa"]]);
    await bed.agent.prefetch();
    await bed.agent.fetch(url(bed));
    expect(bed.service.statements()).toHaveLength(2);
  });
});

describe("precheck", () => {
  it("tells an open session and a standing refusal without a statement, and makes one where there is neither", async () => {
    const bed = createTestBed();
    expect(await bed.agent.precheck()).toMatchObject({ outcome: "session", verdict: "trusted" });
    expect(await bed.agent.precheck()).toMatchObject({ outcome: "session" });
    expect(bed.service.statements()).toHaveLength(1);
    bed.service.decide = () => ({ kind: "refused" });
    bed.agent.background();
    await expect(bed.agent.precheck()).rejects.toMatchObject({ code: "in_background" });
    bed.agent.foreground();
    expect(await bed.agent.precheck()).toMatchObject({ outcome: "refused", verdict: "refused" });
    expect(await bed.agent.precheck()).toMatchObject({ outcome: "refused" });
    expect(bed.service.statements()).toHaveLength(2);
  });
});

describe("getSecret", () => {
  it("gives a handle whose every form is the public placeholder", async () => {
    const bed = createTestBed();
    const handle = await bed.agent.getSecret("nasa");
    const placeholder = bed.project.placeholder("nasa");
    const forms = [String(handle), `${handle}`, JSON.parse(JSON.stringify({ handle })).handle, inspect(handle)];
    expect(new Set(forms)).toEqual(new Set([placeholder]));
    const members = [...Object.values(handle), ...Object.getOwnPropertyNames(Object.getPrototypeOf(handle))];
    expect(members.join()).not.toContain(value);
    expect(Object.isFrozen(handle)).toBe(true);
  });

  it("is filled where its placeholder is: in a URL, a header, a body", async () => {
    const bed = createTestBed();
    const place = { api: "nasa", methods: ["GET", "POST"], path: "/", when: "placeholder" } as const;
    const nasa = bed.project.secrets[0];
    if (nasa === undefined) throw new Error("no secret");
    bed.project.secrets = [
      {
        ...nasa,
        places: [
          { ...place, in: "query", name: "api_key" },
          { ...place, in: "header", name: "X-Key" },
          { ...place, in: "json", name: "/key" },
        ],
      },
    ];
    const handle = await bed.agent.getSecret("nasa");
    const headers = { "x-key": handle, "content-type": "application/json" };
    await bed.agent.fetch(`https://api.nasa.gov/apod?api_key=${handle}`, {
      method: "POST",
      headers,
      body: JSON.stringify({ key: handle }),
    });
    const [sent] = bed.sent;
    expect(sent?.target).toBe(`/apod?api_key=${value}`);
    expect(sent?.headers.find(([name]) => name.toLowerCase() === "x-key")?.[1]).toBe(value);
    expect(Buffer.from(sent?.body ?? []).toString()).toBe(JSON.stringify({ key: value }));
  });

  it("rejects where the service grants no such secret, and where the name is none", async () => {
    const bed = createTestBed();
    await expect(bed.agent.getSecret("other")).rejects.toMatchObject({ code: "secret_unavailable" });
    await expect(bed.agent.getSecret("Not A Name")).rejects.toThrow(TypeError);
  });
});

describe("instance", () => {
  it("enrols where there is no key yet, and is told without a call afterwards, by another process too", async () => {
    const bed = createTestBed();
    const id = await bed.agent.instance();
    expect([...bed.service.instances.keys()]).toEqual([id]);
    expect(bed.agent.state().instance).toBe(id);
    bed.agent.stop();
    expect(await bed.restart().instance()).toBe(id);
    expect(bed.service.statements()).toHaveLength(1);
  });
});

describe("the log", () => {
  async function logged(level: LogLevel): Promise<{ bed: TestBed; entries: LogEntry[] }> {
    const entries: LogEntry[] = [];
    const bed = createTestBed({ options: { log: { level, sink: (entry) => entries.push(entry) } } });
    bed.project.apis = [apiOf({ token })];
    await bed.agent.fetch(url(bed));
    await bed.agent.fetch(`https://elsewhere.test/?q=${bed.project.placeholder("nasa")}`);
    bed.agent.background();
    bed.agent.foreground();
    bed.seen.push({ name: "hook", count: 1, ageSeconds: 0 });
    bed.service.decide = () => ({ kind: "refused" });
    await bed.agent.fetch(url(bed)).catch(() => {});
    bed.service.middleman = () => null;
    await bed.time.advance(301_000);
    await bed.agent.fetch(url(bed)).catch(() => {});
    bed.agent.stop();
    return { bed, entries };
  }

  it.each([
    ["off", []],
    ["error", ["error"]],
    ["warn", ["error", "placeholder_unfilled", "refused", "wiped"]],
    ["info", ["background", "error", "foreground", "placeholder_unfilled", "refused", "session", "stopped", "wiped"]],
    [
      "debug",
      [
        "background",
        "error",
        "foreground",
        "phase",
        "placeholder_unfilled",
        "refused",
        "request",
        "session",
        "stopped",
        "wiped",
      ],
    ],
  ] as const)("at level %s is told exactly its entries, none of which holds a secret", async (level, events) => {
    const { bed, entries } = await logged(level);
    expect([...new Set(entries.map(({ event }) => event))].sort()).toEqual(events);
    const text = JSON.stringify(entries);
    for (const secret of bed.service.sealedTexts()) expect(text).not.toContain(secret);
    expect(text).not.toContain("api.nasa.gov/planetary");
  });

  it("does not reach the agent when its sink throws, and refuses a level that is none", async () => {
    const sink = (): never => {
      throw new Error("full");
    };
    const bed = createTestBed({ options: { log: { level: "debug", sink } } });
    expect((await bed.agent.fetch(url(bed))).status).toBe(200);
    const level = "loud" as LogLevel;
    expect(() => createTestBed({ options: { log: { level, sink } } })).toThrow(TypeError);
  });
});

describe("an exclusion", () => {
  const exclude = [/^https:\/\/api\.nasa\.gov\/public\//g];

  it("leaves a request as the app made it: no token, the device's own trust, no statement", async () => {
    const bed = createTestBed({ options: { exclude } });
    bed.project.apis = [apiOf({ token })];
    for (let times = 0; times < 2; times += 1) await bed.agent.fetch("https://api.nasa.gov/public/list");
    expect(bed.sent.map(({ policy, headers }) => [policy.channel, headers])).toEqual([
      ["system", []],
      ["system", []],
    ]);
    expect(bed.service.calls).toEqual([]);
    expect(concerns(bed.agent, { url: "https://api.nasa.gov/public/list" })).toBe(false);
    await bed.agent.fetch("https://api.nasa.gov/other");
    expect(bed.sent.at(-1)).toMatchObject({ policy: { channel: "pins" } });
    await bed.agent.fetch("https://api.nasa.gov/public/list");
    expect(bed.sent.at(-1)).toMatchObject({ policy: { channel: "system" }, headers: [] });
  });

  it("never covers a request in which a placeholder stands, or a place is filled always", async () => {
    const bed = createTestBed({ options: { exclude: [/./] } });
    await bed.agent.fetch(url(bed));
    expect(bed.sent[0]).toMatchObject({ policy: { channel: "pins" }, target: `/planetary/apod?api_key=${value}` });
    const always = createTestBed({ options: { exclude: [/./] } });
    always.project.secrets = always.project.secrets.map((secret) => ({
      ...secret,
      places: secret.places.map((place) => ({ ...place, when: "always" as const })),
    }));
    await always.agent.prefetch();
    // Nor may an interceptor pass it by.
    expect(concerns(always.agent, { url: "https://api.nasa.gov/planetary/apod" })).toBe(true);
    expect(concerns(always.agent, { url: "https://api.nasa.gov/other" })).toBe(false);
    expect(concerns(always.agent, { url: "https://other.test/planetary/apod" })).toBe(false);
    await always.agent.fetch("https://api.nasa.gov/planetary/apod?api_key=own");
    expect(always.sent[0]?.target).toBe(`/planetary/apod?api_key=${value}`);
  });

  it("leaves nothing to whoever answers in the API's name: what it redirects to carries nothing added", async () => {
    const bed = createTestBed({ options: { exclude } });
    bed.project.apis = [apiOf({ token })];
    bed.upstream = ({ target }) =>
      target === "/public/list" ? { status: 302, headers: [["Location", "/private?to=42"]] } : { status: 200 };
    await bed.agent.prefetch();
    await bed.agent.fetch("https://api.nasa.gov/public/list");
    expect(bed.sent.map(({ target, headers }) => [target, headers])).toEqual([
      ["/public/list", []],
      ["/private?to=42", []],
    ]);
    const place = url(bed).replace("https://api.nasa.gov", "");
    bed.upstream = () => ({ status: 302, headers: [["Location", place]] });
    await expect(bed.agent.fetch("https://api.nasa.gov/public/list")).rejects.toMatchObject({
      code: "redirect_refused",
    });
    expect(bed.sent).toHaveLength(3);
  });

  it("is a list of regular expressions", () => {
    const exclude = ["api.nasa.gov"] as unknown as RegExp[];
    expect(() => createTestBed({ options: { exclude } })).toThrow(TypeError);
  });
});

describe("hooks", () => {
  const bypass: AgentHooks = { beforeRequest: () => "bypass" };

  it("see what others see: none can change it for the log or the next hook", async () => {
    const results: unknown[] = [];
    const hooks: AgentHooks = {
      beforeRequest: (view) => {
        Object.assign(view, { api: "backend", method: "DELETE" });
        return "bypass";
      },
      afterRequest: ({ api, method, bypassed }) => void results.push([api, method, bypassed]),
    };
    const bed = createTestBed({ options: { hooks } });
    await bed.agent.prefetch();
    await bed.agent.fetch("https://api.nasa.gov/list");
    expect(results).toEqual([["nasa", "GET", false]]);
  });

  it("may send past the agent what needs nothing of it, and nothing else", async () => {
    const refused: LogEntry[] = [];
    const log = { level: "warn", sink: (entry: LogEntry) => refused.push(entry) } as const;
    const bed = createTestBed({ options: { hooks: bypass, log } });
    bed.project.apis = [apiOf(), apiOf({ api: "backend", host: "backend.test", token })];
    await bed.agent.prefetch();
    await bed.agent.fetch("https://api.nasa.gov/list");
    expect(bed.sent[0]?.policy.channel).toBe("system");
    await bed.agent.fetch(url(bed));
    await bed.agent.fetch("https://backend.test/");
    const proof = createTestBed({ options: { hooks: bypass, log } });
    proof.project.apis = [apiOf({ proof: "dpop" })];
    await proof.agent.prefetch();
    await proof.agent.fetch("https://api.nasa.gov/list");
    expect([...bed.sent.slice(1), ...proof.sent].map(({ policy }) => policy.channel)).toEqual(["pins", "pins", "pins"]);
    expect(refused).toEqual([
      { level: "warn", event: "bypass_refused", api: "nasa" },
      { level: "warn", event: "bypass_refused", api: "backend" },
      { level: "warn", event: "bypass_refused", api: "nasa" },
    ]);
  });

  it("that throw decide for protection", async () => {
    const broken = (): never => {
      throw new Error("broken");
    };
    const bed = createTestBed({
      options: { hooks: { beforeRequest: broken, onUnavailable: broken, afterRequest: broken } },
    });
    bed.project.apis = [apiOf({ token, whenUnavailable: "proceed" })];
    bed.project.secrets = [];
    await bed.agent.prefetch();
    bed.service.middleman = () => null;
    await expect(bed.agent.fetch("https://api.nasa.gov/list")).rejects.toMatchObject({ code: "service_unreachable" });
    bed.service.middleman = (_call, answer) => answer;
    await bed.time.advance(300_000);
    await bed.agent.fetch("https://api.nasa.gov/list");
    expect(bed.sent[0]?.policy.channel).toBe("pins");
  });

  it.each([
    ["proceed", undefined, 200],
    ["proceed", "proceed", 200],
    ["proceed", "fail", "service_unreachable"],
    ["fail", "proceed", "service_unreachable"],
  ] as const)("on a service that is away: manifest says %s, hook says %s: %s", async (whenUnavailable, said, ends) => {
    const asked: unknown[] = [];
    const hooks: AgentHooks =
      said === undefined
        ? {}
        : {
            onUnavailable: (view, error) => {
              asked.push([view.api, error.code]);
              return said;
            },
          };
    const bed = createTestBed({ options: { hooks } });
    bed.project.apis = [apiOf({ token, whenUnavailable })];
    bed.project.secrets = [];
    await bed.agent.prefetch();
    await bed.time.advance(301_000);
    bed.service.middleman = () => null;
    const ended = await bed.agent.fetch("https://api.nasa.gov/list").then(
      (response) => response.status,
      (error: { code: string }) => error.code,
    );
    expect(ended).toBe(ends);
    const isAsked = whenUnavailable === "proceed" && said !== undefined;
    expect(asked).toEqual(isAsked ? [["nasa", "service_unreachable"]] : []);
  });

  it("see requests as the app made them, and how they ended", async () => {
    const results: HookResult[] = [];
    const bed = createTestBed({ options: { hooks: { afterRequest: (result) => results.push(result) } } });
    await bed.agent.fetch(url(bed));
    bed.service.decide = () => ({ kind: "refused" });
    await bed.agent.refresh();
    await bed.agent.fetch(url(bed)).catch(() => {});
    const view = { url: url(bed), method: "GET", api: "nasa", redirected: false, bypassed: false };
    expect(results).toEqual([
      { ...view, status: 200, error: null },
      { ...view, status: null, error: "refused" },
    ]);
    expect(JSON.stringify(results)).not.toContain(value);
  });
});

describe("offline", () => {
  it("a session lives to its end and no longer; then calls that need one fail, and others go on", async () => {
    const bed = createTestBed();
    await bed.agent.fetch(url(bed));
    bed.service.middleman = () => null;
    await bed.time.advance(299_000);
    expect((await bed.agent.fetch(url(bed))).status).toBe(200);
    await bed.time.advance(1_000);
    const late = bed.agent.fetch(url(bed)).then(
      () => "sent",
      (error: { code: string }) => error.code,
    );
    // A call waits for a short back-off.
    await bed.time.advance(20_000);
    expect(await late).toBe("service_unreachable");
    expect((await bed.agent.fetch("https://api.nasa.gov/list")).status).toBe(200);
    expect((await bed.agent.fetch("https://elsewhere.test/")).status).toBe(200);
  });

  it("a fresh installation sends nothing through the agent but what is excluded: no manifest says what is protected", async () => {
    const bed = createTestBed({ options: { exclude: [/^https:\/\/help\.test\//] } });
    bed.service.middleman = () => null;
    const unreachable = { code: "service_unreachable" };
    await expect(bed.agent.fetch("https://elsewhere.test/")).rejects.toMatchObject(unreachable);
    expect((await bed.agent.fetch("https://help.test/offline")).status).toBe(200);
  });
});
