import { once } from "node:events";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  call,
  closeBrokerLab,
  openBrokerLab,
  placeholder,
  project,
  resetBrokerLab,
  secret,
  state,
} from "../broker-lab.suite.ts";
import {
  conversation,
  offered,
  open,
  opened,
  refused,
  serveUpstream,
  sideOf,
  untilNothingIsLeft,
} from "./socket-lab.suite.ts";

beforeAll(openBrokerLab);
afterAll(closeBrokerLab);
beforeEach(resetBrokerLab);
afterEach(untilNothingIsLeft);

const stars = "*".repeat(secret.length);

describe("a brokered WebSocket", () => {
  it("opens at the upstream with the value filled in, and with nothing of the broker's or of the caller's browser", async () => {
    const { caller } = await conversation({
      protocols: ["chat", "v2"],
      also: {
        "x-app": "mine",
        origin: "https://app.example",
        cookie: "a=b",
        "x-forwarded-for": "1.2.3.4",
        "user-agent": "app",
      },
    });
    expect(caller.protocol).toBe("chat");
    const [seen] = state.seen;
    expect(seen?.target).toBe(`/v1/live?api_key=${encodeURIComponent(secret)}`);
    expect(seen?.headers).toEqual({
      host: expect.stringMatching(/^localhost:\d+$/) as string,
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-key": expect.any(String) as string,
      "sec-websocket-version": "13",
      "sec-websocket-protocol": "chat,v2",
      "x-app": "mine",
      "user-agent": "app",
    });
    caller.socket.close();
    await caller.closed;
    expect(state.events).toEqual([
      {
        event: "brokered",
        project,
        api: "photos",
        instance: expect.any(String) as string,
        method: "GET",
        code: null,
        upstreamStatus: 101,
        secrets: ["photo-key"],
      },
    ]);
  });

  it.each([
    ["a header", "/v1/live", { "x-key": placeholder }, "x-key", secret],
    ["a Bearer header", "/v1/live", { authorization: `Bearer ${placeholder}` }, "authorization", `Bearer ${secret}`],
    [
      "Basic",
      "/v1/live",
      { authorization: `Basic ${Buffer.from(`u:${placeholder}`).toString("base64")}` },
      "authorization",
      `Basic ${Buffer.from(`u:${secret}`).toString("base64")}`,
    ],
  ])("fills a place in %s", async (_name, path, also, name, expected) => {
    const { caller } = await conversation({ target: `/b/${project}/photos${path}`, also });
    expect(state.seen[0]?.headers[name]).toBe(expected);
    caller.socket.close();
    await caller.closed;
  });

  it("fills a place in a segment of the path", async () => {
    state.value = "value of a segment";
    const { caller } = await conversation({ target: `/b/${project}/photos/v1/of/${placeholder}/live` });
    expect(state.seen[0]?.target).toBe("/v1/of/value%20of%20a%20segment/live");
    caller.socket.close();
    await caller.closed;
  });

  it("carries messages of both kinds both ways in their order, those of the upstream masked to their length", async () => {
    const { caller, upstream } = await conversation();
    caller.send(`up ${secret}`);
    caller.send(Buffer.from([0, 255, 1]));
    expect(await upstream.next()).toBe(`up ${secret}`);
    expect(await upstream.next()).toEqual(Buffer.from([0, 255, 1]));
    upstream.send(`ä ${secret} and ${encodeURIComponent(secret)} ß`);
    upstream.send(Buffer.concat([Buffer.from([0, 200]), Buffer.from(secret), Buffer.from([7])]));
    upstream.send("");
    expect(await caller.next()).toBe(`ä ${stars} and ${"*".repeat(encodeURIComponent(secret).length)} ß`);
    expect(await caller.next()).toEqual(Buffer.concat([Buffer.from([0, 200]), Buffer.from(stars), Buffer.from([7])]));
    expect(await caller.next()).toBe("");
    caller.socket.close(4001, "thanks");
    expect([await upstream.closed, await caller.closed]).toEqual([
      { code: 4001, reason: "thanks" },
      { code: 4001, reason: "thanks" },
    ]);
  });

  it("hands on what the upstream says at once", async () => {
    serveUpstream((side) => side.send("welcome"));
    const caller = await opened();
    expect(await caller.next()).toBe("welcome");
    caller.socket.close();
    await caller.closed;
  });

  it.each([
    ["the app offered none", [] as string[], "countersign"],
    ["the upstream took the app's", ["chat"], "chat"],
  ])("names a subprotocol that was offered, as browsers demand, where %s", async (_name, protocols, named) => {
    const { caller } = await conversation({ protocols });
    expect(caller.protocol).toBe(named);
    caller.socket.close();
    await caller.closed;
  });

  it.each([
    [
      "a code and a reason",
      (socket: { close: (code?: number, reason?: string) => void }) => socket.close(3500, "x"),
      3500,
      "x",
    ],
    ["no code", (socket: { close: (code?: number, reason?: string) => void }) => socket.close(), 1005, ""],
  ])("tells each side how the other closed: with %s", async (_name, close, code, reason) => {
    for (const first of ["caller", "upstream"] as const) {
      const both = await conversation();
      const second = first === "caller" ? "upstream" : "caller";
      close(both[first].socket);
      expect(await both[second].closed).toEqual({ code, reason });
      await both[first].closed;
    }
  });

  it("answers pings hop by hop", async () => {
    const { caller, upstream } = await conversation();
    for (const { socket } of [caller, upstream]) {
      socket.ping("here");
      const [data] = (await once(socket, "pong")) as [Buffer];
      // The broker's own pings are answered too; theirs carry nothing.
      expect(["here", ""]).toContain(String(data));
    }
    caller.socket.close();
    await caller.closed;
  });

  it("holds a place among the sockets for as long as it is open, and none among the calls", async () => {
    const first = await conversation();
    const second = await conversation();
    expect(await refused()).toBe("slow_down");
    expect((await call()).text).toBe("ok");
    first.caller.socket.close();
    await first.upstream.closed;
    const third = await conversation();
    for (const { caller } of [second, third]) {
      caller.socket.close();
      await caller.closed;
    }
  });

  it("ends both sides with 1001 when the service ends, and takes no more", async () => {
    const lab = await import("../broker-lab.suite.ts");
    lab.closeBrokerLab();
    await lab.openBrokerLab();
    const { caller, upstream } = await conversation();
    const closing = lab.broker.closeSockets();
    expect(await refused()).toBe("unavailable");
    await closing;
    expect([await caller.closed, await upstream.closed]).toEqual([
      { code: 1001, reason: "" },
      { code: 1001, reason: "" },
    ]);
    lab.closeBrokerLab();
    await lab.openBrokerLab();
  });
});

