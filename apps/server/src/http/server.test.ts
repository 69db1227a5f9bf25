import { connect } from "node:net";
import type { FastifyPluginAsync } from "fastify";
import { describe, expect, it } from "vitest";
import { createLog } from "../log/create-log.ts";
import { createHttpServer } from "./server.ts";

const canary = "canary-9f3a";

async function serve(routes: FastifyPluginAsync, lines: string[] = []) {
  const log = createLog({ level: "debug", sink: (line) => lines.push(line) });
  return createHttpServer({ log, version: "0", isReady: async () => true, routes: [routes] });
}

describe("the HTTP server", () => {
  it("lets a call in work finish when it closes", async () => {
    let entered = (): void => {};
    let release = (): void => {};
    const inside = new Promise<void>((resolve) => {
      entered = resolve;
    });
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const app = await serve(async (scope) => {
      scope.get("/slow", { schema: { hide: true } }, async () => {
        entered();
        await gate;
        return "done";
      });
    });
    await app.listen({ host: "127.0.0.1", port: 0 });
    const address = app.server.address();
    const port = typeof address === "object" ? address?.port : 0;
    const answer = fetch(`http://127.0.0.1:${port}/slow`);
    await inside;
    const closed = app.close();
    release();
    expect(await (await answer).text()).toBe("done");
    await closed;
  });

  it("breaks a body off that takes too long to come, but not where a route sees to it itself", async () => {
    const log = createLog({ level: "debug", sink: () => {} });
    const routes: FastifyPluginAsync = async (scope) => {
      scope.post("/short", { schema: { hide: true } }, async () => "never");
      scope.register(async (own) => {
        own.removeAllContentTypeParsers();
        own.addContentTypeParser("*", (_request, _payload, done) => done(null, undefined));
        own.post("/own", { schema: { hide: true }, config: { ownBodyTime: true } }, async ({ raw }) => {
          let text = "";
          for await (const part of raw) text += String(part);
          return text;
        });
      });
    };
    const app = await createHttpServer({ log, version: "0", isReady: async () => true, routes: [routes], bodyMs: 50 });
    await app.listen({ host: "127.0.0.1", port: 0 });
    const address = app.server.address();
    const port = typeof address === "object" ? (address?.port ?? 0) : 0;
    const begin = (path: string) => {
      const socket = connect(port, "127.0.0.1");
      socket.on("error", () => {});
      socket.write(`POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\ncontent-length: 4\r\n\r\nab`);
      return socket;
    };
    const [own, short] = [begin("/own"), begin("/short")];
    let answer = "";
    own.on("data", (part: Buffer) => {
      answer += part.toString();
    });
    short.resume();
    await new Promise((resolve) => short.once("close", resolve));
    own.write("cd");
    while (!answer.endsWith("abcd")) await new Promise((resolve) => void setImmediate(resolve));
    own.destroy();
    await app.close();
  });

  it("answers internal for anything unforeseen, and says neither there nor in the log what the error said", async () => {
    const lines: string[] = [];
    const app = await serve(async (scope) => {
      scope.get("/fails", { schema: { hide: true } }, async () => {
        throw new Error(canary, { cause: canary });
      });
    }, lines);
    const answer = await app.inject({ method: "GET", url: `/fails?${canary}`, headers: { "x-canary": canary } });
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([500, "internal"]);
    expect(answer.body.includes(canary) || lines.join().includes(canary)).toBe(false);
    expect(lines.some((line) => line.includes('"event":"failure"') && line.includes("server.test.ts"))).toBe(true);
    await app.close();
  });

  it("takes a QUERY without a type for malformed, and for no failure of its own", async () => {
    const lines: string[] = [];
    const app = await serve(async () => {}, lines);
    await app.listen({ host: "127.0.0.1", port: 0 });
    const address = app.server.address();
    const origin = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
    const { status } = await fetch(`${origin}/anything`, { method: "QUERY" });
    expect([status, lines.filter((line) => line.includes('"level":"error"'))]).toEqual([400, []]);
    await app.close();
  });

  it("logs a failure after a body was read over a connection, and none where the caller went away before", async () => {
    const lines: string[] = [];
    const app = await serve(async (scope) => {
      scope.post("/fails", { schema: { hide: true } }, async () => {
        throw new Error(canary);
      });
    }, lines);
    await app.listen({ host: "127.0.0.1", port: 0 });
    const address = app.server.address();
    const port = typeof address === "object" ? (address?.port ?? 0) : 0;
    const head = "POST /fails HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{";
    const aborted = new Promise<void>((resolve) => {
      app.server.once("request", (request) => request.once("close", () => resolve()));
    });
    const socket = connect(port, "127.0.0.1", () => socket.write(head, () => socket.resetAndDestroy()));
    await aborted;
    const answer = await fetch(`http://127.0.0.1:${port}/fails`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    expect(answer.status).toBe(500);
    await app.close();
    const events = lines.map((line) => JSON.parse(line) as { event?: string; level: string });
    expect(events.filter(({ event }) => event === "aborted").map(({ level }) => level)).toEqual(["debug"]);
    expect(events.filter(({ event }) => event === "failure")).toHaveLength(1);
  });

  it("logs a request by its route, never by its URL", async () => {
    const lines: string[] = [];
    const app = await serve(async (scope) => {
      scope.get("/things/:thing", { schema: { hide: true } }, async () => "ok");
    }, lines);
    await app.inject({ method: "GET", url: `/things/${canary}?key=${canary}`, headers: { authorization: canary } });
    expect(lines.some((line) => line.includes('"route":"/things/:thing"'))).toBe(true);
    expect(lines.join().includes(canary)).toBe(false);
    await app.close();
  });

  it("answers a URL that cannot be decoded with malformed", async () => {
    const app = await serve(async () => {});
    const answer = await app.inject({ method: "GET", url: "/%zz" });
    expect(answer.json<{ code: string }>().code).toBe("malformed");
    await app.close();
  });
});
