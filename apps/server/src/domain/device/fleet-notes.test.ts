import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Facts, Statement } from "@countersign/protocol";
import { describe, expect, it } from "vitest";
import { sampleKey, sampleProject, sampleSeed } from "../../store/record-samples.suite.ts";
import { openSqliteStore } from "../../store/sqlite-store.ts";
import { estimateInstances } from "../fleet/instance-sketch.ts";
import type { RecordStore } from "../ports/index.ts";
import { createFleetNotes, isOfFleet } from "./fleet-notes.ts";

const instanceOf = (at: number): string => Buffer.alloc(16, at).toString("base64url");

function statement(build: string, more: Partial<Statement> = {}): Statement {
  return {
    v: 1,
    use: "session",
    project: "p",
    environment: "development",
    challenge: "",
    platform: "ios",
    app: { id: "astropiks", version: "1.0", build },
    sdk: "countersign-js/0.1.0",
    instance: instanceOf(1),
    instanceKey: "",
    sessionKey: "",
    signals: { detectors: { root: 1, hook: 2 }, seen: [] },
    asks: { tokens: [], secrets: [], clientAttestations: [] },
    holds: { keys: 1, manifestEpoch: 1, manifest: 7 },
    ...more,
  };
}

const iphone: Facts = {
  platform: "ios",
  appId: "TEAM.app",
  environment: "production",
  osVersion: null,
  bundleVersion: "7",
  validationCategory: null,
};
const pixel: Facts = {
  platform: "android",
  packages: [
    { name: "org.other", version: 1 },
    { name: "org.app", version: 8 },
  ],
  signingDigests: ["bb", "aa"],
  securityLevel: "tee",
  provisioning: null,
  deviceLocked: true,
  verifiedBootState: "verified",
  verifiedBootKey: null,
  osVersion: null,
  osPatchLevel: null,
};

async function withStore(run: (store: RecordStore) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "fleet-"));
  const store = await openSqliteStore({ folder });
  try {
    await store.projects.create(sampleProject("p"), sampleSeed("p"), [sampleKey("p", "kid")]);
    await run(store);
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

describe("what is noted of a fleet", () => {
  it("says version, agent, identity and attested version of each platform, and what was held", () =>
    withStore(async (store) => {
      const notes = createFleetNotes(store, { capacity: 10, versionsPerProject: 10 });
      const noted = (more: Partial<Statement>, facts: Facts, atMs: number) =>
        notes.note({ statement: statement("9", more), facts, packageName: "org.app" }, atMs);
      noted({}, iphone, 1);
      noted({ platform: "android" }, pixel, 2);
      noted({ platform: "web" }, { platform: "web", origin: "https://a.example" }, 3);
      noted({ platform: "android" }, { platform: "android", development: { key: "k" } }, 4);
      expect(await store.fleet.list("p", 0)).toEqual([]);
      await notes.flush();
      const seen = await store.fleet.list("p", 0);
      expect(seen.map(({ platform, identity, attested }) => [platform, identity, attested])).toEqual([
        ["android", "org.app aa,bb", "8"],
        ["android", null, "9"],
        ["ios", "TEAM.app", "7"],
        ["web", "https://a.example", null],
      ]);
      expect(seen[2]).toMatchObject({
        app: "astropiks",
        version: "1.0",
        build: "9",
        sdk: "countersign-js/0.1.0",
        detectors: ["hook", "root"],
        firstSeenMs: 1,
        manifest: { epoch: 1, version: 7 },
      });
    }));

  it("adds up between two writings and over them", () =>
    withStore(async (store) => {
      const notes = createFleetNotes(store, { capacity: 1, versionsPerProject: 10 });
      for (let at = 1; at <= 3; at += 1) {
        const holds = { keys: 1, manifestEpoch: 1, manifest: 10 - at };
        notes.note(
          { statement: statement("9", { instance: instanceOf(at * 16), holds }), facts: iphone, packageName: null },
          at,
        );
        if (at === 2) await notes.flush();
      }
      await notes.flush();
      const [one, ...others] = await store.fleet.list("p", 0);
      expect(others).toEqual([]);
      expect(one).toMatchObject({ firstSeenMs: 1, lastSeenMs: 3, manifest: { epoch: 1, version: 9 } });
      expect(estimateInstances(one?.sketch ?? {})).toBe(3);
    }));

  it("is bounded: of made-up versions those over the bound are dropped, and a version that is known is not", () =>
    withStore(async (store) => {
      const notes = createFleetNotes(store, { capacity: 5, versionsPerProject: 10 });
      for (let at = 0; at < 100; at += 1)
        notes.note({ statement: statement(`made up ${at}`), facts: iphone, packageName: null }, at);
      notes.note({ statement: statement("made up 0"), facts: iphone, packageName: null }, 1000);
      expect(notes.dropped).toBe(95);
      await notes.flush();
      const seen = await store.fleet.list("p", 0);
      expect(seen).toHaveLength(5);
      expect(Math.max(...seen.map(({ lastSeenMs }) => lastSeenMs))).toBe(1000);
    }));
});

describe("an instance is of the fleet", () => {
  const settings = { kind: "production", permissions: [] } as const;
  const passing = ["app_registered", "platform_registered", "not_banned", "not_quarantined", "evidence_verified"].map(
    (name) => ({ name, result: "pass" as const, reason: "app_unknown" as const, expected: null, found: null }),
  );
  const failing = (name: string) => ({ ...(passing[0] ?? never()), name, result: "fail" as const });
  const never = (): never => {
    throw new TypeError("there are checks");
  };

  it("where nothing stands against it, or its version alone", () => {
    expect(isOfFleet(passing, settings)).toBe(true);
    const ofVersion = ["release_not_withdrawn", "release_not_expired", "release_registered", "detectors_ran"];
    for (const name of ofVersion) expect(isOfFleet([...passing, failing(name)], settings)).toBe(true);
  });

  it.each([
    "android_signing_digest",
    "apple_app_id",
    "web_origin",
    "android_boot",
    "signal_root",
    "signal_hook",
    "not_banned",
    "evidence_verified",
    "app_registered",
    "development_key",
    "a rule that nobody knows",
  ])("and not where %s fails, whatever stands against its version too", (name) => {
    const others = passing.filter((check) => check.name !== name);
    expect(isOfFleet([...others, failing(name)], settings)).toBe(false);
    expect(isOfFleet([...others, failing(name), failing("release_not_withdrawn")], settings)).toBe(false);
  });
});