describe("two hundred sockets, one after another", () => {
  const timers = (): number => process.getActiveResourcesInfo().filter((each) => each === "Timeout").length;
  const endings: readonly ((both: Awaited<ReturnType<typeof conversation>>) => void)[] = [
    ({ caller }) => caller.socket.close(),
    ({ caller }) => caller.socket.terminate(),
    ({ upstream }) => upstream.socket.close(1011),
    ({ upstream }) => upstream.socket.terminate(),
  ];

  it("leave neither connections, places in work nor timers, however they end", async () => {
    const before = timers();
    for (let opened = 0; opened < 200; opened += 1) {
      const both = await conversation();
      endings[opened % endings.length]?.(both);
      await Promise.all([both.caller.closed, both.upstream.closed]);
    }
    await untilNothingIsLeft();
    // The servers' own, at most.
    expect(timers()).toBeLessThanOrEqual(before + 4);
  });
});

describe("while it is open", () => {
  it("a ban ends it with 1008, before the next message of either side goes on", async () => {
    for (const from of ["caller", "upstream"] as const) {
      const both = await conversation();
      state.banned = true;
      both[from].send("after the ban");
      expect(await both.caller.closed).toEqual({ code: 1008, reason: "" });
      expect(await both.upstream.closed).toEqual({ code: 1001, reason: "" });
      const heard = both[from === "caller" ? "upstream" : "caller"].next();
      expect(await Promise.race([heard, Promise.resolve("nothing")])).toBe("nothing");
      state.banned = false;
    }
  });

  it("a ban ends a silent one at the next look", async () => {
    const { caller } = await conversation();
    state.banned = true;
    expect(await caller.closed).toEqual({ code: 1008, reason: "" });
  });

  it.each([
    ["another version of the value", 2],
    ["a secret that this app is not given any more", null],
  ])("%s ends it with 1012, so that the app comes again", async (_name, version) => {
    const { caller, upstream } = await conversation();
    state.version = version;
    expect(await caller.closed).toEqual({ code: 1012, reason: "" });
    expect(await upstream.closed).toEqual({ code: 1001, reason: "" });
  });

  it.each([
    ["who is banned", "banned"],
    ["for versions", "version"],
  ] as const)("a broker that cannot ask %s any more ends it", async (_name, member) => {
    const { caller } = await conversation();
    const kept = state[member];
    Object.defineProperty(state, member, {
      configurable: true,
      get: () => {
        throw new Error("away");
      },
    });
    expect(await caller.closed).toEqual({ code: 1012, reason: "" });
    Object.defineProperty(state, member, { configurable: true, writable: true, value: kept });
  });

  it("one whose question for versions is not answered until the next ends it", async () => {
    const { caller } = await conversation();
    state.version = new Promise(() => {}) as never;
    expect(await caller.closed).toEqual({ code: 1012, reason: "" });
  });

  it("silence ends it after its limit, and messages put that off", async () => {
    const busy = await conversation();
    busy.upstream.socket.on("message", (data: Buffer) => busy.upstream.send(data));
    const silent = await conversation();
    const beat = setInterval(() => busy.caller.send("still here"), 100);
    expect(await Promise.all([silent.caller.closed, silent.upstream.closed])).toEqual([
      { code: 1001, reason: "" },
      { code: 1001, reason: "" },
    ]);
    clearInterval(beat);
    expect(busy.caller.socket.readyState).toBe(busy.caller.socket.OPEN);
    busy.caller.socket.close();
    await busy.caller.closed;
  });

  it("it ends at its largest age, however busy", async () => {
    const { caller, upstream } = await conversation();
    upstream.socket.on("message", (data: Buffer) => upstream.send(data));
    caller.socket.on("message", () => setTimeout(() => caller.socket.readyState === 1 && caller.send("again"), 20));
    caller.send("first");
    expect(await caller.closed).toEqual({ code: 1001, reason: "" });
  });
});

