import axios from "axios";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Coverage } from "../coverage.ts";
import { nodeScope } from "../testing/node-scope.ts";
import { createTestBed, type TestBed } from "../testing/test-agent.ts";
import { protect } from "./protect.ts";
import { protectAxios } from "./protect-axios.ts";
import { protectFetch } from "./protect-fetch.ts";
import { protectWebSocket } from "./protect-web-socket.ts";
import { assertCoverage, coverage } from "./read-coverage.ts";

let bed: TestBed;
let scope: ReturnType<typeof nodeScope>;

beforeEach(() => {
  bed = createTestBed();
  scope = nodeScope();
});
afterEach(() => bed.agent.stop());

const states = (found: Coverage): string[] => found.stacks.map(({ stack, state }) => `${stack} ${state}`);
const before = ["fetch unprotected", "XMLHttpRequest absent", "WebSocket unprotected", "EventSource absent"];
const after = ["fetch protected", "XMLHttpRequest absent", "WebSocket protected", "EventSource absent"];

describe("coverage", () => {
  it("says of each stack whether it is there and whether it is protected, and tells listeners at the start", () => {
    const told: Coverage[] = [];
    bed.agent.on("coverage", (event) => void told.push(event));
    expect(states(coverage(scope))).toEqual(before);
    const protection = protect(bed.agent, scope);
    expect(states(protection.coverage)).toEqual(after);
    expect(told).toEqual([protection.coverage]);
    expect(protection.restore()).toBe(true);
    expect(states(coverage(scope))).toEqual(before);
    expect(bed.sent).toEqual([]);
    expect(bed.service.calls).toEqual([]);
  });

  it("tells what was put in front since", () => {
    protect(bed.agent, scope);
    const front = scope.fetch;
    scope.fetch = (...call) => front(...call);
    expect(states(coverage(scope))[0]).toBe("fetch wrapped");
    expect(() => assertCoverage(scope)).toThrow("not protected: fetch (wrapped)");
    expect(() => assertCoverage(scope, { allowWrapped: true })).not.toThrow();
  });

  it("fails a build where a stack is unprotected, unless the app says that it does not use it", () => {
    expect(() => assertCoverage(scope)).toThrow("not protected: fetch (unprotected), WebSocket (unprotected)");
    protectFetch(bed.agent, scope);
    expect(() => assertCoverage(scope)).toThrow("not protected: WebSocket (unprotected)");
    expect(() => assertCoverage(scope, { except: ["WebSocket"] })).not.toThrow();
    const instance = axios.create();
    const demand = { except: ["WebSocket"], axios: [instance] } as const;
    expect(() => assertCoverage(scope, demand)).toThrow("not protected: axios (unprotected)");
    const protection = protectAxios(bed.agent, instance);
    expect(() => assertCoverage(scope, demand)).not.toThrow();
    protection.restore();
    expect(() => assertCoverage(scope, demand)).toThrow("axios (unprotected)");
  });

  it("shows a fetch that Expo made", () => {
    scope.fetch = Object.assign((): Promise<Response> => Promise.resolve(new Response()), {
      [Symbol.for("expo.builtin")]: true,
    });
    expect(coverage(scope).stacks[0]).toEqual({ stack: "fetch", state: "unprotected", builtin: "expo" });
    protect(bed.agent, scope);
    expect(coverage(scope).stacks[0]).toEqual({ stack: "fetch", state: "protected", builtin: "expo" });
  });
});

describe("what only looks protected", () => {
  it("a copy of a front, with every mark of it, and a proxy before one are wrappers", () => {
    protect(bed.agent, scope);
    const front = scope.fetch;
    const copy = (): Promise<Response> => Promise.resolve(new Response("past the agent"));
    for (const key of Reflect.ownKeys(front)) {
      const descriptor = Object.getOwnPropertyDescriptor(front, key);
      if (descriptor !== undefined && typeof key === "symbol") Object.defineProperty(copy, key, descriptor);
    }
    for (const wrapper of [copy, new Proxy(front, { apply: copy })]) {
      scope.fetch = wrapper;
      expect(states(coverage(scope))[0]).toBe("fetch wrapped");
    }
  });

  it("a front that is put back after it was restored is not, and is protected anew", async () => {
    const passed: unknown[] = [];
    scope.fetch = (input) => {
      passed.push(input);
      return Promise.resolve(new Response());
    };
    const url = `https://api.nasa.gov/planetary/apod?api_key=${bed.project.placeholder("nasa")}`;
    const protection = protect(bed.agent, scope);
    const kept = scope.fetch;
    expect(protection.restore()).toBe(true);
    scope.fetch = kept;
    expect(states(coverage(scope))[0]).toBe("fetch unprotected");
    await scope.fetch(url);
    expect(passed).toEqual([url]);
    protect(bed.agent, scope);
    expect(states(coverage(scope))[0]).toBe("fetch protected");
    await scope.fetch(url);
    expect(passed).toHaveLength(1);
  });

  it("a stack that was restored behind a wrapper is not, though the wrapper stays", () => {
    const protection = protect(bed.agent, scope);
    const front = scope.fetch;
    scope.fetch = (...call) => front(...call);
    expect(protection.restore()).toBe(false);
    expect(states(coverage(scope))[0]).toBe("fetch unprotected");
    expect(() => assertCoverage(scope, { allowWrapped: true })).toThrow("fetch (unprotected)");
  });

  it("an axios whose list of interceptors was wrapped or replaced is not", () => {
    const instance = axios.create();
    const stateOf = (): string | undefined => coverage({}, [instance]).stacks.at(-1)?.state;
    const protection = protectAxios(bed.agent, instance);
    expect(stateOf()).toBe("protected");
    const manager = instance.interceptors.request as unknown as { forEach(call: (each: unknown) => void): void };
    const { forEach } = manager;
    manager.forEach = (call) => forEach(call);
    expect(stateOf()).toBe("wrapped");
    manager.forEach = forEach;
    expect(stateOf()).toBe("protected");
    instance.interceptors.request = axios.create().interceptors.request;
    expect(stateOf()).toBe("unprotected");
    expect(protectAxios(bed.agent, instance)).not.toBe(protection);
    expect(stateOf()).toBe("protected");
  });
});

describe("protecting twice", () => {
  it("takes nothing away where the second time fails", () => {
    protect(bed.agent, scope);
    const { fetch: front } = scope;
    const other = createTestBed();
    const Plain = nodeScope().WebSocket;
    scope.WebSocket = Plain;
    protectWebSocket(other.agent, scope);
    expect(() => protect(bed.agent, scope)).toThrow(/WebSocket is protected by another agent/);
    expect(scope.fetch).toBe(front);
    expect(states(coverage(scope))[0]).toBe("fetch protected");
    other.agent.stop();
  });

  it("by the same agent changes nothing", () => {
    const first = protectFetch(bed.agent, scope);
    const front = scope.fetch;
    expect(protectFetch(bed.agent, scope)).toBe(first);
    expect(scope.fetch).toBe(front);
  });

  it("by another agent is a TypeError, and leaves everything as it was", () => {
    protectFetch(bed.agent, scope);
    const front = scope.fetch;
    const socket = scope.WebSocket;
    const other = createTestBed();
    expect(() => protect(other.agent, scope)).toThrow(TypeError);
    expect([scope.fetch, scope.WebSocket]).toEqual([front, socket]);
    other.agent.stop();
  });

  it("of a frozen scope is a TypeError that names the stack", () => {
    expect(() => protect(bed.agent, Object.freeze(nodeScope()))).toThrow(/fetch cannot be replaced/);
  });
});
