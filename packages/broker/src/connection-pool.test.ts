import { once } from "node:events";
import type { TLSSocket } from "node:tls";
import { afterEach, describe, expect, test } from "vitest";
import { createTlsAuthority } from "../../../testing/tls-authority.ts";
import { callUpstream } from "./call-upstream.ts";
import {
  ask,
  authority,
  callTo,
  channel,
  closeUpstreamLab,
  ok,
  openPools,
  rawUpstream,
  requestsIn,
  turns,
} from "./upstream-lab.suite.ts";

afterEach(closeUpstreamLab);

async function gone(socket: TLSSocket | undefined): Promise<void> {
  if (socket?.destroyed === false) await once(socket, "close");
}

/** Answers each request with its number on its connection. */
const polite = (socket: TLSSocket, connection: number, heard: string): void =>
  void socket.write(ok(`${connection}.${requestsIn(heard)}`));

describe("a kept connection", () => {
  test("serves the next call, one call at a time", async () => {
    const { port, sockets } = await rawUpstream(polite);
    const pools = openPools();
    expect(await ask(pools, port)).toBe("0.1");
    await turns();
    expect(await ask(pools, port)).toBe("0.2");
    await turns();
    expect((await Promise.all([ask(pools, port), ask(pools, port)])).toSorted()).toEqual(["0.3", "1.1"]);
    expect(sockets).toHaveLength(2);
  });

  const another = createTlsAuthority({ name: "Another CA", nowMs: Date.now() });
  test.each([
    ["project", { project: "q" }],
    ["API", { api: "b" }],
    ["name", { host: "127.0.0.1" }],
    ["kind of channel", { channel: { ...channel, channel: "roots", roots: [authority.pem] } }],
    ["pins", { channel: { ...channel, channel: "pins", pins: [authority.spkiPin] } }],
    ["roots", { channel: { ...channel, channel: "roots", roots: [authority.pem, another.pem] } }],
    ["further authorities", { channel: { ...channel, furtherCas: [authority.pem, another.pem] } }],
    ["address", { peer: { address: "127.0.0.2", family: 4 } }],
  ] as const)("never serves a call with another %s", async (what, change) => {
    const { port, sockets } = await rawUpstream(polite);
    const pools = openPools();
    expect(await ask(pools, port)).toBe("0.1");
    await turns();
    const answer = await ask(pools, port, change);
    // The certificate is for `localhost`, nobody listens elsewhere; and a pin is proven by a connection more.
    if (what === "name") expect(answer).toBe("upstream_refused");
    else if (what === "address") expect(answer).toBe("upstream_unavailable");
    else expect(answer).toMatch(/^[12]\.1$/);
    expect(sockets[0]?.destroyed).toBe(false);
  });

  test("is not there for a channel that its peer does not prove", async () => {
    const { port } = await rawUpstream(polite);
    const pools = openPools();
    expect(await ask(pools, port)).toBe("0.1");
    const pins = { ...channel, channel: "pins", pins: [another.spkiPin] } as const;
    expect(await ask(pools, port, { channel: pins })).toBe("upstream_refused");
    expect(await ask(pools, port, { channel: { ...channel, furtherCas: [] } })).toBe("upstream_refused");
  });

  test("is closed after its idle time, whatever its peer says of it", async () => {
    const { port, sockets } = await rawUpstream((socket) =>
      socket.write("HTTP/1.1 200 OK\r\nkeep-alive: timeout=3600\r\ncontent-length: 2\r\n\r\nok"),
    );
    const pools = openPools({ idleMs: 50 });
    expect(await ask(pools, port)).toBe("ok");
    await gone(sockets[0]);
  });

  test("outlives the caller for whom it was made", async () => {
    const { port } = await rawUpstream(polite);
    const pools = openPools();
    const abort = new AbortController();
    expect(await ask(pools, port, { abort: abort.signal })).toBe("0.1");
    abort.abort();
    await turns();
    expect(await ask(pools, port)).toBe("0.2");
  });

  test.each([
    ["authorization", "NTLM TlRMTVNTUAAB"],
    ["authorization", "negotiate YIIG"],
    ["www-authenticate", "NTLM"],
    ["www-authenticate", "Basic, Negotiate oYG2"],
    ["persistent-auth", "true"],
  ])("is nobody else's where it may stand for who asked: %s: %s", async (name, value) => {
    const { port, sockets } = await rawUpstream((socket, connection) => {
      const said = name === "authorization" || connection > 0 ? "" : `\r\n${name}: ${value}`;
      socket.write(`HTTP/1.1 200 OK${said}\r\ncontent-length: 1\r\n\r\n${connection}`);
    });
    const pools = openPools();
    expect(await ask(pools, port, name === "authorization" ? { headers: [[name, value]] } : {})).toBe("0");
    await turns();
    expect([await ask(pools, port), sockets.length]).toEqual(["1", 2]);
  });
});

