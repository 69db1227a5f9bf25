import { statusListRevoking } from "@countersign/virtual-device";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ListAnswer, type ListServer, openListServer } from "./list-server.suite.ts";
import { fetchStatusList, type StatusListAnswer } from "./status-list.ts";

const list = statusListRevoking(["a1b"]);
const { signal } = new AbortController();
let server: ListServer;
beforeEach(async () => {
  server = await openListServer();
});
afterEach(() => server.close());

const ask = (answer: ListAnswer, etag: string | null = null, timeoutMs = 5000): Promise<StatusListAnswer> => {
  server.answer(answer);
  return fetchStatusList({ url: server.url, etag, timeoutMs, signal });
};

describe("asking for the status list", () => {
  it("gives the list with its tag", async () => {
    expect(await ask({ body: list, headers: { etag: '"v1"', "cache-control": "public, max-age=7200" } })).toEqual({
      kind: "list",
      text: list,
      etag: '"v1"',
      freshSeconds: 7200,
    });
    expect(server.requests[0]?.["if-none-match"]).toBeUndefined();
  });

  it("asks with the tag that it has, and takes 304 only then", async () => {
    const headers = { "cache-control": "max-age=600" };
    expect(await ask({ status: 304, headers }, '"v1"')).toEqual({ kind: "unchanged", freshSeconds: 600 });
    expect(server.requests[0]?.["if-none-match"]).toBe('"v1"');
    expect(await ask({ status: 304, headers })).toMatchObject({ kind: "failed" });
  });

  it.each([
    ["max-age=7200", 7200],
    ["private, max-age=0", 300],
    ["max-age=99999999", 86_400],
    ["no-store, max-age=7200", 300],
    ["no-cache", 300],
    ["s-max-age=9000", 3600],
    ["max-age=9000x", 3600],
    ["", 3600],
  ])("takes %j for fresh within bounds: %i seconds", async (control, freshSeconds) => {
    expect(await ask({ body: list, headers: { "cache-control": control } })).toMatchObject({ freshSeconds });
  });

  it("takes off the age that a cache in between gave the answer", async () => {
    const headers = { "cache-control": "max-age=7200", age: "1200" };
    expect(await ask({ body: list, headers })).toMatchObject({ freshSeconds: 6000 });
  });

  it.each<[string, ListAnswer]>([
    ["an error", { status: 500, body: list }],
    ["nothing", { body: "" }],
    ["a page", { body: "<html>" }],
    ["half a list", { body: list.slice(0, -5) }],
    ["an empty list", { body: statusListRevoking([]) }],
    ["an entry without a status", { body: '{"entries":{"a1b":{}}}' }],
    ["bytes that are no UTF-8", { body: Uint8Array.of(0x7b, 0xff, 0x7d) }],
    ["a redirection", { status: 302, headers: { location: "http://127.0.0.1:9/" } }],
    ["more than 16 MiB", { body: new Uint8Array(16 * 1024 * 1024 + 1).fill(0x20) }],
  ])("fails on %s", async (_, answer) => {
    expect(await ask(answer)).toMatchObject({ kind: "failed", why: expect.any(String) });
  });

  it("fails on an answer that does not end, and on a server that is not there", async () => {
    expect(await ask({ body: '{"entries":', hangs: true }, null, 20)).toMatchObject({ kind: "failed" });
    await server.close();
    expect(await fetchStatusList({ url: server.url, etag: null, signal })).toMatchObject({ kind: "failed" });
  });

  it("ends with the service", async () => {
    const ended = new AbortController();
    server.answer({ body: "{", hangs: true });
    const asked = fetchStatusList({ url: server.url, etag: null, signal: ended.signal });
    ended.abort();
    expect(await asked).toMatchObject({ kind: "failed" });
  });

  it("keeps no tag that could not be sent back", async () => {
    expect(await ask({ body: list, headers: { etag: "v1" } })).toMatchObject({ kind: "list", etag: null });
  });
});
