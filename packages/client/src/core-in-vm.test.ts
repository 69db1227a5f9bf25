import { createContext, runInContext } from "node:vm";
import { beforeAll, describe, expect, it } from "vitest";
import type { Agent, AgentConfig } from "./agent.ts";
import { bundle } from "./testing/bundle-core.ts";
import { createTestBed, type TestBed } from "./testing/test-agent.ts";

/** What Node and browsers add to ECMAScript: touching any of it, even with `typeof`, is noted and throws. */
const hostGlobals = [
  "AbortController",
  "Buffer",
  "TextDecoder",
  "TextEncoder",
  "URL",
  "URLSearchParams",
  "WebAssembly",
  "atob",
  "btoa",
  "clearTimeout",
  "console",
  "crypto",
  "document",
  "fetch",
  "global",
  "localStorage",
  "navigator",
  "performance",
  "process",
  "queueMicrotask",
  "require",
  "self",
  "setImmediate",
  "setInterval",
  "setTimeout",
  "structuredClone",
  "window",
];

let script = "";
beforeAll(async () => {
  script = await bundle('export * from "./index.ts";');
});

interface Realm {
  readonly touched: string[];
  run(code: string): unknown;
  create(config: AgentConfig): Agent;
}

function emptyRealm(): Realm {
  const touched: string[] = [];
  const context = createContext(Object.create(null) as object);
  for (const name of hostGlobals) {
    const note = (): never => {
      touched.push(name);
      throw new Error(`${name} was touched`);
    };
    const define = runInContext("(name, note) => Object.defineProperty(globalThis, name, { get: note })", context) as (
      name: string,
      note: () => never,
    ) => void;
    define(name, note);
  }
  runInContext(script, context);
  // The curve library asks once, at load, whether there is a generator for blinding, and does without.
  expect(touched.splice(0).filter((name) => name !== "crypto")).toEqual([]);
  const create = runInContext("(config) => countersign.createAgent(config)", context) as Realm["create"];
  return { touched, run: (code) => runInContext(code, context) as unknown, create };
}

function url(bed: TestBed): string {
  return `https://api.nasa.gov/planetary/apod?api_key=${bed.project.placeholder("nasa")}`;
}

describe.each(["ios", "android", "web"] as const)("the core in an empty realm, on %s", (platform) => {
  it("enrols, refreshes, fetches and is refused without touching one global of its host", async () => {
    const bed = createTestBed({ platform });
    const realm = emptyRealm();
    const agent = realm.create({ configuration: bed.project.configuration(), ports: bed.ports });
    const response = await agent.fetch(url(bed));
    expect(await response.text()).toBe("picture");
    expect(bed.sent[0]?.target).toBe("/planetary/apod?api_key=nasa-VALUE-0123456789");
    expect(await agent.refresh()).toMatchObject({ outcome: "session", verdict: "trusted" });
    bed.service.workBits = 8;
    await bed.time.advance(3_700_000);
    const [summary] = await Promise.all([agent.refresh(), bed.time.advance(10_000)]);
    expect(summary.outcome).toBe("session");
    bed.service.decide = () => ({ kind: "refused" });
    expect(await agent.refresh()).toMatchObject({ outcome: "refused" });
    await expect(agent.fetch(url(bed))).rejects.toMatchObject({ code: "refused" });
    agent.stop();
    expect(realm.touched).toEqual([]);
  });
});

describe("the realm of this test", () => {
  it("notes whatever is touched of a host, and has nothing of it", () => {
    const { touched, run } = emptyRealm();
    for (const name of hostGlobals) {
      const found = ((): unknown => {
        try {
          return run(`typeof ${name}`);
        } catch {
          return "undefined";
        }
      })();
      expect(found, name).toBe("undefined");
    }
    expect(touched).toEqual(hostGlobals);
  });
});
