import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { ServiceOptions } from "../config.ts";
import { createLog } from "../log/create-log.ts";
import { openStatusList } from "./open-status-list.ts";

let data: string;
let lines: string[];
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "countersign-list-"));
  lines = [];
});
afterEach(() => rmSync(data, { recursive: true, force: true }));

const nowMs = (): number => Date.UTC(2026, 10, 22);
const open = (options: Partial<ServiceOptions>) => {
  const log = createLog({ level: "info", sink: (line) => lines.push(line) });
  return openStatusList({ data, host: "127.0.0.1", port: 0, ...options }, { nowMs, log });
};

it("follows nothing, calls nobody and says so where neither a file nor fetching is asked for", async () => {
  expect(await open({})).toBeNull();
  expect(lines.join("")).toContain("revocation_not_evaluated");
});

it("has a grace of 7 days where nothing else is said, and the one that is said", async () => {
  const week = 7 * 86_400_000;
  expect((await open({ statusListFetch: {} }))?.held()).toMatchObject({ text: null, lostAtMs: nowMs() + week });
  expect((await open({ statusListFetch: { graceDays: 0 } }))?.held().lostAtMs).toBe(nowMs());
});

it.each([
  { url: "http://mirror.example/status" },
  { url: "ftp://mirror.example/status" },
  { url: "https://user:word@mirror.example/status" },
  { url: "status" },
  { graceDays: -1 },
  { graceDays: 91 },
  { graceDays: 1.5 },
])("refuses to start with %j", async (statusListFetch) => {
  await expect(open({ statusListFetch })).rejects.toMatchObject({ code: "option_invalid" });
});

it("takes a mirror over HTTPS, and over HTTP on this machine alone", async () => {
  for (const url of ["https://mirror.example/status", "http://127.0.0.1:8081/status"]) {
    expect((await open({ statusListFetch: { url } }))?.kind).toBe("fetched");
  }
});