describe("a decoy's", () => {
  const decoys = {
    answerOf: () => ({ status: 200, contentType: "text/plain", body: "", delayMs: 70 }),
    canaryOf: () => "canary-value",
  };

  it("opens after a pause, takes what is said, and ends as a silent API's would; nothing is revealed or sent", async () => {
    state.decoyPass = true;
    state.decoys = decoys;
    const caller = await opened({ protocols: ["chat"] });
    expect([caller.protocol, state.pauses]).toEqual(["chat", [70]]);
    caller.send("is anybody there");
    expect(await caller.closed).toEqual({ code: 1001, reason: "" });
    expect([state.seen, state.revealed, state.sockets.size]).toEqual([[], 0, 0]);
    expect(state.events).toMatchObject([{ event: "brokered_decoy", code: null, secrets: ["photo-key"] }]);
  });

  it("ends as a genuine one when the value is changed", async () => {
    state.decoyPass = true;
    state.decoys = decoys;
    const caller = await opened();
    state.version = 2;
    expect(await caller.closed).toEqual({ code: 1012, reason: "" });
  });

  it("is refused as an API refuses an opening, after its pause, where it is said to answer with no success", async () => {
    state.decoyPass = true;
    state.decoys = { ...decoys, answerOf: () => ({ status: 429, contentType: "text/plain", body: "", delayMs: 50 }) };
    expect([await refused(), state.pauses]).toEqual(["upstream_refused", [50]]);
    expect([state.seen, state.revealed]).toEqual([[], 0]);
    expect(state.events).toMatchObject([{ event: "brokered_decoy", code: "upstream_refused" }]);
  });

  it("is refused where a genuine one could not be filled", async () => {
    state.decoyPass = true;
    state.decoys = { ...decoys, canaryOf: () => null };
    expect(await refused()).toBe("unavailable");
    state.decoys = { ...decoys, canaryOf: () => "two\nlines" };
    expect(await refused({ target: `/b/${project}/photos/v1/live`, also: { "x-key": placeholder } })).toBe(
      "place_refused",
    );
  });

  it("follows a ban unseen: the open socket ends as after a change, the next is a decoy's", async () => {
    const { caller } = await conversation();
    state.decoys = decoys;
    state.banned = true;
    expect(await caller.closed).toEqual({ code: 1012, reason: "" });
    state.seen = [];
    const next = await opened();
    next.socket.close();
    await next.closed;
    expect(state.seen).toEqual([]);
  });

  it("ends where the project has decoys no more", async () => {
    state.decoyPass = true;
    state.decoys = decoys;
    const caller = await opened();
    state.decoys = null;
    expect(await caller.closed).toEqual({ code: 1008, reason: "" });
  });
});

