import { once } from "node:events";
import type { Duplex } from "node:stream";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  closeBrokerLab,
  openBrokerLab,
  placeholder,
  project,
  resetBrokerLab,
  secret,
  state,
} from "../broker-lab.suite.ts";
import {
  answerByHand,
  callByHand,
  conversation,
  frame,
  type OpenOptions,
  offered,
  open,
  opened,
  openingText,
  refused,
  type Side,
  serveUpstream,
  switching,
  target,
  untilNothingIsLeft,
} from "./socket-lab.suite.ts";

beforeAll(openBrokerLab);
afterAll(closeBrokerLab);
beforeEach(resetBrokerLab);
// Whatever happened: every connection of both sides is gone, and a caller may have as many calls in work as before.
afterEach(async () => {
  await untilNothingIsLeft();
  resetBrokerLab();
  for (const both of [await conversation(), await conversation()]) both.caller.socket.terminate();
  await untilNothingIsLeft();
});

const stars = "*".repeat(secret.length);
const [text, binary, closing, ping, pong] = [1, 2, 8, 9, 10];
const code = (number: number, reason = ""): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(number);
  return Buffer.concat([bytes, Buffer.from(reason)]);
};

/** Sends as fast as it goes until the socket is closed. Gives how many bytes that were. */
function sendForever({ socket }: Side): () => number {
  const piece = Buffer.alloc(50_000);
  let written = 0;
  const more = (): void => {
    if (socket.readyState !== socket.OPEN) return;
    written += piece.length;
    socket.send(piece, more);
  };
  more();
  return () => written;
}

/** Writes until nobody takes it any more. */
function forever(socket: Duplex, piece: Buffer): void {
  socket.on("error", () => {});
  const pieces = Buffer.concat(Array.from({ length: 1000 }, () => piece));
  const more = (): void => {
    while (socket.writable && socket.write(pieces));
    if (socket.writable) socket.once("drain", more);
  };
  more();
}

