import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { statusListRevoking } from "@countersign/virtual-device";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { RecordStore } from "../domain/ports/index.ts";
import { sampleInstance, sampleKey, sampleProject, sampleSeed } from "../store/record-samples.suite.ts";
import { openSqliteStore } from "../store/sqlite-store.ts";
import { followStatusList } from "./status-list.ts";
import { openStatusListFile } from "./status-list-file.ts";

let folder: string;
let store: RecordStore;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "countersign-list-"));
  store = await openSqliteStore({ folder });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

it("meets an enrolment that was verified under the list before and written after the sweep, once, at the next turn", async () => {
  const file = join(folder, "list.json");
  writeFileSync(file, statusListRevoking([]));
  const banned: string[] = [];
  const follower = await followStatusList({
    source: await openStatusListFile(file),
    store,
    nowMs: () => 1000,
    onList: () => {},
    onBanned: ({ instance }) => banned.push(instance),
  });
  await store.projects.create(sampleProject("p"), sampleSeed("p"), [sampleKey("p", "kid")]);
  writeFileSync(file, statusListRevoking(["a1b"]));
  await follower.follow();
  await store.instances.put({ ...sampleInstance("p", "late", "android"), serials: ["a1b"] });
  expect(banned).toEqual([]);
  await follower.follow();
  expect(banned).toEqual(["late"]);
  await follower.follow();
  expect(banned).toEqual(["late"]);
});