describe("what an upstream says beyond its answer", () => {
  const smuggled = ok("smuggled");
  test.each([
    ["at once", ok("first") + smuggled],
    ["after the answer to HEAD", `HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\nsmuggled${smuggled}`, "HEAD"],
    ["after an answer without a body", `HTTP/1.1 204 No Content\r\n\r\n${smuggled}`],
    ["in the body of an answer that has none", `HTTP/1.1 304 Not Modified\r\ncontent-length: 8\r\n\r\n${smuggled}`],
    ["after the last chunk", `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n0\r\n\r\n${smuggled}`],
    [
      "in trailers",
      `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n0\r\nx-a: b\r\n\r\n${smuggled}`,
    ],
  ])("reaches nobody: %s", async (_, bytes, method = "GET") => {
    const { port, sockets } = await rawUpstream((socket, connection) =>
      socket.write(connection === 0 ? bytes : ok("own")),
    );
    // One connection: whoever waits for it is the one who would be told.
    const pools = openPools({ connectionsPerPool: 1 });
    const first = ask(pools, port, { method });
    const second = ask(pools, port);
    expect(await first).toMatch(/^(?:first)?$/);
    expect(await second).toBe("own");
    expect(sockets).toHaveLength(2);
    expect(await ask(pools, port)).toBe("own");
  });

  test("reaches nobody: while the connection is idle", async () => {
    const { port, sockets } = await rawUpstream((socket, connection) => socket.write(ok(`${connection}`)));
    const pools = openPools({ connectionsPerPool: 1 });
    expect(await ask(pools, port)).toBe("0");
    const [first] = sockets;
    first?.write(smuggled);
    await gone(first);
    expect(await ask(pools, port)).toBe("1");
  });

  test("reaches nobody: the rest of a body longer than was said", async () => {
    const { port } = await rawUpstream((socket, connection) =>
      socket.write(
        connection === 0 ? `HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nfirstHTTP/1.1 200 OK\r\n\r\n` : ok("own"),
      ),
    );
    const pools = openPools({ connectionsPerPool: 1 });
    expect(await Promise.all([ask(pools, port), ask(pools, port)])).toEqual(["first", "own"]);
  });

  test("is never taken for the answer to a call whose answer fell short", async () => {
    const { port } = await rawUpstream((socket, connection) => {
      if (connection > 0) socket.write(ok("own"));
      else socket.end("HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\nfirst");
    });
    const pools = openPools({ connectionsPerPool: 1 });
    expect(await Promise.all([ask(pools, port), ask(pools, port)])).toEqual(["cut", "own"]);
  });
});

