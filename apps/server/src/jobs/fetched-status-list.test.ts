import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { statusListRevoking } from "@countersign/virtual-device";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ListServer, openListServer } from "../vendors/google/list-server.suite.ts";
import { openFetchedStatusList } from "./fetched-status-list.ts";
import { type StatusListSource, toRevocationView } from "./status-list-source.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const startMs = Date.UTC(2026, 10, 22);
const list = statusListRevoking(["a1b"]);
const other = statusListRevoking(["c2d"]);
const hourly = { "cache-control": "max-age=3600", etag: '"v1"' };

let folder: string;
let file: string;
let server: ListServer;
let now: number;
let failures: string[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "countersign-fetched-"));
  file = join(folder, "google-status-list.json");
  server = await openListServer();
  now = startMs;
  failures = [];
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const open = (): StatusListSource =>
  openFetchedStatusList({
    folder,
    url: server.url,
    graceMs: 7 * dayMs,
    nowMs: () => now,
    onFailure: (why) => failures.push(why),
  });
const stateOf = (source: StatusListSource): string => toRevocationView(source, now).state;

describe("a fetched status list", () => {
  it("is held until its freshness ends, and asked for again only then, with its tag", async () => {
    server.answer({ body: list, headers: hourly });
    const source = open();
    expect(await source.refresh()).toBe(true);
    expect(source.held()).toEqual({ text: list, staleAtMs: now + hourMs, lostAtMs: now + hourMs + 7 * dayMs });
    now += hourMs - 1;
    expect(await source.refresh()).toBe(false);
    expect(server.requests.length).toBe(1);
    now += 1;
    server.answer({ status: 304, headers: { "cache-control": "max-age=7200" } });
    expect(await source.refresh()).toBe(true);
    expect(server.requests[1]?.["if-none-match"]).toBe('"v1"');
    expect(source.held()).toMatchObject({ text: list, staleAtMs: now + 2 * hourMs });
  });

  it.each([
    ["a broken answer", "{"],
    ["an answer shrunken to nothing", statusListRevoking([])],
  ])("is not replaced by %s, in memory or on the disk", async (_, body) => {
    server.answer({ body: list, headers: hourly });
    const source = open();
    await source.refresh();
    now += hourMs;
    server.answer({ body, headers: hourly });
    expect(await source.refresh()).toBe(false);
    expect(source.held().text).toBe(list);
    expect(open().held().text).toBe(list);
    expect([source.lastFailure(), failures.length]).toEqual([expect.any(String), 1]);
    now += 60_000;
    server.answer({ body: other, headers: hourly });
    expect(await source.refresh()).toBe(true);
    expect([source.held().text, source.lastFailure()]).toEqual([other, null]);
  });

  it("is there after a restart, in a file of its owner's alone, without asking while it is fresh", async () => {
    server.answer({ body: list, headers: hourly });
    await open().refresh();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(["google-status-list.json"]);
    const again = open();
    expect(again.held().text).toBe(list);
    expect(await again.refresh()).toBe(false);
    expect(server.requests.length).toBe(1);
  });

  it("is stale past its freshness and lost past its grace, however often it was asked for", async () => {
    server.answer({ body: list, headers: hourly });
    const source = open();
    await source.refresh();
    expect(stateOf(source)).toBe("fresh");
    server.answer({ status: 500 });
    now += hourMs;
    await source.refresh();
    expect(stateOf(source)).toBe("stale");
    now += 7 * dayMs - 1;
    await source.refresh();
    expect(stateOf(source)).toBe("stale");
    now += 1;
    await source.refresh();
    expect([stateOf(source), stateOf(open())]).toEqual(["lost", "lost"]);
  });

  it("that never came has its grace from the first start, not from the last", async () => {
    const source = open();
    await source.refresh();
    expect(stateOf(source)).toBe("absent");
    now += 7 * dayMs - 1;
    expect(stateOf(open())).toBe("absent");
    now += 1;
    expect(stateOf(open())).toBe("lost");
  });

  it("is asked for after 1, 2, 4 minutes and so on where it fails, at most an hour", async () => {
    const source = open();
    const askedAt: number[] = [];
    for (let minute = 0; minute <= 240; minute += 1) {
      now = startMs + minute * 60_000;
      const before = server.requests.length;
      await source.refresh();
      if (server.requests.length > before) askedAt.push(minute);
    }
    expect(askedAt).toEqual([0, 1, 3, 7, 15, 31, 63, 123, 183]);
  });

  it("is asked for at once where the clock was set back before it was fetched", async () => {
    server.answer({ body: list, headers: hourly });
    const source = open();
    await source.refresh();
    now -= dayMs;
    expect(await source.refresh()).toBe(true);
    expect(source.held().staleAtMs).toBe(now + hourMs);
  });

  it("asks another address without the former one's tag", async () => {
    server.answer({ body: list, headers: hourly });
    await open().refresh();
    now += hourMs;
    const { url } = server;
    const elsewhere = openFetchedStatusList({
      folder,
      url: `${url}?mirror`,
      graceMs: 0,
      nowMs: () => now,
      onFailure: () => {},
    });
    expect(await elsewhere.refresh()).toBe(true);
    expect(server.requests[1]?.["if-none-match"]).toBeUndefined();
  });

  it("on the disk counts only whole, with the freshness that an answer can give", async () => {
    server.answer({ body: list, headers: hourly });
    await open().refresh();
    const kept = JSON.parse(readFileSync(file, "utf8")) as { list: Record<string, unknown> };
    for (const change of [{ text: "{" }, { freshUntilMs: now + 365 * dayMs }, { fetchedAtMs: "x" }]) {
      writeFileSync(file, JSON.stringify({ ...kept, list: { ...kept.list, ...change } }));
      expect(open().held().text).toBeNull();
    }
    writeFileSync(file, "{");
    expect(open().held().text).toBeNull();
  });
});
