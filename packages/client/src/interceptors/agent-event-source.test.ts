import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Agent } from "../agent.ts";
import type { Echo } from "../testing/echo-upstream.ts";
import { createMatrixWorld, type MatrixWorld, type Spot } from "../testing/matrix-world.ts";
import { nodeScope } from "../testing/node-scope.ts";
import { type AgentEventSource, createEventSourceClass } from "./agent-event-source.ts";
import { EventStreamParser, type StreamEvent } from "./event-stream-parser.ts";
import { protectEventSource } from "./protect-event-source.ts";

const query: Spot = { in: "query", when: "placeholder", mode: "delivered" };

let world: MatrixWorld;
let agent: Agent;

beforeAll(async () => {
  world = await createMatrixWorld("pins");
  agent = world.createAgent();
  await agent.refresh();
});
afterAll(() => world.close());

const keyed = (rest: string): string =>
  `${world.places.origin}/placeholder/delivered/query/x?key=${world.placeholder(query)}&${rest}`;

/** An EventSource whose waits end when the test says so. */
function openSource(url: string): { source: AgentEventSource; waits: { delayMs: number; end: () => void }[] } {
  const waits: { delayMs: number; end: () => void }[] = [];
  const Source = createEventSourceClass(agent, nodeScope(), {
    after(delayMs, end) {
      waits.push({ delayMs, end });
      return () => void waits.pop();
    },
  });
  return { source: new Source(url), waits };
}

function next<T = Event>(source: EventTarget, type: string): Promise<T> {
  return new Promise((resolve) => {
    source.addEventListener(type, (event) => resolve(event as T), { once: true });
  });
}

describe("an EventSource of the agent's", () => {
  it("reads events of a filled URL that it never shows, and comes back with the last id", async () => {
    const { source, waits } = openSource(keyed("events=1"));
    const named = next<MessageEvent<string>>(source, "named");
    const first = await next<MessageEvent<string>>(source, "message");
    const echo = JSON.parse(first.data) as Echo;
    expect(echo.url).toContain("VALUE-query");
    expect(echo.headers).toMatchObject({ accept: "text/event-stream", "cache-control": "no-store" });
    expect(echo.headers["last-event-id"]).toBeUndefined();
    expect([first.lastEventId, first.origin]).toEqual(["7", world.places.origin]);
    expect((await named).data).toBe("ä\nb");
    await next(source, "error");
    expect([source.readyState, source.url]).toEqual([0, keyed("events=1")]);
    expect(waits.map(({ delayMs }) => delayMs)).toEqual([10]);
    const again = next<MessageEvent<string>>(source, "message");
    waits.pop()?.end();
    expect((JSON.parse((await again).data) as Echo).headers["last-event-id"]).toBe("7");
    expect(source.readyState).toBe(1);
    source.close();
    expect(source.readyState).toBe(2);
  });

  it("comes back with the bytes of its last id, whatever text that is, and without one that no header holds", async () => {
    const ids: (string | undefined)[] = [];
    for (const id of ["€uro ä", "with\u0001control"]) {
      const { source, waits } = openSource(keyed(`events=1&id=${encodeURIComponent(id)}`));
      const first = await next<MessageEvent<string>>(source, "message");
      expect(first.lastEventId).toBe(id);
      await next(source, "error");
      const again = next<MessageEvent<string>>(source, "message");
      waits.pop()?.end();
      const header = (JSON.parse((await again).data) as Echo).headers["last-event-id"];
      ids.push(header === undefined ? undefined : Buffer.from(header, "latin1").toString());
      source.close();
    }
    expect(ids).toEqual(["€uro ä", undefined]);
  });

  it("ends for good where the answer is no stream, and where trying again cannot help", async () => {
    for (const url of [keyed("answer=200"), keyed("answer=204"), keyed("events=1").replace("localhost", "LOCALHOST")]) {
      const { source, waits } = openSource(url);
      await next(source, "error");
      expect(source.readyState).toBe(2);
      expect(waits).toEqual([]);
    }
  });

  it("tries again where nobody answered, tells why, and not once it is closed", async () => {
    const { source, waits } = openSource("https://127.0.0.3:1/");
    await next(source, "error");
    expect([source.readyState, source.countersignError?.code]).toEqual([0, "network_failed"]);
    expect(waits.map(({ delayMs }) => delayMs)).toEqual([3000]);
    source.close();
    expect(waits).toEqual([]);
    const { source: closing, waits: none } = openSource("https://127.0.0.3:1/");
    closing.onerror = () => closing.close();
    await next(closing, "error");
    expect([closing.readyState, none]).toEqual([2, []]);
  });

  it("carries nothing added across origins", async () => {
    const to = encodeURIComponent(`${world.foreign.origin}/landed?events=1`);
    const { source } = openSource(keyed(`redirect=${to}`));
    const { data, origin } = await next<MessageEvent<string>>(source, "message");
    source.close();
    expect(origin).toBe(world.foreign.origin);
    expect(data).not.toContain("VALUE-");
  });

  it("takes the platform's place for what is the agent's alone", () => {
    class Own extends EventTarget {
      readonly url: string;
      constructor(url: string) {
        super();
        this.url = url;
      }
    }
    const scope = { ...nodeScope(), EventSource: Own as unknown as typeof EventSource };
    protectEventSource(agent, scope);
    expect(new scope.EventSource("https://other.test/").constructor).toBe(Own);
    const source = new scope.EventSource(keyed("events=1"));
    expect(source).toBeInstanceOf(scope.EventSource);
    expect(source).not.toBeInstanceOf(Own);
    source.close();
  });
});