describe("an opening is judged as the GET it is", () => {
  it.each([
    ["a pass that is none", { pass: "bad-pass" }, "pass_invalid"],
    ["another key", { key: new Uint8Array(32) }, "signature_invalid"],
    [
      "a MAC over another target",
      { signedTarget: `/b/${project}/photos/v1/other?api_key=${placeholder}` },
      "signature_invalid",
    ],
    ["the session of another", { keyid: "another" }, "signature_invalid"],
    ["a MAC that is too old", { createdSeconds: Math.floor(Date.now() / 1000) - 3600 }, "signature_invalid"],
    ["an unknown API", { target: `/b/${project}/nowhere/v1/live?api_key=${placeholder}` }, "not_found"],
    ["no place", { target: `/b/${project}/photos/v1/live` }, "place_refused"],
    ["a path beside the place", { target: `/b/${project}/photos/live?api_key=${placeholder}` }, "place_refused"],
    [
      "a peer of another authority",
      { target: `/b/${project}/stranger/v1/live?api_key=${placeholder}` },
      "upstream_refused",
    ],
    ["a peer of another name", { target: `/b/${project}/misnamed/v1/live?api_key=${placeholder}` }, "upstream_refused"],
    [
      "a peer without its pin",
      { target: `/b/${project}/mispinned/v1/live?api_key=${placeholder}` },
      "upstream_refused",
    ],
  ])("refused with %s", async (_name, options, code) => {
    expect(await refused(options)).toBe(code);
    expect(state.seen).toEqual([]);
    expect(state.events).toMatchObject([{ event: "broker_refused", code }]);
  });

  it("refused after a ban, over its quota, over its budget, and where the memory of nonces is full", async () => {
    state.banned = true;
    expect(await refused()).toBe("pass_withdrawn");
    state.banned = false;
    state.within = false;
    expect(await refused()).toBe("slow_down");
    state.within = true;
    state.terms = { processor: null, budgets: [{ of: "instance", limit: 0, perCall: 1, windowSeconds: 60 }] };
    expect(await refused()).toBe("slow_down");
    state.terms = { processor: null, budgets: [] };
    state.ledgerFailure = Object.assign(new Error("full"), { code: "ledger_full" });
    expect(await refused()).toBe("unavailable");
    expect([state.seen, state.revealed]).toEqual([[], 0]);
  });

  it("opens a pinned peer", async () => {
    expect(await open({ target: `/b/${project}/pinned/v1/live?api_key=${placeholder}` })).toMatchObject({
      code: "upstream_refused",
    });
    expect(state.seen).toMatchObject([{ method: "GET" }]);
  });

  it("twice with the same MAC only once", async () => {
    const nonce = "the-same";
    const { caller } = await conversation({ nonce });
    expect(await refused({ nonce })).toBe("request_replayed");
    caller.socket.close();
    await caller.closed;
  });

  it("not with the MAC of a request, nor a request with its", async () => {
    const { origin } = await import("../broker-lab.suite.ts");
    expect(await refused({ signedOrigin: origin })).toBe("signature_invalid");
    const answer = await call({ signedOrigin: origin.replace(/^http/, "ws") });
    expect(answer.code).toBe("signature_invalid");
  });

  it("pass and MAC stand in the subprotocols alone: as headers they open nothing", async () => {
    const { sign, origin } = await import("../broker-lab.suite.ts");
    const { target } = await import("./socket-lab.suite.ts");
    const also = sign({ signedOrigin: origin.replace(/^http/, "ws") }, "GET", target);
    const { WebSocket } = await import("ws");
    const socket = new WebSocket(origin.replace(/^http/, "ws") + target, ["chat"], { headers: also });
    sideOf(socket);
    const [, response] = (await once(socket, "unexpected-response")) as [
      unknown,
      { statusCode: number; destroy(): void },
    ];
    expect(response.statusCode).toBe(401);
    response.destroy();
  });

  it("so many at once as the bound says, before anything is known of who asks", async () => {
    let answer = (_epochMs: number): void => {};
    state.epochMs = new Promise<number>((resolve) => {
      answer = resolve;
    }) as never;
    let waiting = 0;
    const asked = Array.from({ length: 9 }, async () => {
      waiting += 1;
      const code = await refused({ target: `/b/${project}/photos/v1/live` });
      waiting -= 1;
      return code;
    });
    expect(await Promise.race(asked)).toBe("unavailable");
    expect(waiting).toBe(8);
    answer(0);
    state.epochMs = 0;
    expect((await Promise.all(asked)).filter((code) => code === "unavailable")).toHaveLength(1);
    expect(await refused({ target: `/b/${project}/photos/v1/live` })).toBe("place_refused");
  });

  it("nothing of pass or MAC is in what is logged", async () => {
    const tokens = offered();
    await refused({ pass: "bad-pass" });
    const { caller } = await conversation();
    caller.socket.close();
    await caller.closed;
    const logged = JSON.stringify(state.events);
    for (const token of [...tokens, "good-pass", "bad-pass"]) expect(logged).not.toContain(token);
  });
});
