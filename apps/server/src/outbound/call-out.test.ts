import { createServer } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { grantToken, openVendorLab, type VendorLab } from "../domain/recipes/vendor-lab.suite.ts";
import { createCallOut } from "./call-out.ts";

let lab: VendorLab;
beforeAll(async () => {
  lab = await openVendorLab();
});
afterAll(() => lab.close());
beforeEach(() => {
  lab.seen.length = 0;
  lab.answer = grantToken;
});

const abort = new AbortController().signal;
const ask = (path = "/token", allowPrivate = true, origin = lab.origin, callOut = lab.callOut) =>
  callOut({ method: "POST", url: `${origin}${path}`, headers: [["x-a", "b"]], body: "q=1" }, { allowPrivate, abort });

describe("a call out", () => {
  test("arrives as it was asked, and gives the whole answer", async () => {
    const answer = await ask("/token?a=%20b");
    expect(answer).toMatchObject({ ok: true, status: 200 });
    expect(lab.seen[0]).toMatchObject({ method: "POST", target: "/token?a=%20b", body: "q=1" });
    expect(lab.seen[0]?.headers).toMatchObject({ "x-a": "b", "accept-encoding": "identity", "content-length": "3" });
  });

  test("gives a redirect as an answer and does not follow it", async () => {
    lab.answer = (_request, response) => void response.writeHead(307, { location: `${lab.origin}/else` }).end();
    expect(await ask()).toMatchObject({ ok: true, status: 307 });
    expect(lab.seen).toHaveLength(1);
  });

  test.each([
    ["localhost in production", (port: number) => [`https://localhost:${port}`, false] as const],
    ["a private address in production", () => ["https://10.0.0.7", false] as const],
    ["cloud metadata in development", () => ["https://169.254.169.254", true] as const],
    ["metadata over IPv6", () => ["https://[fd00:ec2::254]", true] as const],
    ["an address inside another", () => ["https://[::ffff:127.0.0.1]", false] as const],
    ["another scheme", () => ["http://localhost", true] as const],
    ["a user", () => ["https://a@localhost", true] as const],
  ])("refuses %s, before any byte", async (_, to) => {
    const [origin, allowPrivate] = to(lab.port);
    expect(await ask("/", allowPrivate, origin)).toEqual({ ok: false, failure: "address_refused" });
    expect(lab.seen).toEqual([]);
  });

  test("refuses a name that resolves to a private address, once or among good ones", async () => {
    for (const addresses of [["127.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["::1"], ["169.254.169.254"]]) {
      const resolve = async () => addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
      const callOut = createCallOut({ furtherCas: [lab.ca], resolve });
      const answer = await ask("/", true, `https://vendor.example:${lab.port}`, callOut);
      expect(answer).toEqual({ ok: false, failure: "address_refused" });
    }
    expect(lab.seen).toEqual([]);
  });

  test("fails alone where the system refuses the address at once", async () => {
    const resolve = async () => [{ address: "127.0.0.1", family: 6 }];
    const callOut = createCallOut({ furtherCas: [lab.ca], resolve });
    const answer = await ask("/", true, `https://localhost:${lab.port}`, callOut);
    expect(answer).toMatchObject({ ok: false, failure: "unreachable" });
  });

  test("connects to the address that was judged: a name has no second answer", async () => {
    let asked = 0;
    const resolve = async () => {
      asked += 1;
      return [{ address: "127.0.0.1", family: 4 }];
    };
    const callOut = createCallOut({ furtherCas: [lab.ca], resolve });
    expect(await ask("/", true, lab.origin, callOut)).toMatchObject({ ok: true });
    expect(asked).toBe(1);
  });

  test("trusts no other authority, and no other name", async () => {
    const untrusting = createCallOut({ furtherCas: [] });
    expect(await ask("/", true, lab.origin, untrusting)).toEqual({ ok: false, failure: "unreachable" });
    expect(await ask("/", true, `https://127.0.0.1:${lab.port}`)).toEqual({ ok: false, failure: "unreachable" });
    expect(lab.seen).toEqual([]);
  });

  test.each<[string, string, VendorLab["answer"]]>([
    ["a giant", "unreadable", (_request, response) => void response.end(Buffer.alloc(64 * 1024 + 1))],
    [
      "one that never ends",
      "unreadable",
      (_request, response) => {
        const write = (): void => {
          while (!response.destroyed && response.write(Buffer.alloc(16 * 1024))) {}
        };
        response.on("drain", write).on("error", () => {});
        write();
      },
    ],
    [
      "a compressed bomb",
      "unreadable",
      (_request, response) =>
        void response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(Buffer.alloc(1024 * 1024))),
    ],
    [
      "one that is cut short",
      "unreachable",
      (_request, response) => {
        response.writeHead(200, { "content-length": "100" });
        response.write("{}");
        setImmediate(() => response.destroy());
      },
    ],
    ["one that never begins", "unreachable", () => {}],
    ["one that stops in the middle", "unreachable", (_request, response) => void response.writeHead(200).write("{")],
    [
      "another protocol",
      "unreachable",
      (_request, response) => {
        response.socket?.write("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n");
      },
    ],
  ])("reads no answer that is %s", async (_, failure, answer) => {
    lab.answer = answer;
    expect(await ask()).toEqual({ ok: false, failure });
  });

  test("gives up on a peer that accepts and says nothing, and lets go of it", async () => {
    const silent = createServer((socket) => void socket.on("error", () => {}).resume());
    await new Promise<void>((resolve) => void silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as { port: number };
    const callOut = createCallOut({ furtherCas: [], connectMs: 50, totalMs: 60_000 });
    expect(await ask("/", true, `https://localhost:${port}`, callOut)).toEqual({ ok: false, failure: "unreachable" });
    // A server closes when its last connection has.
    await new Promise<void>((resolve) => void silent.close(() => resolve()));
  });

  test("ends when its caller does", async () => {
    lab.answer = () => {};
    const caller = new AbortController();
    const answer = lab.callOut(
      { method: "GET", url: `${lab.origin}/`, headers: [], body: null },
      { allowPrivate: true, abort: caller.signal },
    );
    caller.abort();
    expect(await answer).toEqual({ ok: false, failure: "unreachable" });
  });
});