describe("the parser of event streams", () => {
  const read = (parts: readonly Uint8Array[]): { events: StreamEvent[]; retries: number[] } => {
    const events: StreamEvent[] = [];
    const retries: number[] = [];
    const parser = new EventStreamParser(
      "",
      (event) => void events.push(event),
      (ms) => void retries.push(ms),
    );
    for (const part of parts) parser.push(part);
    return { events, retries };
  };

  it("gives the same events wherever the bytes are cut", () => {
    const text =
      "\ufeffdata: ä😀\r\ndata:two\r\rid: 1\nevent: x\ndata\n\n: comment\nretry: 5\nretry: x\nid\ndata: z\n\ndata: unfinished";
    const bytes = new TextEncoder().encode(text);
    const whole = read([bytes]);
    expect(whole).toEqual({
      events: [
        { type: "message", data: "ä😀\ntwo", lastEventId: "" },
        { type: "x", data: "", lastEventId: "1" },
        { type: "message", data: "z", lastEventId: "" },
      ],
      retries: [5],
    });
    for (let at = 0; at <= bytes.length; at += 1) {
      expect(read([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(whole);
    }
    expect(read([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(whole);
  });

  it("refuses an event that grows without end, by one line or by many, and copies no line over and over", () => {
    const piece = new Uint8Array(64 * 1024).fill(120);
    const grow = (part: Uint8Array): number => {
      const parser = new EventStreamParser(
        "",
        () => {},
        () => {},
      );
      for (let bytes = 0; bytes < 40 * 1024 * 1024; bytes += part.length) {
        try {
          parser.push(part);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
          return bytes;
        }
      }
      return Number.POSITIVE_INFINITY;
    };
    const line = Uint8Array.of(...Buffer.from("data:"), ...piece, 10);
    for (const part of [piece, line]) {
      expect(grow(part)).toBeGreaterThan(15 * 1024 * 1024);
      expect(grow(part)).toBeLessThan(18 * 1024 * 1024);
    }
  });

  it("sets an id without data, and none that holds NUL", () => {
    const { events } = read([new TextEncoder().encode("id: 3\n\nid: 4\0\ndata: x\n\n")]);
    expect(events.map(({ data, lastEventId }) => [data, lastEventId])).toEqual([
      [null, "3"],
      ["x", "3"],
    ]);
  });
});