describe("an opening that is none", () => {
  const openings: readonly (readonly [string, Parameters<typeof openingText>[0], string])[] = [
    ["another method", { method: "POST" }, "malformed"],
    ["no key", { without: ["sec-websocket-key"], lines: ["sec-websocket-key: "] }, "malformed"],
    ["a key that is too short", { without: ["sec-websocket-key"], lines: ["sec-websocket-key: AAAA"] }, "malformed"],
    ["two keys", { lines: ["sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=="] }, "malformed"],
    ["an old version", { without: ["sec-websocket-version"], lines: ["sec-websocket-version: 8"] }, "malformed"],
    ["no version", { without: ["sec-websocket-version"] }, "malformed"],
    ["a length", { lines: ["content-length: 0"] }, "malformed"],
    ["another protocol", { without: ["upgrade"], lines: ["upgrade: h2c"] }, "malformed"],
    ["two protocols", { lines: ["upgrade: h2c"] }, "malformed"],
    ["no subprotocols", { without: ["sec-websocket-protocol"] }, "pass_invalid"],
    [
      "subprotocols without a pass",
      { without: ["sec-websocket-protocol"], lines: ["sec-websocket-protocol: chat"] },
      "pass_invalid",
    ],
    ["a second pass", { lines: ["sec-websocket-protocol: countersign, countersign.YQpiCmM"] }, "pass_invalid"],
    ["dots in the path", { target: `/b/${project}/photos/v1/%2e%2e/live?api_key=${placeholder}` }, "target_refused"],
    ["a fragment", { target: `${target}#x` }, "target_refused"],
    ["another authority", { target: `/b/${project}/photos@evil.example/v1/live?api_key=${placeholder}` }, "not_found"],
    ["a port", { target: `/b/${project}/photos/:22/v1/live?api_key=${placeholder}` }, "place_refused"],
  ];

  it.each(openings)("is refused and ends its connection: %s", async (_name, options, expected) => {
    const { all } = callByHand(openingText(options));
    const answer = await all();
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d [\s\S]*connection: close[\s\S]*"code":"/);
    expect(answer).toContain(`"code":"${expected}"`);
    expect(answer).not.toContain(secret);
    expect([state.seen, state.revealed, state.sockets.size]).toEqual([[], 0, 0]);
  });

  it("brings no second request behind it", async () => {
    const smuggled = `GET /b/${project}/photos/v1/list HTTP/1.1\r\nhost: x\r\n\r\n`;
    const answer = await callByHand(openingText({ pass: "bad-pass" }) + smuggled).all();
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  it("brings no frames before it is answered", async () => {
    const answer = await callByHand(
      Buffer.concat([Buffer.from(openingText()), frame(text, "early", { masked: true })]),
    ).all();
    expect(answer).toContain('"code":"malformed"');
    expect([state.seen, state.revealed]).toEqual([[], 0]);
  });

  it("nor while the upstream is waited for", async () => {
    let hasOpened = (): void => {};
    const asked = new Promise<void>((resolve) => {
      hasOpened = resolve;
    });
    answerByHand(() => hasOpened());
    const { socket, all } = callByHand(openingText());
    await asked;
    socket.write(frame(text, "early", { masked: true }));
    expect(await all()).toContain('"code":"malformed"');
  });

  it("with an extension gets none", async () => {
    const { caller } = await conversation();
    expect(caller.socket.extensions).toBe("");
    expect(state.seen[0]?.headers["sec-websocket-extensions"]).toBeUndefined();
    caller.socket.terminate();
  });

  it("is not held beyond the bound of those in work, and not for long", async () => {
    state.upgrade = () => {};
    expect(await refused()).toBe("upstream_timeout");
    expect(state.events).toMatchObject([{ code: "upstream_timeout" }]);
  });

  it("replayed while the first is on its way opens once", async () => {
    const nonce = "once-only";
    const [one, other] = await Promise.all([open({ nonce }), open({ nonce })]);
    for (const each of [one, other]) if (!("status" in each)) each.socket.terminate();
    expect([one, other].filter((each) => "code" in each && each.code === "request_replayed")).toHaveLength(1);
  });

  it.each([
    ["a metadata service", "169.254.169.254"],
    ["a private network", "10.0.0.7"],
    ["loopback in IPv6", "::1"],
    ["a mapped address", "::ffff:127.0.0.1"],
  ])("to a name that leads to %s reaches nobody", async (_name, address) => {
    state.allowPrivate = false;
    state.resolve = async () => [{ address, family: address.includes(":") ? 6 : 4 }];
    expect(await refused()).toBe("upstream_refused");
    expect([state.seen, state.revealed, state.sockets.size]).toEqual([[], 0, 0]);
  });
});

describe("an upstream's handshake", () => {
  const answers: readonly (readonly [string, (socket: Duplex, accept: string) => void, OpenOptions?])[] = [
    [
      "a 101 without an accept key",
      (socket) => void socket.write(switching("").replace(/sec-websocket-accept.*\r\n/, "")),
    ],
    ["a wrong accept key", (socket) => void socket.write(switching("AAAAAAAAAAAAAAAAAAAAAAAAAAA="))],
    [
      "another protocol",
      (socket, accept) => void socket.write(switching(accept).replace("upgrade: websocket", "upgrade: h2c")),
    ],
    [
      "an extension nobody offered",
      (socket, accept) => void socket.write(switching(accept, "sec-websocket-extensions: permessage-deflate")),
    ],
    [
      "a subprotocol nobody offered",
      (socket, accept) => void socket.write(switching(accept, "sec-websocket-protocol: chat")),
    ],
    [
      "a subprotocol of the broker's",
      (socket, accept) => void socket.write(switching(accept, "sec-websocket-protocol: countersign")),
    ],
    ["none of the subprotocols", (socket, accept) => void socket.write(switching(accept)), { protocols: ["chat"] }],
    [
      "another of the subprotocols' names",
      (socket, accept) => void socket.write(switching(accept, "sec-websocket-protocol: Chat")),
      { protocols: ["chat"] },
    ],
    [
      "a redirect",
      (socket) => void socket.write("HTTP/1.1 302 Found\r\nlocation: wss://evil.example/\r\ncontent-length: 0\r\n\r\n"),
    ],
    [
      "a page that holds the value",
      (socket) =>
        void socket.write(
          `HTTP/1.1 403 Forbidden\r\nx-key: ${secret}\r\ncontent-length: ${secret.length}\r\n\r\n${secret}`,
        ),
    ],
    [
      "a page that never ends",
      (socket) => {
        socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
        forever(socket, Buffer.from("4\r\nmore\r\n"));
      },
    ],
    [
      "a message before the 101",
      (socket, accept) => void socket.write(Buffer.concat([frame(text, "first"), Buffer.from(switching(accept))])),
    ],
    [
      "headers without an end",
      (socket) => {
        socket.write("HTTP/1.1 101 Switching Protocols\r\n");
        forever(socket, Buffer.from("x-more: more\r\n"));
      },
    ],
    ["nothing but its end", (socket) => void socket.end()],
    ["a reset", (socket) => void socket.destroy()],
    ["another protocol altogether", (socket) => void socket.write("SSH-2.0-OpenSSH_9.9\r\n")],
  ];

  it.each(answers.map(([name, answer, options = {}]) => ({ name, answer, options })))(
    "opens nothing with $name",
    async ({ answer, options }) => {
      answerByHand(answer);
      const answered = await open(options);
      expect(answered).toMatchObject({
        status: 502,
        code: expect.stringMatching(/^upstream_(?:refused|unavailable)$/) as string,
      });
      expect(state.seen).toHaveLength(1);
    },
  );

  it("hands on nothing of its headers, whatever they hold", async () => {
    answerByHand((socket, accept) => {
      socket.write(
        switching(
          accept,
          `x-key: ${secret}`,
          `${Buffer.from(secret).toString("hex")}: 1`,
          "set-cookie: a=b",
          "location: /",
        ),
      );
    });
    const { socket, all } = callByHand(openingText());
    await once(socket, "readable").catch(() => {});
    state.banned = true;
    const head = (await all()).split("\r\n\r\n")[0] ?? "";
    expect(
      head
        .toLowerCase()
        .split("\r\n")
        .map((line) => line.split(":")[0]),
    ).toEqual([
      "http/1.1 101 switching protocols",
      "upgrade",
      "connection",
      "sec-websocket-accept",
      "sec-websocket-protocol",
    ]);
  });

  it("that ends with the caller's going leaves nothing", async () => {
    let hasOpened = (): void => {};
    const asked = new Promise<void>((resolve) => {
      hasOpened = resolve;
    });
    answerByHand(() => hasOpened());
    const { socket, all } = callByHand(openingText());
    await asked;
    socket.destroy();
    await all();
    await untilNothingIsLeft();
    expect(state.events[0]?.code).toBe("upstream_unavailable");
  });
});

describe("an upstream that misbehaves", () => {
  /** What the caller's side ends with. */
  async function endAfter(
    then: (socket: Duplex) => void,
  ): Promise<{ code: number; reason: string; heard: readonly (string | Buffer)[] }> {
    const far = new Promise<Duplex>((resolve) => {
      answerByHand((socket, accept) => {
        socket.write(switching(accept));
        resolve(socket);
      });
    });
    const caller = await opened();
    then(await far);
    return { ...(await caller.closed), heard: caller.heard };
  }

  const faults: readonly (readonly [string, (socket: Duplex) => void])[] = [
    ["masks its frames", (socket) => void socket.write(frame(text, "masked", { masked: true }))],
    ["sets the bit of compression", (socket) => void socket.write(frame(text, "packed", { rsv: 4 }))],
    ["sets a reserved bit", (socket) => void socket.write(frame(text, "x", { rsv: 1 }))],
    ["uses a reserved opcode", (socket) => void socket.write(frame(3, "x"))],
    ["uses a reserved opcode of control", (socket) => void socket.write(frame(11, "x"))],
    ["fragments a ping", (socket) => void socket.write(frame(ping, "x", { fin: false }))],
    ["sends a ping too long", (socket) => void socket.write(frame(ping, Buffer.alloc(126)))],
    ["goes on with what never began", (socket) => void socket.write(frame(0, "x"))],
    [
      "begins within a message",
      (socket) => void socket.write(Buffer.concat([frame(text, "x", { fin: false }), frame(text, "y")])),
    ],
    ["sends a message too large", (socket) => void socket.write(frame(binary, Buffer.alloc(100_001)))],
    ["says a length beyond all", (socket) => void socket.write(frame(binary, "", { length: Number.MAX_SAFE_INTEGER }))],
    [
      "sends a message too large in pieces",
      (socket) => {
        socket.write(frame(binary, Buffer.alloc(60_000), { fin: false }));
        socket.write(frame(0, Buffer.alloc(60_000)));
      },
    ],
    [
      "fragments for ever",
      (socket) => {
        socket.write(frame(text, "x", { fin: false }));
        forever(socket, frame(0, "x", { fin: false }));
      },
    ],
    [
      "fragments for ever in empty frames",
      (socket) => {
        socket.write(frame(text, "", { fin: false }));
        forever(socket, frame(0, "", { fin: false }));
      },
    ],
    ["sends text that is not UTF-8", (socket) => void socket.write(frame(text, Buffer.from([0xff, 0xfe])))],
    ["closes with a code that may not be sent", (socket) => void socket.write(frame(closing, code(1006)))],
    ["closes with a code of one byte", (socket) => void socket.write(frame(closing, Buffer.from([3])))],
    ["closes with a code below all", (socket) => void socket.write(frame(closing, code(999)))],
    ["closes with a code that is nobody's", (socket) => void socket.write(frame(closing, code(2500)))],
    [
      "closes with a reason that is not UTF-8",
      (socket) => void socket.write(frame(closing, Buffer.concat([code(1000), Buffer.from([0xff])]))),
    ],
    ["floods with pings", (socket) => forever(socket, frame(ping, "x"))],
    ["floods with pongs", (socket) => forever(socket, frame(pong, "x"))],
    ["breaks off", (socket) => void socket.destroy()],
    ["ends without a closing frame", (socket) => void socket.end()],
  ];

  it.each(faults)("is cut off, and the caller told 1014, where it %s", async (_name, then) => {
    expect(await endAfter(then)).toEqual({ code: 1014, reason: "", heard: [] });
  });

  it("sends any bytes whatever is closed in order, and the value is not in what came of them", async () => {
    const bytes = fc.uint8Array({ maxLength: 300 }).map((each) => Buffer.from(each));
    const spoken = fc.oneof(
      bytes,
      fc
        .record({
          opcode: fc.integer({ min: 0, max: 15 }),
          payload: fc.oneof(bytes, fc.constant(Buffer.from(secret)), fc.constant(code(1000, secret))),
          fin: fc.boolean(),
          rsv: fc.constantFrom(0, 0, 0, 4),
          masked: fc.constantFrom(false, false, false, true),
        })
        .map(({ opcode, payload, ...more }) => frame(opcode, payload, more)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(spoken, { maxLength: 8 }), async (said) => {
        const end = await endAfter((socket) => void socket.end(Buffer.concat(said)));
        expect(end.code).toBeGreaterThanOrEqual(1000);
        expect(end.code).not.toBe(1006);
        expect([end.reason, ...end.heard.map(String)].join("\n")).not.toContain(secret);
      }),
      { numRuns: 150 },
    );
  });

  it("is cut off where it shows no sign of life", async () => {
    answerByHand((socket, accept) => void socket.write(switching(accept)));
    const caller = await opened();
    const stopped = setInterval(() => caller.socket.readyState === 1 && caller.send("still here"), 50);
    expect(await caller.closed).toEqual({ code: 1014, reason: "" });
    clearInterval(stopped);
  });

  it("cannot tell the value in the reason of its close", async () => {
    const end = await endAfter((socket) => void socket.write(frame(closing, code(4000, `key ${secret}`))));
    expect(end).toMatchObject({ code: 4000, reason: `key ${stars}` });
  });

  it("cannot tell the value in pieces of one message", async () => {
    const pieces = Array.from(secret, (character, at) =>
      frame(at === 0 ? text : 0, character, { fin: at === secret.length - 1 }),
    );
    const end = await endAfter((socket) => void socket.write(Buffer.concat([...pieces, frame(closing, code(1000))])));
    expect(end.heard).toEqual([stars]);
  });

  it.each([
    ["raw", secret],
    ["percent-encoded", encodeURIComponent(secret)],
    ["base64", Buffer.from(secret).toString("base64").replace(/=+$/, "")],
    ["base64url", Buffer.from(secret).toString("base64url")],
    ["hexadecimal", Buffer.from(secret).toString("hex")],
    ["JSON that escapes slashes", secret.replaceAll("/", "\\/")],
    ["HTML", secret.replaceAll("&", "&amp;")],
    ["UTF-16", Buffer.from(secret, "utf16le").toString("latin1")],
  ])("cannot tell the value in text or bytes: %s", async (_name, form) => {
    const message = Buffer.from(`{"echo":"${form}"}`);
    const both = Buffer.concat([frame(text, message), frame(binary, message), frame(closing, code(1000))]);
    const { heard } = await endAfter((socket) => void socket.write(both));
    expect(heard.map(String)).toEqual(Array.from({ length: 2 }, () => `{"echo":"${"*".repeat(form.length)}"}`));
  });

  it("that the caller does not keep up with is read no faster than it, and both are cut off", async () => {
    const far = new Promise<Side>((resolve) => serveUpstream(resolve));
    const { socket } = callByHand(openingText());
    const upstream = await far;
    const written = sendForever(upstream);
    // A side that reads late may miss the closing frame.
    expect([1001, 1006]).toContain((await upstream.closed).code);
    // What the systems between the three hold, and no more.
    expect(written()).toBeLessThan(40_000_000);
    socket.destroy();
  });
});

describe("a caller that misbehaves", () => {
  /** What the upstream heard, and how its side ended. */
  async function endAfter(then: (socket: Duplex) => void): Promise<{ code: number; heard: unknown[]; answer: string }> {
    const heard: unknown[] = [];
    const ended = new Promise<number>((resolve) => {
      serveUpstream((side) => {
        side.socket.on("message", (data: Buffer) => void heard.push(data.toString("utf8")));
        void side.closed.then(({ code: with_ }) => resolve(with_));
      });
    });
    const { socket } = callByHand(openingText());
    const parts: Buffer[] = [];
    socket.on("error", () => {});
    const gone = new Promise((resolve) => socket.once("close", resolve));
    await new Promise((resolve) => socket.on("data", (part: Buffer) => resolve(parts.push(part))));
    then(socket);
    const ending = await ended;
    socket.end();
    await gone;
    return { code: ending, heard, answer: Buffer.concat(parts).toString("latin1") };
  }

  const faults: readonly (readonly [string, (socket: Duplex) => void, number?])[] = [
    ["does not mask its frames", (socket) => void socket.write(frame(text, "bare")), 1002],
    [
      "sets the bit of compression",
      (socket) => void socket.write(frame(text, "packed", { rsv: 4, masked: true })),
      1002,
    ],
    ["uses a reserved opcode", (socket) => void socket.write(frame(5, "x", { masked: true })), 1002],
    [
      "sends a message too large",
      (socket) => void socket.write(frame(binary, Buffer.alloc(100_001), { masked: true })),
      1009,
    ],
    [
      "says a length beyond all",
      (socket) => void socket.write(frame(binary, "", { masked: true, length: 2 ** 52 })),
      1009,
    ],
    [
      "fragments for ever",
      (socket) => {
        socket.write(frame(text, "x", { fin: false, masked: true }));
        forever(socket, frame(0, "x", { fin: false, masked: true }));
      },
    ],
    [
      "sends text that is not UTF-8",
      (socket) => void socket.write(frame(text, Buffer.from([0xff]), { masked: true })),
      1007,
    ],
    [
      "closes with a code that may not be sent",
      (socket) => void socket.write(frame(closing, code(1005), { masked: true })),
      1002,
    ],
    ["floods with pings", (socket) => forever(socket, frame(ping, "x", { masked: true }))],
    ["floods with pongs", (socket) => forever(socket, frame(pong, "", { masked: true }))],
    ["speaks HTTP again", (socket) => void socket.write(`GET ${target} HTTP/1.1\r\nhost: x\r\n\r\n`), 1002],
    ["breaks off", (socket) => void socket.destroy()],
  ];

  it.each(faults.map(([name, misbehave, told]) => ({ name, misbehave, told })))(
    "is cut off, and nothing of it reaches the upstream, where it $name",
    async ({ misbehave, told }) => {
      const end = await endAfter(misbehave);
      expect([end.code, end.heard]).toEqual([1001, []]);
      if (told !== undefined) expect(end.answer).toContain(code(told).toString("latin1"));
    },
  );

  it("shows no sign of life is cut off", async () => {
    const { code: ended } = await endAfter(() => {});
    expect(ended).toBe(1001);
  });

  it("sends faster than the upstream takes is read no faster than it, and both are cut off", async () => {
    let far: Duplex | null = null;
    answerByHand((socket, accept) => {
      far = socket.pause();
      socket.write(switching(accept));
    });
    const caller = await opened();
    const written = sendForever(caller);
    expect([1001, 1006]).toContain((await caller.closed).code);
    expect(written()).toBeLessThan(40_000_000);
    (far as Duplex | null)?.resume();
  });

  it("guesses at the value learns nothing from what is echoed", async () => {
    const { caller, upstream } = await conversation();
    upstream.socket.on("message", (data, isBinary) => upstream.socket.send(data, { binary: isBinary }));
    for (const guess of ["k", "k3y", secret.slice(0, -1), `${secret.slice(0, -1)}?`]) {
      caller.send(guess);
      expect(await caller.next()).toBe(guess);
    }
    caller.socket.terminate();
  });

  it("offers its pass to the upstream in vain", async () => {
    const tokens = offered();
    const { caller } = await conversation({
      also: { "countersign-pass": "good-pass", signature: "x", "signature-input": "y" },
    });
    const seen = JSON.stringify(state.seen);
    for (const token of [...tokens, "good-pass", "countersign"]) expect(seen).not.toContain(token);
    caller.socket.terminate();
  });
});