describe("an answer in pieces of its own", () => {
  test("may have informational ones before it, which are nobody's", async () => {
    const early = "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n";
    const { port } = await rawUpstream((socket) => socket.write(early.repeat(20) + ok("own")));
    const called = await callUpstream(openPools(), callTo(port));
    expect(called).toMatchObject({ ok: true, answer: { status: 200, headers: { "content-length": "3" } } });
    expect(called.ok && Object.keys(called.answer.headers)).toEqual(["content-length"]);
  });

  test("is broken off where it says nothing for too long within its body", async () => {
    const { port, sockets } = await rawUpstream((socket) =>
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf"),
    );
    const limits = { ...callTo(port).limits, idleMs: 50 };
    expect(await ask(openPools(), port, { limits })).toBe("cut");
    await gone(sockets[0]);
  });

  test("never comes where informational ones do without an end", async () => {
    const { port } = await rawUpstream((socket) => {
      const more = (): void => {
        while (!socket.destroyed && socket.write("HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n".repeat(50)));
        if (!socket.destroyed) socket.once("drain", () => setImmediate(more));
      };
      more();
    });
    const limits = { ...callTo(port).limits, answerMs: 100 };
    expect(await ask(openPools(), port, { limits })).toBe("upstream_timeout");
  });

  test.each([
    ["continues what was not asked", "HTTP/1.1 100 Continue\r\n\r\n", "upstream_unavailable"],
    [
      "changes the protocol",
      "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
      "upstream_refused",
    ],
    [
      "has too many headers",
      `HTTP/1.1 200 OK\r\n${"a: b\r\n".repeat(300)}content-length: 0\r\n\r\n`,
      "upstream_unavailable",
    ],
    ["has headers too long", `HTTP/1.1 200 OK\r\na: ${"b".repeat(20_000)}\r\n\r\n`, "upstream_unavailable"],
    ["folds a header", "HTTP/1.1 200 OK\r\na: b\r\n c: d\r\ncontent-length: 2\r\n\r\nok", "upstream_unavailable"],
    [
      "has a length and chunks",
      "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
      "upstream_unavailable",
    ],
    ["has two lengths", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok", "upstream_unavailable"],
    ["has a bare line feed in its chunks", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\nok\n0\n\n", "cut"],
  ])("is refused, and its connection with it, where it %s", async (_, bytes, expected) => {
    const { port, sockets } = await rawUpstream((socket, connection) =>
      socket.write(connection === 0 ? bytes : ok("own")),
    );
    const pools = openPools({ connectionsPerPool: 1 });
    expect(await Promise.all([ask(pools, port), ask(pools, port)])).toEqual([expected, "own"]);
    expect(sockets[0]?.destroyed).toBe(true);
  });
});

describe("a kept connection that its upstream closed", () => {
  /** Answers the first request on the first connection, and closes on the second one. */
  const closing = (socket: TLSSocket, connection: number, heard: string): void => {
    if (connection === 0 && requestsIn(heard) === 1) socket.write(ok("0"));
    else if (connection === 0) socket.destroy();
    else socket.write(ok("again"));
  };

  test.each(["GET", "HEAD", "OPTIONS"])("has a %s sent once more, over a new one", async (method) => {
    const { port, sockets, heard } = await rawUpstream((socket, connection, text) => {
      if (method !== "HEAD" || connection === 0) return closing(socket, connection, text);
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n");
    });
    const pools = openPools();
    expect(await ask(pools, port)).toBe("0");
    await turns();
    expect(await ask(pools, port, { method })).toBe(method === "HEAD" ? "" : "again");
    expect([sockets.length, requestsIn(heard[1] ?? "")]).toEqual([2, 1]);
  });

  test.each([
    ["POST", null],
    ["PUT", Buffer.from("x")],
    ["DELETE", null],
    ["GET", Buffer.from("x")],
  ])("never has a %s repeated that may have been done, or whose body is gone", async (method, body) => {
    const { port, sockets } = await rawUpstream(closing);
    const pools = openPools();
    expect(await ask(pools, port)).toBe("0");
    await turns();
    expect(await ask(pools, port, { method, body, length: body?.length ?? null })).toBe("upstream_unavailable");
    expect(sockets).toHaveLength(1);
  });

  test("is tried no third time", async () => {
    const { port, sockets } = await rawUpstream((socket, connection, heard) => {
      if (connection === 0 && requestsIn(heard) === 1) socket.write(ok("0"));
      else socket.destroy();
    });
    const pools = openPools();
    expect(await ask(pools, port)).toBe("0");
    await turns();
    expect(await ask(pools, port)).toBe("upstream_unavailable");
    expect(sockets).toHaveLength(2);
  });

  test("is no excuse for one that was new", async () => {
    const { port, sockets } = await rawUpstream((socket) => socket.destroy());
    expect(await ask(openPools(), port)).toBe("upstream_unavailable");
    expect(sockets).toHaveLength(1);
  });

  test("is none for one whose answer had begun", async () => {
    const { port, sockets } = await rawUpstream((socket, _connection, heard) => {
      if (requestsIn(heard) === 1) socket.write(ok("0"));
      else socket.end("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf");
    });
    const pools = openPools();
    expect(await ask(pools, port)).toBe("0");
    await turns();
    expect(await ask(pools, port)).toBe("cut");
    expect(sockets).toHaveLength(1);
  });
});

describe("pools", () => {
  test("have so many connections, and let further calls wait", async () => {
    const waiting: TLSSocket[] = [];
    const { port, sockets } = await rawUpstream((socket) => void waiting.push(socket));
    const pools = openPools({ connectionsPerPool: 2 });
    const answers = [1, 2, 3, 4].map(() => ask(pools, port));
    while (waiting.length < 2) await turns(1);
    await turns();
    expect([waiting.length, sockets.length]).toEqual([2, 2]);
    waiting.splice(0).forEach((socket) => void socket.write(ok("1")));
    while (waiting.length < 2) await turns(1);
    waiting.splice(0).forEach((socket) => void socket.write(ok("2")));
    expect((await Promise.all(answers)).toSorted()).toEqual(["1", "1", "2", "2"]);
    expect(sockets).toHaveLength(2);
  });

  test("give up a call that waits too long, or whose caller goes", async () => {
    const { port } = await rawUpstream(() => {});
    const pools = openPools({ connectionsPerPool: 1 });
    const limits = { ...callTo(port).limits, connectMs: 50 };
    const first = ask(pools, port);
    const abort = new AbortController();
    const gone = ask(pools, port, { abort: abort.signal });
    expect(await ask(pools, port, { limits })).toBe("upstream_timeout");
    abort.abort();
    expect(await gone).toBe("upstream_unavailable");
    expect(await first).toBe("upstream_timeout");
  });

  test("are so many, and the one asked longest ago closes what is idle in it and lets the rest end", async () => {
    const { port, sockets } = await rawUpstream((socket, _connection, heard) => {
      if (!heard.includes("/slow")) socket.write(ok("ok"));
    });
    const pools = openPools({ pools: 2 });
    const slow = ask(pools, port, { api: "1", target: "/slow" });
    while (sockets.length < 1) await turns(1);
    expect(await ask(pools, port, { api: "1" })).toBe("ok");
    expect(await ask(pools, port, { api: "2" })).toBe("ok");
    await turns();
    expect(await ask(pools, port, { api: "3" })).toBe("ok");
    await gone(sockets[1]);
    expect(sockets.map(({ destroyed }) => destroyed)).toEqual([false, true, false, false]);
    sockets[0]?.write(ok("late"));
    expect(await slow).toBe("late");
    await gone(sockets[0]);
  });

  test("end idle connections at once when they close, and the others with what is under way", async () => {
    const { port, sockets } = await rawUpstream((socket, _connection, heard) => {
      if (!heard.includes("/slow")) socket.write(ok("ok"));
    });
    const pools = openPools();
    const slow = ask(pools, port, { target: "/slow" });
    while (sockets.length < 1) await turns(1);
    expect(await ask(pools, port)).toBe("ok");
    await turns();
    pools.close();
    await gone(sockets[1]);
    expect(await ask(pools, port)).toBe("upstream_unavailable");
    sockets[0]?.write(ok("late"));
    expect(await slow).toBe("late");
    await gone(sockets[0]);
    expect(sockets).toHaveLength(2);
  });

  test("lose the connection of a caller who goes within an answer, and no other", async () => {
    const { port, sockets } = await rawUpstream((socket) =>
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf"),
    );
    const pools = openPools();
    const abort = new AbortController();
    const called = await callUpstream(pools, callTo(port, { abort: abort.signal }));
    const other = await callUpstream(pools, callTo(port));
    abort.abort();
    await gone(sockets[0]);
    expect([called.ok, other.ok, sockets[1]?.destroyed]).toEqual([true, true, false]);
  });
});
