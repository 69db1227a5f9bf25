import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { withInstance } from "../domain/fleet/instance-sketch.ts";
import type {
  Ban,
  FleetVersion,
  Instance,
  ProtectedApi,
  RecordStore,
  Release,
  Secret,
  Trace,
  TrafficReport,
  VerdictEvent,
} from "../domain/ports/index.ts";
import {
  sampleAlarm,
  sampleAlarmHook,
  sampleApi,
  sampleApp,
  sampleBroker,
  sampleChain,
  sampleDecoySecret,
  sampleDevelopmentKey,
  sampleInstance,
  sampleKey,
  sampleProject,
  sampleReceipt,
  sampleSecret,
  sampleSeed,
  sampleTokenKey,
  sampleTrace,
  sampleVerifier,
  sampleVersion,
} from "./record-samples.suite.ts";

/** An empty record of its own for each test; `open` again opens the same one. */
export interface RecordUnderTest {
  open(): Promise<RecordStore>;
}

/** The contract of the record's ports. Every adapter passes it. */
export function recordStoreSuite(name: string, create: () => Promise<RecordUnderTest>): void {
  describe(`record: ${name}`, () => {
    let underTest: RecordUnderTest;
    let store: RecordStore;

    beforeEach(async () => {
      underTest = await create();
      store = await underTest.open();
    });
    afterEach(() => store.close());

    const withProjects = async (...ids: string[]): Promise<void> => {
      for (const id of ids) await store.projects.create(sampleProject(id), sampleSeed(id), [sampleKey(id, "kid-1")]);
    };
    const reopen = async (): Promise<void> => {
      await store.close();
      store = await underTest.open();
    };

    it("answers", async () => {
      await expect(store.ping()).resolves.toBeUndefined();
    });

    it("keeps everything across closing and opening", async () => {
      await withProjects("p");
      await store.secrets.put(sampleSecret("p", "nasa"));
      await reopen();
      expect(await store.projects.get("p")).toEqual(sampleProject("p"));
      expect(await store.secrets.get("p", "nasa")).toEqual(sampleSecret("p", "nasa"));
    });

    describe("projects, seeds and signing keys", () => {
      it("creates a project with its seed and keys, and gives back what was put in", async () => {
        const project = sampleProject("p");
        const keys = [sampleKey("p", "kid-1"), sampleKey("p", "kid-2")];
        await store.projects.create(project, sampleSeed("p"), keys);
        expect(await store.projects.get("p")).toEqual(project);
        expect(await store.seeds.ofProject("p")).toEqual([sampleSeed("p")]);
        expect(await store.signingKeys.ofProject("p")).toEqual(keys);
      });

      it("creates nothing where one part cannot be created", async () => {
        const key = sampleKey("p", "kid-1");
        await expect(store.projects.create(sampleProject("p"), sampleSeed("p"), [key, key])).rejects.toThrow();
        expect(await store.projects.get("p")).toBeNull();
        expect(await store.seeds.ofProject("p")).toEqual([]);
        expect(await store.signingKeys.ofProject("p")).toEqual([]);
      });

      it("refuses a second project of the same id", async () => {
        await withProjects("p");
        await expect(store.projects.create(sampleProject("p"), sampleSeed("p"), [])).rejects.toThrow();
      });

      it("updates one project and no other", async () => {
        await withProjects("p", "q");
        const changed = {
          ...sampleProject("p"),
          name: "changed",
          manifestVersion: Number.MAX_SAFE_INTEGER,
          keyListByRecovery: true,
        };
        await store.projects.update(changed);
        expect(await store.projects.get("p")).toEqual(changed);
        expect(await store.projects.get("q")).toEqual(sampleProject("q"));
        expect(await store.projects.list()).toHaveLength(2);
      });

      it("refuses to update a project that is not there", async () => {
        await expect(store.projects.update(sampleProject("p"))).rejects.toMatchObject({ code: "record_missing" });
      });

      it("adds seeds, in the order of their generations", async () => {
        await withProjects("p");
        const second = { ...sampleSeed("p"), generation: 2, seed: "second" };
        await store.seeds.addProjectSeed(second);
        expect(await store.seeds.ofProject("p")).toEqual([sampleSeed("p"), second]);
        const service = [1, 2].map((generation) => ({
          generation,
          seed: `service-${generation}`,
          createdAtMs: generation,
        }));
        for (const seed of service.toReversed()) await store.seeds.addServiceSeed(seed);
        expect(await store.seeds.ofService()).toEqual(service);
        await expect(store.seeds.addServiceSeed({ generation: 1, seed: "other", createdAtMs: 1 })).rejects.toThrow();
        expect(await store.seeds.ofService()).toEqual(service);
      });

      it("retires a key of one project only", async () => {
        await withProjects("p", "q");
        const added = { ...sampleKey("p", "kid-2"), use: "manifest" as const, createdAtMs: 5_000_000_000_000 };
        await store.signingKeys.add(added);
        await store.signingKeys.retire("p", "kid-1", 77);
        expect(await store.signingKeys.ofProject("p")).toEqual([
          { ...sampleKey("p", "kid-1"), retiredAtMs: 77 },
          added,
        ]);
        expect(await store.signingKeys.ofProject("q")).toEqual([sampleKey("q", "kid-1")]);
        await expect(store.signingKeys.retire("q", "kid-2", 77)).rejects.toMatchObject({ code: "record_missing" });
      });
    });

    describe("token keys", () => {
      it("are given back as they were put in, oldest first, those of one project alone", async () => {
        await withProjects("p", "q");
        const [old, young] = [
          sampleTokenKey("p", "b"),
          { ...sampleTokenKey("p", "a"), createdAtMs: 1_800_000_000_000 },
        ];
        const secret = { ...sampleTokenKey("p", "c"), alg: "HS256" as const, publicJwk: null };
        const attester = { ...sampleTokenKey("q", "b"), purpose: "attester" as const, api: null };
        await store.tokenKeys.change("p", { add: [young, { ...secret, activeFromMs: null, retiresAtMs: null }, old] });
        await store.tokenKeys.change("q", { add: [attester] });
        expect(await store.tokenKeys.ofProject("p")).toEqual([
          old,
          { ...secret, activeFromMs: null, retiresAtMs: null },
          young,
        ]);
        expect(await store.tokenKeys.ofProject("q")).toEqual([attester]);
        expect(await store.tokenKeys.ofProject("nobody")).toEqual([]);
      });

      it("get a successor and their end at once, or neither", async () => {
        await withProjects("p", "q");
        const [first, second] = [sampleTokenKey("p", "a"), sampleTokenKey("p", "b")];
        await store.tokenKeys.change("p", { add: [first] });
        const missing = { kid: "nobody", activeFromMs: 1, retiresAtMs: 2 };
        await expect(store.tokenKeys.change("p", { add: [second], times: [missing] })).rejects.toMatchObject({
          code: "record_missing",
        });
        expect(await store.tokenKeys.ofProject("p")).toEqual([first]);
        await expect(store.tokenKeys.change("p", { add: [second, first] })).rejects.toThrow();
        expect(await store.tokenKeys.ofProject("p")).toEqual([first]);
        await store.tokenKeys.change("p", { add: [second], times: [{ kid: "a", activeFromMs: 7, retiresAtMs: null }] });
        expect(await store.tokenKeys.ofProject("p")).toEqual([
          { ...first, activeFromMs: 7, retiresAtMs: null },
          second,
        ]);
        await expect(
          store.tokenKeys.change("q", { times: [{ kid: "a", activeFromMs: 1, retiresAtMs: 1 }] }),
        ).rejects.toMatchObject({ code: "record_missing" });
      });
    });

    describe("apps and protected APIs", () => {
      it("gives back every part of an app, and the changed one after a change", async () => {
        await withProjects("p");
        const app = sampleApp("p", "astropiks");
        const bare = { ...sampleApp("p", "bare"), ios: null, android: null, web: null };
        await store.apps.put(app);
        await store.apps.put(bare);
        expect(await store.apps.get("p", "astropiks")).toEqual(app);
        expect(await store.apps.get("p", "bare")).toEqual(bare);
        await store.apps.put({ ...app, ios: null });
        expect(await store.apps.list("p")).toEqual([{ ...app, ios: null }, bare]);
      });

      it("gives back every part of a protected API, and the changed one after a change", async () => {
        await withProjects("p");
        const api = sampleApi("p", "nasa");
        const changed: ProtectedApi = { ...api, token: null, roots: [], channel: "roots" };
        await store.protectedApis.put(api);
        expect(await store.protectedApis.get("p", "nasa")).toEqual(api);
        await store.protectedApis.put(changed);
        expect(await store.protectedApis.list("p")).toEqual([changed]);
      });

      it("lists by code point, whatever the database's locale", async () => {
        await withProjects("p");
        for (const id of ["b", "a-b", "a1", "ab", "a"]) await store.apps.put(sampleApp("p", id));
        expect((await store.apps.list("p")).map((app) => app.id)).toEqual(["a", "a-b", "a1", "ab", "b"]);
      });

      it("removes what is there and says where there was none", async () => {
        await withProjects("p", "q");
        await store.apps.put(sampleApp("p", "app"));
        await store.protectedApis.put(sampleApi("p", "api"));
        expect(await store.apps.remove("q", "app")).toBe(false);
        expect(await store.protectedApis.remove("q", "api")).toBe(false);
        expect(await store.apps.remove("p", "app")).toBe(true);
        expect(await store.protectedApis.remove("p", "api")).toBe(true);
        expect(await store.apps.remove("p", "app")).toBe(false);
        expect(await store.protectedApis.get("p", "api")).toBeNull();
      });

      it("refuses rows of a project that is not there", async () => {
        await expect(store.apps.put(sampleApp("nowhere", "app"))).rejects.toThrow();
        await expect(store.protectedApis.put(sampleApi("nowhere", "api"))).rejects.toThrow();
        await expect(store.secrets.put(sampleSecret("nowhere", "secret"))).rejects.toThrow();
      });
    });

    describe("chains of protected APIs", () => {
      const due = { claimedUntilMs: 2000, dueAtMs: 3000 };
      const seeded = async (): Promise<void> => {
        await withProjects("p", "q");
        for (const id of ["nasa", "other"]) await store.protectedApis.put(sampleApi("p", id));
        await store.protectedApis.put(sampleApi("q", "nasa"));
      };
      const names = (rows: readonly { project: string; api: string }[]): string[] =>
        rows.map(({ project, api }) => `${project}/${api}`);

      it("keeps what was last seen, by project and API", async () => {
        await seeded();
        expect(await store.chains.get("p", "nasa")).toBeNull();
        await store.chains.claim("p", "nasa", 1000, 2000);
        expect(await store.chains.list("p")).toEqual([]);
        expect(await store.chains.put(sampleChain("p", "nasa"), due)).toBe(true);
        await reopen();
        expect(await store.chains.get("p", "nasa")).toEqual(sampleChain("p", "nasa"));
        expect(await store.chains.list("p")).toEqual([sampleChain("p", "nasa")]);
        expect(await store.chains.list("q")).toEqual([]);
      });

      it("names what is due, what was never looked at first, and each claim stands for one caller", async () => {
        await seeded();
        await store.chains.claim("p", "nasa", 1000, 1500);
        expect(names(await store.chains.due(1499, 10))).toEqual(["p/other", "q/nasa"]);
        expect(names(await store.chains.due(1500, 10))).toEqual(["p/other", "q/nasa", "p/nasa"]);
        expect(names(await store.chains.due(1500, 2))).toEqual(["p/other", "q/nasa"]);
        expect(await store.chains.claim("p", "nasa", 1499, 2000)).toBe(false);
        const claims = await Promise.all([2000, 2001].map((untilMs) => store.chains.claim("p", "nasa", 1500, untilMs)));
        expect(claims.filter(Boolean)).toHaveLength(1);
        expect(names(await store.chains.due(1999, 10))).toEqual(["p/other", "q/nasa"]);
      });

      it("keeps nothing of a look whose claim does not stand any more", async () => {
        await seeded();
        await store.chains.claim("p", "nasa", 1000, 2000);
        await store.chains.put(sampleChain("p", "nasa"), due);
        await store.chains.forget("p", "nasa");
        expect(await store.chains.get("p", "nasa")).toBeNull();
        expect(await store.chains.put(sampleChain("p", "nasa"), due)).toBe(false);
        await store.chains.claim("p", "nasa", 1000, 2001);
        expect(await store.chains.put(sampleChain("p", "nasa"), due)).toBe(false);
        expect(await store.chains.get("p", "nasa")).toBeNull();
      });

      it("goes with its API", async () => {
        await seeded();
        await store.chains.claim("p", "nasa", 1000, 2000);
        await store.chains.put(sampleChain("p", "nasa"), due);
        await store.protectedApis.put({ ...sampleApi("p", "nasa"), host: "other.test" });
        expect(await store.chains.get("p", "nasa")).toEqual(sampleChain("p", "nasa"));
        await store.protectedApis.remove("p", "nasa");
        expect(await store.chains.get("p", "nasa")).toBeNull();
      });
    });

    describe("releases", () => {
      const release: Release = {
        project: "p",
        app: "astropiks",
        platform: "ios",
        version: "1.4.2",
        status: "active",
        expiresAtMs: 1_800_000_000_000,
        createdAtMs: 1_700_000_000_000,
      };

      it("are kept by app, platform and version, the last that was put, in that order", async () => {
        await withProjects("p", "q");
        await store.apps.put(sampleApp("p", "astropiks"));
        await store.apps.put(sampleApp("p", "a"));
        await store.apps.put(sampleApp("q", "astropiks"));
        const android: Release = { ...release, platform: "android", version: "42", expiresAtMs: null };
        const other: Release = { ...release, app: "a" };
        for (const each of [release, android, other, { ...release, project: "q" }]) await store.releases.put(each);
        const withdrawn: Release = { ...release, status: "withdrawn", expiresAtMs: null };
        await store.releases.put(withdrawn);
        expect(await store.releases.list("p")).toEqual([other, android, withdrawn]);
        expect(await store.releases.list("q")).toEqual([{ ...release, project: "q" }]);
      });

      it("are removed one by one, and with their app", async () => {
        await withProjects("p");
        await store.apps.put(sampleApp("p", "astropiks"));
        await store.releases.put(release);
        await store.releases.put({ ...release, version: "2" });
        expect(await store.releases.remove({ ...release, platform: "android" })).toBe(false);
        expect(await store.releases.remove(release)).toBe(true);
        expect(await store.releases.remove(release)).toBe(false);
        await store.apps.put({ ...sampleApp("p", "astropiks"), web: null });
        expect(await store.releases.list("p")).toHaveLength(1);
        await store.apps.remove("p", "astropiks");
        expect(await store.releases.list("p")).toEqual([]);
      });

      it("of an app that is not there are refused", async () => {
        await withProjects("p");
        await expect(store.releases.put(release)).rejects.toThrow();
      });
    });

    describe("vendor credentials", () => {
      const credential = {
        project: "p",
        kind: "google-play",
        value: "sealed-1",
        updatedAtMs: 1_700_000_000_000,
      } as const;

      it("keeps one of each kind, the last that was set, by project", async () => {
        await withProjects("p", "q");
        expect(await store.vendorCredentials.get("p", "google-play")).toBeNull();
        await store.vendorCredentials.put({ ...credential, kind: "google-play-keys" });
        await store.vendorCredentials.put(credential);
        await store.vendorCredentials.put({ ...credential, value: "sealed-2", updatedAtMs: 1_700_000_000_001 });
        await store.vendorCredentials.put({ ...credential, project: "q" });
        const last = { ...credential, value: "sealed-2", updatedAtMs: 1_700_000_000_001 };
        expect(await store.vendorCredentials.get("p", "google-play")).toEqual(last);
        expect((await store.vendorCredentials.list("p")).map(({ kind }) => kind)).toEqual([
          "google-play",
          "google-play-keys",
        ]);
        expect(await store.vendorCredentials.get("q", "google-play-keys")).toBeNull();
      });

      it("removes what is there and says where there was none", async () => {
        await withProjects("p", "q");
        await store.vendorCredentials.put(credential);
        expect(await store.vendorCredentials.remove("q", "google-play")).toBe(false);
        expect(await store.vendorCredentials.remove("p", "google-play-keys")).toBe(false);
        expect(await store.vendorCredentials.remove("p", "google-play")).toBe(true);
        expect(await store.vendorCredentials.remove("p", "google-play")).toBe(false);
        expect(await store.vendorCredentials.list("p")).toEqual([]);
      });

      it("refuses a credential of a project that is not there", async () => {
        await expect(store.vendorCredentials.put({ ...credential, project: "nowhere" })).rejects.toThrow();
      });
    });

    describe("secrets", () => {
      it("have each mode as it was given", async () => {
        await withProjects("p");
        for (const [at, mode] of (["delivered", "brokered", "by-verdict"] as const).entries()) {
          const given = { ...sampleSecret("p", "nasa"), version: at + 1, mode };
          expect(await store.secrets.put(given)).toBe(true);
          expect(await store.secrets.get("p", "nasa")).toEqual(given);
        }
      });

      it("takes version 1 first and then each next version, and no other", async () => {
        await withProjects("p");
        const at = (version: number): Secret => ({ ...sampleSecret("p", "nasa"), version, value: `sealed-${version}` });
        expect(await store.secrets.put(at(2))).toBe(false);
        expect(await store.secrets.put(at(1))).toBe(true);
        expect(await store.secrets.put(at(1))).toBe(false);
        expect(await store.secrets.put(at(3))).toBe(false);
        expect(await store.secrets.put(at(2))).toBe(true);
        expect(await store.secrets.put(at(2))).toBe(false);
        expect(await store.secrets.get("p", "nasa")).toEqual(at(2));
      });

      it("lets one of many concurrent writers of a version win", async () => {
        await withProjects("p");
        for (const version of [1, 2, 3]) {
          const written = await Promise.all(
            Array.from({ length: 8 }, (_, writer) =>
              store.secrets.put({ ...sampleSecret("p", "nasa"), version, value: `by-${writer}` }),
            ),
          );
          expect(written.filter(Boolean)).toHaveLength(1);
          expect((await store.secrets.get("p", "nasa"))?.value).toBe(`by-${written.indexOf(true)}`);
        }
      });

      it("keeps null and empty lists of apps apart", async () => {
        await withProjects("p");
        const { canary: _canary, terms: _terms, recipe: _recipe, ...plain } = sampleSecret("p", "every");
        await store.secrets.put({ ...plain, apps: null });
        expect(await store.secrets.get("p", "every")).toEqual({ ...plain, apps: null });
        await store.secrets.put({ ...sampleSecret("p", "none"), apps: [] });
        expect((await store.secrets.list("p")).map((secret) => secret.apps)).toEqual([null, []]);
      });

      it("removes a secret of its project only", async () => {
        await withProjects("p", "q");
        await store.secrets.put(sampleSecret("p", "nasa"));
        expect(await store.secrets.remove("q", "nasa")).toBe(false);
        expect(await store.secrets.remove("p", "nasa")).toBe(true);
        expect(await store.secrets.list("p")).toEqual([]);
      });
    });

    describe("instances", () => {
      it("gives back every part of an instance, on each platform", async () => {
        await withProjects("p");
        for (const platform of ["ios", "android", "web"] as const) {
          const instance = sampleInstance("p", `on-${platform}`, platform);
          await store.instances.put(instance);
          expect(await store.instances.get("p", `on-${platform}`)).toEqual(instance);
        }
      });

      it("updates an instance and its serials, and lowers no counter", async () => {
        await withProjects("p");
        const before: Instance = { ...sampleInstance("p", "i", "ios"), counter: 10, serials: ["aa", "bb", "aa"] };
        await store.instances.put(before);
        const after: Instance = { ...before, counter: 3, serials: ["cc"], batch: null, app: "other", evidenceAtMs: 99 };
        await store.instances.put(after);
        expect(await store.instances.get("p", "i")).toEqual({ ...after, counter: 10 });
        expect(await store.instances.withSerials(["aa", "bb"])).toEqual([]);
        expect(await store.instances.withSerials(["cc"])).toHaveLength(1);
      });

      it("keeps the first subject and time of an instance, however many put it at once, and tells each what stands", async () => {
        await withProjects("p");
        const put = await Promise.all(
          Array.from({ length: 8 }, (_, i) =>
            store.instances.put({
              ...sampleInstance("p", "i", "android"),
              subject: `s${i}`,
              createdAtMs: 1000 + i,
              counter: i,
            }),
          ),
        );
        const held = await store.instances.get("p", "i");
        expect(new Set(put.map(({ subject, createdAtMs }) => `${subject} ${createdAtMs}`)).size).toBe(1);
        expect(held).toMatchObject({ subject: put[0]?.subject, createdAtMs: put[0]?.createdAtMs, counter: 7 });
        expect(
          await store.instances.put({ ...sampleInstance("p", "i", "android"), subject: "late", counter: 3 }),
        ).toEqual({
          ...sampleInstance("p", "i", "android"),
          subject: held?.subject,
          createdAtMs: held?.createdAtMs,
          counter: 7,
        });
      });

      it("touches upwards only", async () => {
        await withProjects("p", "q");
        const instance = { ...sampleInstance("p", "i", "ios"), counter: 10, lastSeenAtMs: 1000 };
        await store.instances.put(instance);
        await store.instances.touch("p", "i", 12, 2000);
        expect(await store.instances.get("p", "i")).toEqual({ ...instance, counter: 12, lastSeenAtMs: 2000 });
        await store.instances.touch("p", "i", 11, 1500);
        await store.instances.touch("q", "i", 100, 9000);
        expect(await store.instances.get("p", "i")).toEqual({ ...instance, counter: 12, lastSeenAtMs: 2000 });
      });

      it("finds the instances of every project that rest on a serial, each once", async () => {
        await withProjects("p", "q");
        const a = { ...sampleInstance("p", "a", "android"), serials: ["s1", "s2"] };
        const b = { ...sampleInstance("q", "b", "android"), serials: ["s2"] };
        const c = { ...sampleInstance("q", "c", "android"), serials: [] };
        for (const instance of [a, b, c]) await store.instances.put(instance);
        const found = await store.instances.withSerials([
          "s1",
          "s2",
          ...Array.from({ length: 2000 }, (_, i) => `x${i}`),
        ]);
        expect(found.toSorted((x, y) => x.instance.localeCompare(y.instance))).toEqual([a, b]);
        expect(await store.instances.withSerials([])).toEqual([]);
      });
    });

    describe("bans", () => {
      const ban = (more: Partial<Ban> = {}): Omit<Ban, "sequence" | "liftedAtMs"> => ({
        project: "p",
        kind: "ban",
        by: "instance",
        target: "i",
        reason: "reported",
        createdAtMs: 1000,
        untilMs: null,
        ...more,
      });

      it("gives each ban the next sequence", async () => {
        await withProjects("p");
        expect(await store.bans.sequence()).toBe(0);
        const added = await Promise.all(Array.from({ length: 10 }, () => store.bans.add(ban())));
        expect(added.map((one) => one.sequence).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        expect(await store.bans.sequence()).toBe(10);
        expect(await store.bans.active(2000)).toHaveLength(10);
      });

      it("moves the sequence with a lift, and not where there was nothing to lift", async () => {
        await withProjects("p", "q");
        const added = await store.bans.add(ban());
        expect(await store.bans.lift("q", "instance", "i", 1500)).toBe(false);
        expect(await store.bans.lift("p", "subject", "i", 1500)).toBe(false);
        expect(await store.bans.sequence()).toBe(added.sequence);
        expect(await store.bans.active(2000)).toEqual([added]);
        expect(await store.bans.lift("p", "instance", "i", 1500)).toBe(true);
        expect(await store.bans.sequence()).toBe(added.sequence + 1);
        expect(await store.bans.active(2000)).toEqual([]);
        expect(await store.bans.lift("p", "instance", "i", 1600)).toBe(false);
        expect((await store.bans.add(ban())).sequence).toBe(added.sequence + 2);
      });

      it("counts a ban as active until its end", async () => {
        await withProjects("p");
        const quarantine = await store.bans.add(ban({ kind: "quarantine", untilMs: 5000 }));
        expect(await store.bans.active(4999)).toEqual([quarantine]);
        expect(await store.bans.active(5000)).toEqual([]);
        expect(await store.bans.lift("p", "instance", "i", 5000)).toBe(false);
      });

      it("lifts every active ban on a target at once", async () => {
        await withProjects("p");
        await store.bans.add(ban());
        await store.bans.add(ban({ kind: "quarantine", untilMs: 5000 }));
        const other = await store.bans.add(ban({ target: "j" }));
        expect(await store.bans.lift("p", "instance", "i", 1500)).toBe(true);
        expect(await store.bans.active(2000)).toEqual([other]);
      });
    });

    describe("traces, audit, events", () => {
      it("gives back every part of a trace, to its project alone", async () => {
        await withProjects("p", "q");
        const trace = sampleTrace("p", "ARC1", 1000);
        await store.traces.add(trace);
        expect(await store.traces.get("p", "ARC1")).toEqual(trace);
        expect(await store.traces.get("q", "ARC1")).toBeNull();
        const { decoy: _, ...plain } = { ...trace, arc: "ARC2" };
        await store.traces.add(plain);
        expect(await store.traces.get("p", "ARC2")).toEqual(plain);
        await expect(store.traces.add(trace)).rejects.toThrow();
      });

      it("prunes traces by age, and to the newest of each project", async () => {
        await withProjects("p", "q");
        const add = async (project: string, at: readonly number[]): Promise<void> => {
          for (const atMs of at) await store.traces.add(sampleTrace(project, `arc-${atMs}`, atMs));
        };
        await add("p", [1, 2, 3, 4, 5]);
        await add("q", [2, 3]);
        expect(await store.traces.prune(2, 3)).toBe(2);
        const left = async (project: string): Promise<(Trace | null)[]> =>
          Promise.all([1, 2, 3, 4, 5].map((atMs) => store.traces.get(project, `arc-${atMs}`)));
        expect((await left("p")).map((trace) => trace?.atMs)).toEqual([undefined, undefined, 3, 4, 5]);
        expect((await left("q")).map((trace) => trace?.atMs)).toEqual([undefined, 2, 3, undefined, undefined]);
        expect(await store.traces.prune(2, 3)).toBe(0);
      });

      it("prunes no trace of a known instance for those of strangers, no refusal for what was trusted, and no phone's for a browser's", async () => {
        await withProjects("p");
        for (const [id, platform] of [
          ["known", "android"],
          ["browser", "web"],
        ] as const) {
          await store.instances.put(sampleInstance("p", id, platform));
        }
        const add = (arc: string, more: Partial<Trace>, atMs: number) =>
          store.traces.add({ ...sampleTrace("p", arc, atMs), platform: "android", ...more });
        await add("known-refused", { instance: "known", verdict: "refused" }, 1);
        await add("known-trusted", { instance: "known", verdict: "trusted" }, 2);
        await add("browser", { instance: "browser", platform: "web", verdict: "restricted" }, 3);
        await add("stranger", { instance: "nobody", verdict: "refused" }, 4);
        for (let at = 10; at < 20; at += 1)
          await add(`stranger-${at}`, { instance: `nobody-${at}`, verdict: "refused" }, at);
        for (let at = 20; at < 23; at += 1) await add(`trusted-${at}`, { instance: "known", verdict: "trusted" }, at);
        for (let at = 30; at < 33; at += 1) {
          await add(`browser-${at}`, { instance: "browser", platform: "web", verdict: "restricted" }, at);
        }
        expect(await store.traces.prune(0, 2)).toBe(13);
        const left = async (arc: string) => (await store.traces.get("p", arc)) !== null;
        expect(await left("known-refused")).toBe(true);
        expect(await left("known-trusted")).toBe(false);
        expect([await left("trusted-21"), await left("trusted-22"), await left("stranger-19")]).toEqual([
          true,
          true,
          true,
        ]);
        expect([await left("stranger"), await left("browser"), await left("browser-32")]).toEqual([false, false, true]);
      });

      it("lists audit records newest first, each project its own and the service's apart", async () => {
        await withProjects("p");
        const record = (project: string | null, action: string) => ({
          project,
          atMs: 1000,
          actor: "admin",
          action,
          target: "t",
          detail: { name: "nasa", version: 2, kept: false, none: null },
        });
        for (const action of ["a1", "a2", "a3"]) await store.audit.add(record("p", action));
        await store.audit.add(record(null, "service"));
        const listed = await store.audit.list("p", 2);
        expect(listed.map((one) => one.action)).toEqual(["a3", "a2"]);
        expect(listed[0]).toEqual({ ...record("p", "a3"), sequence: 3 });
        expect((await store.audit.list(null, 10)).map((one) => one.action)).toEqual(["service"]);
        expect(await store.audit.list("q", 10)).toEqual([]);
      });

      it("counts distinct subjects with a trusted verdict in a half-open interval", async () => {
        const event = (more: Partial<VerdictEvent>): VerdictEvent => ({
          project: "p",
          atMs: 1000,
          app: "app",
          platform: "ios",
          verdict: "trusted",
          reason: null,
          subject: "s1",
          use: "session",
          ...more,
        });
        await store.events.add([]);
        await store.events.add([
          event({}),
          event({}),
          event({ subject: "s2", atMs: 1999 }),
          event({ subject: "s3", atMs: 2000 }),
          event({ subject: "s4", atMs: 999 }),
          event({ subject: "s5", platform: "android", use: "enrol" }),
          event({ subject: "s6", verdict: "refused", reason: "bootloader_unlocked", decoy: true }),
          event({ subject: null }),
          event({ project: "q", subject: "s7" }),
        ]);
        expect(await store.events.countActive("p", 1000, 2000)).toEqual({ ios: 2, android: 1 });
        expect(await store.events.countVerdicts("p", 1000, 2000)).toEqual({ trusted: 5, refused: 1 });
        expect(await store.events.countDecoys("p", 1000, 2000)).toBe(1);
        expect([await store.events.countDecoys("p", 0, 1000), await store.events.countDecoys("q", 0, 9999)]).toEqual([
          0, 0,
        ]);
        expect(await store.events.countActive("r", 0, 9999)).toEqual({});
        expect(await store.events.prune(2000)).toBe(8);
        expect(await store.events.countVerdicts("p", 0, 9999)).toEqual({ trusted: 1 });
      });

      it("takes a month of events in one call", async () => {
        const events = Array.from(
          { length: 3000 },
          (_, i): VerdictEvent => ({
            project: "p",
            atMs: i,
            app: "app",
            platform: "ios",
            verdict: "trusted",
            reason: null,
            subject: `s${i}`,
            use: "session",
          }),
        );
        await store.events.add(events);
        expect(await store.events.countActive("p", 0, 3000)).toEqual({ ios: 3000 });
      });
    });

    describe("administrators", () => {
      const administrator = { id: "admin-1", name: "Ada", tokenHash: "hash-of-token", createdAtMs: 1000 };
      const token = { tokenHash: "hash-of-bootstrap", createdAtMs: 1000, expiresAtMs: 5000, usedAtMs: null };

      it("redeems a bootstrap token once", async () => {
        expect(await store.bootstrapTokens.current()).toBeNull();
        await store.bootstrapTokens.set(token);
        expect(await store.bootstrapTokens.current()).toEqual(token);
        const redeemed = await Promise.all(
          Array.from({ length: 5 }, (_, i) =>
            store.bootstrapTokens.redeem(
              "hash-of-bootstrap",
              { ...administrator, id: `a${i}`, tokenHash: `h${i}` },
              2000,
            ),
          ),
        );
        expect(redeemed.filter(Boolean)).toHaveLength(1);
        expect(await store.administrators.list()).toHaveLength(1);
        expect(await store.bootstrapTokens.current()).toEqual({ ...token, usedAtMs: 2000 });
      });

      it("redeems no other, no expired and no replaced token", async () => {
        await store.bootstrapTokens.set(token);
        expect(await store.bootstrapTokens.redeem("hash-of-other", administrator, 2000)).toBe(false);
        expect(await store.bootstrapTokens.redeem("hash-of-bootstrap", administrator, 5000)).toBe(false);
        await store.bootstrapTokens.set({ ...token, tokenHash: "hash-of-new" });
        expect(await store.bootstrapTokens.redeem("hash-of-bootstrap", administrator, 2000)).toBe(false);
        expect(await store.bootstrapTokens.redeem("hash-of-new", administrator, 2000)).toBe(true);
      });

      it("spends no bootstrap token on an administrator that cannot be added", async () => {
        await store.bootstrapTokens.set(token);
        await store.bootstrapTokens.redeem("hash-of-bootstrap", administrator, 2000);
        const again = { ...token, tokenHash: "hash-of-second" };
        await store.bootstrapTokens.set(again);
        await expect(store.bootstrapTokens.redeem("hash-of-second", administrator, 2000)).rejects.toThrow();
        expect(await store.bootstrapTokens.current()).toEqual(again);
      });

      async function add(...ids: readonly string[]): Promise<void> {
        for (const id of ids) {
          await store.bootstrapTokens.set({ ...token, tokenHash: `bootstrap-${id}` });
          await store.bootstrapTokens.redeem(
            `bootstrap-${id}`,
            { ...administrator, id, tokenHash: `token-${id}` },
            2000,
          );
        }
      }

      it("removes an administrator with the token, and says where there is none", async () => {
        await add("a", "b");
        expect(await store.administrators.remove("nobody")).toBe("unknown");
        expect(await store.administrators.remove("a")).toBe("removed");
        expect(await store.administrators.byTokenHash("token-a")).toBeNull();
        expect((await store.administrators.list()).map(({ id }) => id)).toEqual(["b"]);
        expect(await store.administrators.remove("a")).toBe("unknown");
      });

      it("keeps the last administrator, however many are removed at once", async () => {
        const ids = ["a", "b", "c", "d"];
        await add(...ids);
        const removed = await Promise.all(ids.map((id) => store.administrators.remove(id)));
        expect(removed.toSorted()).toEqual(["last", "removed", "removed", "removed"]);
        expect(await store.administrators.list()).toHaveLength(1);
      });

      it("finds an administrator by the token's hash", async () => {
        await store.bootstrapTokens.set(token);
        await store.bootstrapTokens.redeem("hash-of-bootstrap", administrator, 2000);
        expect(await store.administrators.byTokenHash("hash-of-token")).toEqual(administrator);
        expect(await store.administrators.byTokenHash("hash-of-bootstrap")).toBeNull();
      });
    });

    describe("App Attest receipts", () => {
      const receipt = (instance: string, more: object = {}) => ({ ...sampleReceipt("p", instance), ...more });
      const withInstances = async (...ids: string[]): Promise<void> => {
        await withProjects("p");
        for (const id of ids) await store.instances.put(sampleInstance("p", id, "ios"));
      };

      it("keeps the receipt of an attestation, and never puts it in a renewed one's place", async () => {
        await withInstances("i");
        expect(await store.receipts.get("p", "i")).toBeNull();
        await store.receipts.add(receipt("i"));
        expect(await store.receipts.get("p", "i")).toEqual(receipt("i"));
        const renewed = receipt("i", { receipt: "renewed", riskMetric: null, renewAfterMs: null, updatedAtMs: 2 });
        expect(await store.receipts.update(renewed)).toBe(true);
        await store.receipts.add(receipt("i"));
        expect(await store.receipts.get("p", "i")).toEqual(renewed);
        expect(await store.receipts.get("q", "i")).toBeNull();
      });

      it("updates none that is not there, and keeps none without its instance", async () => {
        await withInstances("i");
        expect(await store.receipts.update(receipt("i"))).toBe(false);
        await expect(store.receipts.add(receipt("nowhere"))).rejects.toThrow();
      });

      it("gives what is due, longest first, and each once until it is due again", async () => {
        await withInstances("a", "b", "c", "d", "e");
        const dueAt = { a: 30, b: 10, c: 20, d: 40, e: null };
        for (const [id, renewAfterMs] of Object.entries(dueAt)) await store.receipts.add(receipt(id, { renewAfterMs }));
        const claim = async (nowMs: number, limit: number, untilMs: number) =>
          (await store.receipts.claimDue("p", nowMs, limit, untilMs)).map(({ instance }) => instance);
        expect(await claim(30, 2, 100)).toEqual(["b", "c"]);
        expect(await claim(30, 2, 100)).toEqual(["a"]);
        expect(await claim(30, 2, 100)).toEqual([]);
        expect(await claim(100, 9, 200)).toEqual(["d", "a", "b", "c"]);
        expect((await store.receipts.get("p", "a"))?.renewAfterMs).toBe(200);
        expect(await store.receipts.claimDue("q", 1000, 9, 2000)).toEqual([]);
      });

      it("gives each of those due to one of many who claim at once", async () => {
        const ids = Array.from({ length: 20 }, (_, index) => `i${index}`);
        await withInstances(...ids);
        for (const id of ids) await store.receipts.add(receipt(id, { renewAfterMs: 1 }));
        const claims = await Promise.all(Array.from({ length: 8 }, () => store.receipts.claimDue("p", 1, 5, 100)));
        const claimed = claims.flat().map(({ instance }) => instance);
        expect(new Set(claimed).size).toBe(claimed.length);
        expect(claimed.length).toBeGreaterThanOrEqual(5);
      });

      it("finds those whose metric is high", async () => {
        await withInstances("a", "b", "c");
        await store.receipts.add(receipt("a", { riskMetric: 4 }));
        await store.receipts.add(receipt("b", { riskMetric: 5 }));
        await store.receipts.add(receipt("c", { riskMetric: null }));
        expect(await store.receipts.withRiskFrom(5)).toEqual([{ project: "p", instance: "b", riskMetric: 5 }]);
      });
    });

    describe("development keys", () => {
      it("come back as they were, by name, and one of a name stands at a time", async () => {
        await withProjects("p", "q");
        const [ci, phone] = [sampleDevelopmentKey("p", "ci"), sampleDevelopmentKey("p", "a-phone")];
        expect(await store.developmentKeys.add(ci)).toBe(true);
        expect(await store.developmentKeys.add(phone)).toBe(true);
        expect(await store.developmentKeys.add({ ...ci, id: "another" })).toBe(false);
        expect(await store.developmentKeys.add(sampleDevelopmentKey("q", "ci"))).toBe(true);
        expect(await store.developmentKeys.list("p")).toEqual([phone, ci]);
        expect(await store.developmentKeys.revoke("p", "ci", 1_700_000_001_000)).toBe(true);
        expect(await store.developmentKeys.revoke("p", "ci", 1_700_000_002_000)).toBe(false);
        expect(await store.developmentKeys.revoke("p", "none", 1_700_000_002_000)).toBe(false);
        const next = { ...ci, id: "next", createdAtMs: ci.createdAtMs + 1 };
        expect(await store.developmentKeys.add(next)).toBe(true);
        expect(await store.developmentKeys.list("p")).toEqual([phone, { ...ci, revokedAtMs: 1_700_000_001_000 }, next]);
        expect((await store.developmentKeys.list("q")).map(({ revokedAtMs }) => revokedAtMs)).toEqual([null]);
      });

      it("take no key of an id or of a project that is another's or not there", async () => {
        await withProjects("p");
        await store.developmentKeys.add(sampleDevelopmentKey("p", "ci"));
        expect(await store.developmentKeys.add({ ...sampleDevelopmentKey("p", "ci"), name: "twin" })).toBe(false);
        await expect(store.developmentKeys.add(sampleDevelopmentKey("nowhere", "ci"))).rejects.toThrow();
      });

      it("count enrolments up to the quota, however many come at once, and none for a revoked key", async () => {
        await withProjects("p");
        await store.developmentKeys.add({ ...sampleDevelopmentKey("p", "ci"), quota: 5 });
        const count = () => store.developmentKeys.countEnrolment("p", "id-p-ci");
        const counted = await Promise.all(Array.from({ length: 12 }, count));
        expect(counted.filter(Boolean)).toHaveLength(5);
        expect((await store.developmentKeys.list("p"))[0]?.enrolled).toBe(5);
        expect(await store.developmentKeys.countEnrolment("p", "nobody")).toBe(false);
        await store.developmentKeys.add(sampleDevelopmentKey("p", "other"));
        await store.developmentKeys.revoke("p", "other", 1_700_000_002_000);
        expect(await store.developmentKeys.countEnrolment("p", "id-p-other")).toBe(false);
      });
    });

    describe("credentials of brokers that stand alone", () => {
      it("are found by their key, named once in a project, and forgotten when they are removed", async () => {
        await withProjects("p", "q");
        const [near, far] = [sampleBroker("p", "near"), sampleBroker("p", "far", { origin: "https://far.example" })];
        expect([await store.brokers.add(near), await store.brokers.add(far)]).toEqual([true, true]);
        expect(await store.brokers.add({ ...near, kid: "another" })).toBe(false);
        expect(await store.brokers.add(sampleBroker("q", "near"))).toBe(true);
        await expect(store.brokers.add(sampleBroker("p", "x", { kid: near.kid }))).rejects.toThrow();
        await expect(store.brokers.add(sampleBroker("nowhere", "x"))).rejects.toThrow();
        expect(await store.brokers.list("p")).toEqual([far, near]);
        expect(await store.brokers.byKid(far.kid)).toEqual(far);
        expect(await store.brokers.byKid("another")).toBeNull();
        expect([await store.brokers.remove("p", "near"), await store.brokers.remove("p", "near")]).toEqual([
          true,
          false,
        ]);
        expect(await store.brokers.byKid(near.kid)).toBeNull();
        expect(await store.brokers.list("q")).toHaveLength(1);
      });

      it("are in use one at a time, in one project without the other", async () => {
        await withProjects("p", "q");
        for (const name of ["a", "b"]) await store.brokers.add(sampleBroker("p", name));
        await store.brokers.add(sampleBroker("q", "a", { inUse: true }));
        const inUse = async (project: string) =>
          (await store.brokers.list(project)).filter((broker) => broker.inUse).map(({ name }) => name);
        expect([await store.brokers.use("p", "a"), await inUse("p")]).toEqual([true, ["a"]]);
        expect([await store.brokers.use("p", "b"), await inUse("p")]).toEqual([true, ["b"]]);
        expect([await store.brokers.use("p", null), await inUse("p"), await inUse("q")]).toEqual([true, [], ["a"]]);
        expect(await store.brokers.use("p", "nobody")).toBe(false);
        await store.brokers.use("p", "b");
        await expect(store.brokers.add(sampleBroker("p", "c", { inUse: true }))).rejects.toThrow();
      });
    });

    describe("decoy secrets and alarms", () => {
      it("keeps decoys by name, each once in a project, and forgets what is removed", async () => {
        await withProjects("p", "q");
        const [one, two] = [sampleDecoySecret("p", "b-key"), { ...sampleDecoySecret("p", "a-key"), note: "" }];
        expect(await store.decoySecrets.add(one)).toBe(true);
        expect(await store.decoySecrets.add(two)).toBe(true);
        expect(await store.decoySecrets.add({ ...one, digest: "another" })).toBe(false);
        expect(await store.decoySecrets.add(sampleDecoySecret("q", "b-key"))).toBe(true);
        expect(await store.decoySecrets.list("p")).toEqual([two, one]);
        expect(await store.decoySecrets.remove("p", "b-key")).toBe(true);
        expect(await store.decoySecrets.remove("p", "b-key")).toBe(false);
        expect(await store.decoySecrets.list("p")).toEqual([two]);
        expect(await store.decoySecrets.list("q")).toHaveLength(1);
        await expect(store.decoySecrets.add(sampleDecoySecret("nowhere", "x"))).rejects.toThrow();
      });

      it("writes an alarm anew and as it stands later, and never undoes an acknowledgement", async () => {
        await withProjects("p", "q");
        const alarm = sampleAlarm("p", "one");
        expect(await store.alarms.put(alarm, 10)).toBe(true);
        expect(await store.alarms.get("p", "one")).toEqual(alarm);
        expect(await store.alarms.get("q", "one")).toBeNull();
        expect(await store.alarms.acknowledge("p", "one", 50)).toBe(true);
        expect(await store.alarms.acknowledge("p", "one", 60)).toBe(true);
        expect(await store.alarms.acknowledge("q", "one", 60)).toBe(false);
        const later = { ...alarm, count: 7, lastAtMs: alarm.lastAtMs + 5 };
        expect(await store.alarms.put(later, 1)).toBe(true);
        expect(await store.alarms.get("p", "one")).toEqual({ ...later, acknowledgedAtMs: 50 });
        await store.alarms.put({ ...later, count: Number.MAX_SAFE_INTEGER }, 1);
        expect((await store.alarms.get("p", "one"))?.count).toBe(1_000_000_000_000);
      });

      it("lists the newest use first, the open alone where asked, no more than asked, of one project", async () => {
        await withProjects("p", "q");
        const at = (id: string, lastAtMs: number) => ({ ...sampleAlarm("p", id), lastAtMs });
        for (const alarm of [at("a", 3), at("b", 9), at("c", 6)]) await store.alarms.put(alarm, 10);
        await store.alarms.put({ ...sampleAlarm("q", "z"), kind: "reported", decoy: null }, 10);
        await store.alarms.acknowledge("p", "b", 1);
        const ids = async (open: boolean, limit = 10) =>
          (await store.alarms.list("p", { open, limit })).map(({ id }) => id);
        expect(await ids(false)).toEqual(["b", "c", "a"]);
        expect(await ids(true)).toEqual(["c", "a"]);
        expect(await ids(false, 1)).toEqual(["b"]);
        expect([await store.alarms.countOpen("p"), await store.alarms.countOpen("q")]).toEqual([2, 1]);
        expect((await store.alarms.list("q", { open: true, limit: 9 }))[0]).toMatchObject({ decoy: null });
      });

      it("holds so many alarms of one kind and decoy: the oldest acknowledged gives way, else the uses go to the newest", async () => {
        await withProjects("p", "q");
        const at = (id: string, firstAtMs: number) => ({
          ...sampleAlarm("p", id),
          firstAtMs,
          lastAtMs: firstAtMs,
          count: 4,
        });
        await store.alarms.put(at("a", 1), 2);
        await store.alarms.put(at("b", 2), 2);
        await store.alarms.put({ ...at("other", 0), decoy: "other-key" }, 2);
        await store.alarms.put({ ...at("canary", 0), kind: "canary_used" }, 2);
        await store.alarms.put({ ...sampleAlarm("q", "a") }, 2);
        expect(await store.alarms.put(at("c", 30), 2)).toBe(false);
        expect(await store.alarms.get("p", "c")).toBeNull();
        expect(await store.alarms.get("p", "b")).toMatchObject({ count: 8, firstAtMs: 2, lastAtMs: 30 });
        expect(await store.alarms.get("p", "a")).toMatchObject({ count: 4, lastAtMs: 1 });
        await store.alarms.acknowledge("p", "a", 40);
        expect(await store.alarms.put(at("c", 50), 2)).toBe(true);
        expect(await store.alarms.get("p", "a")).toBeNull();
        expect((await store.alarms.list("p", { open: false, limit: 9 })).map(({ id }) => id).toSorted()).toEqual([
          "b",
          "c",
          "canary",
          "other",
        ]);
        const none = (id: string) => ({ ...sampleAlarm("p", id), kind: "reported", decoy: null }) as const;
        expect(await store.alarms.put(none("x"), 1)).toBe(true);
        expect(await store.alarms.put(none("y"), 1)).toBe(false);
      });

      it("forgets alarms that are old, and sooner those that are acknowledged", async () => {
        await withProjects("p");
        for (const [id, lastAtMs] of [
          ["old", 5],
          ["seen", 50],
          ["new", 60],
        ] as const)
          await store.alarms.put({ ...sampleAlarm("p", id), lastAtMs }, 10);
        await store.alarms.acknowledge("p", "seen", 70);
        expect(await store.alarms.prune(5, 70)).toBe(0);
        expect(await store.alarms.prune(6, 71)).toBe(2);
        expect((await store.alarms.list("p", { open: false, limit: 9 })).map(({ id }) => id)).toEqual(["new"]);
      });

      it("has an alarm told of when it is new and again when it is settled so, and knows where", async () => {
        await withProjects("p", "q");
        const [one, two] = [
          { ...sampleAlarm("p", "one"), firstAtMs: 20 },
          { ...sampleAlarm("q", "two"), firstAtMs: 10 },
        ];
        for (const alarm of [one, two]) await store.alarms.put(alarm, 10);
        expect(await store.alarmNotices.due("p", 19, 10)).toEqual([]);
        expect(await store.alarmNotices.due("p", 20, 10)).toEqual([{ alarm: one, tries: 0 }]);
        expect(await store.alarmNotices.due("q", 20, 10)).toEqual([{ alarm: two, tries: 0 }]);
        await store.alarms.put({ ...one, id: "later", firstAtMs: 21 }, 10);
        expect(await store.alarmNotices.due("p", 30, 1)).toEqual([{ alarm: one, tries: 0 }]);
        await store.alarmNotices.settle({ project: "p", id: "later" }, 0, null);
        await store.alarmNotices.settle(one, 1, 90);
        await store.alarmNotices.settle(two, 0, null);
        await store.alarms.put({ ...one, count: 2 }, 10);
        expect([await store.alarmNotices.due("p", 89, 10), await store.alarmNotices.due("q", 89, 10)]).toEqual([
          [],
          [],
        ]);
        expect(await store.alarmNotices.due("p", 90, 10)).toEqual([{ alarm: { ...one, count: 2 }, tries: 1 }]);
        expect(await store.alarmNotices.target("p")).toBeNull();
        await store.alarmNotices.setTarget("p", "sealed-one");
        await store.alarmNotices.setTarget("p", "sealed-two");
        expect([await store.alarmNotices.target("p"), await store.alarmNotices.target("q")]).toEqual([
          "sealed-two",
          null,
        ]);
        await store.alarmNotices.setTarget("p", null);
        expect(await store.alarmNotices.target("p")).toBeNull();
      });

      it("finds a hook by its token's hash, names each once in a project, and forgets what is removed", async () => {
        await withProjects("p", "q");
        const [one, any] = [sampleAlarmHook("p", "cloud"), { ...sampleAlarmHook("p", "any"), decoy: null }];
        expect(await store.alarmHooks.add(one)).toBe(true);
        expect(await store.alarmHooks.add(any)).toBe(true);
        expect(await store.alarmHooks.add({ ...one, tokenHash: "another" })).toBe(false);
        await expect(
          store.alarmHooks.add({ ...sampleAlarmHook("q", "cloud"), tokenHash: one.tokenHash }),
        ).rejects.toThrow();
        expect(await store.alarmHooks.list("p")).toEqual([any, one]);
        expect(await store.alarmHooks.byTokenHash(one.tokenHash)).toEqual(one);
        expect(await store.alarmHooks.byTokenHash("another")).toBeNull();
        expect(await store.alarmHooks.remove("q", "cloud")).toBe(false);
        expect(await store.alarmHooks.remove("p", "cloud")).toBe(true);
        expect(await store.alarmHooks.byTokenHash(one.tokenHash)).toBeNull();
      });
    });

    describe("verifier credentials and traffic", () => {
      const hour = 3_600_000;
      const withApis = async (): Promise<void> => {
        await withProjects("p", "q");
        for (const project of ["p", "q"])
          for (const api of ["nasa", "shop"]) await store.protectedApis.put(sampleApi(project, api));
      };

      it("finds a credential by its hash, names each once in a project, and forgets what is removed", async () => {
        await withApis();
        const [limited, whole] = [sampleVerifier("p", "shop", "shop"), sampleVerifier("p", "all", null)];
        expect(await store.verifiers.add(limited)).toBe(true);
        expect(await store.verifiers.add(whole)).toBe(true);
        expect(await store.verifiers.add({ ...limited, tokenHash: "another" })).toBe(false);
        expect(await store.verifiers.add(sampleVerifier("q", "shop", null))).toBe(true);
        expect(await store.verifiers.list("p")).toEqual([whole, limited]);
        expect(await store.verifiers.byTokenHash(limited.tokenHash)).toEqual(limited);
        expect(await store.verifiers.byTokenHash("another")).toBeNull();
        expect(await store.verifiers.remove("p", "shop")).toBe(true);
        expect(await store.verifiers.remove("p", "shop")).toBe(false);
        expect(await store.verifiers.byTokenHash(limited.tokenHash)).toBeNull();
        expect(await store.verifiers.list("q")).toHaveLength(1);
      });

      it("takes no credential for an API that is not there or for a hash that another has, and ends one with its API", async () => {
        await withApis();
        await expect(store.verifiers.add(sampleVerifier("p", "x", "nowhere"))).rejects.toThrow();
        await store.verifiers.add(sampleVerifier("p", "shop", "shop"));
        const twin = { ...sampleVerifier("p", "twin", null), tokenHash: sampleVerifier("p", "shop", null).tokenHash };
        await expect(store.verifiers.add(twin)).rejects.toThrow();
        await store.protectedApis.put({ ...sampleApi("p", "shop"), tokenSeconds: 60 });
        expect(await store.verifiers.list("p")).toHaveLength(1);
        await store.protectedApis.remove("p", "shop");
        expect(await store.verifiers.list("p")).toEqual([]);
      });

      const report = (nonce: string, more: Partial<TrafficReport> = {}): TrafficReport => ({
        project: "p",
        verifier: "shop",
        api: "shop",
        nonce,
        atMs: 10 * hour + 5,
        hourMs: 10 * hour,
        counts: { verified: 7, invalid: 2, decoys: 0 },
        ...more,
      });
      const withVerifiers = async (): Promise<void> => {
        await withApis();
        await store.verifiers.add(sampleVerifier("p", "shop", null));
        await store.verifiers.add(sampleVerifier("p", "other", null));
        await store.verifiers.add(sampleVerifier("q", "shop", null));
      };

      it("adds up reports by hour, each nonce of a credential once", async () => {
        await withVerifiers();
        expect(await store.traffic.add(report("n1"))).toBe(true);
        expect(await store.traffic.add(report("n1", { counts: { verified: 100 } }))).toBe(false);
        expect(await store.traffic.add(report("n1", { verifier: "other" }))).toBe(true);
        expect(await store.traffic.add(report("n1", { project: "q" }))).toBe(true);
        expect(await store.traffic.add(report("n2", { hourMs: 11 * hour, counts: { verified: 1, reused: 3 } }))).toBe(
          true,
        );
        expect(await store.traffic.add(report("n3", { api: "nasa" }))).toBe(true);
        expect(await store.traffic.sums("p", "shop", 10 * hour, 12 * hour)).toEqual({
          verified: 15,
          invalid: 4,
          reused: 3,
        });
        expect(await store.traffic.sums("p", "shop", 10 * hour, 11 * hour)).toEqual({ verified: 14, invalid: 4 });
        expect(await store.traffic.sums("p", "shop", 12 * hour, 13 * hour)).toEqual({});
      });

      it("adds many reports at once without losing one, and a nonce sent many times at once one time", async () => {
        await withVerifiers();
        const added = await Promise.all([
          ...Array.from({ length: 20 }, (_, index) => store.traffic.add(report(`n${index}`))),
          ...Array.from({ length: 10 }, () => store.traffic.add(report("same"))),
        ]);
        expect(added.filter(Boolean)).toHaveLength(21);
        expect(await store.traffic.sums("p", "shop", 0, 99 * hour)).toEqual({ verified: 147, invalid: 42 });
      });

      it("lets a count grow to a bound and no further", async () => {
        await withVerifiers();
        for (const nonce of ["n1", "n2"])
          await store.traffic.add(report(nonce, { counts: { verified: 999_999_999_999 } }));
        expect(await store.traffic.sums("p", "shop", 0, 99 * hour)).toEqual({ verified: 1_000_000_000_000 });
      });

      it("adds nothing for a credential or an API that is not there", async () => {
        await withVerifiers();
        await expect(store.traffic.add(report("n1", { verifier: "nobody" }))).rejects.toThrow();
        await expect(store.traffic.add(report("n1", { api: "nowhere" }))).rejects.toThrow();
        expect(await store.traffic.add(report("n1"))).toBe(true);
      });

      it("forgets old hours, and nonces by the time of their report", async () => {
        await withVerifiers();
        await store.traffic.add(report("n1"));
        await store.traffic.add(report("n2", { atMs: 11 * hour, hourMs: 11 * hour }));
        expect(await store.traffic.prune(11 * hour, 11 * hour)).toBe(3);
        expect(await store.traffic.sums("p", "shop", 0, 99 * hour)).toEqual({ verified: 7, invalid: 2 });
        expect(await store.traffic.add(report("n2"))).toBe(false);
        expect(await store.traffic.add(report("n1"))).toBe(true);
      });
    });

    describe("versions of apps", () => {
      const seen = (build: string, instances: number, more: Partial<FleetVersion> = {}): FleetVersion => {
        let { sketch } = sampleVersion("p", build);
        for (let at = 1; at < instances; at += 1) {
          const id = createHash("sha256").update(`${build} ${at}`).digest().subarray(0, 16);
          sketch = withInstance(sketch, id.toString("base64url"), 1_700_000_000_000);
        }
        return { ...sampleVersion("p", build), sketch, ...more };
      };

      it("gives back what was put in, by name, of one project and since a time", async () => {
        await withProjects("p", "q");
        const [one, two] = [sampleVersion("p", "1"), { ...sampleVersion("p", "2"), identity: null, attested: null }];
        await store.fleet.add([two, one, { ...sampleVersion("q", "1"), lastSeenMs: 5 }], 10);
        expect(await store.fleet.list("p", 0)).toEqual([one, two]);
        expect(await store.fleet.list("q", 6)).toEqual([]);
        expect(await store.fleet.list("q", 5)).toHaveLength(1);
        await reopen();
        expect(await store.fleet.list("p", 0)).toEqual([one, two]);
      });

      it("keeps versions apart by everything that may be treated differently, and by nothing else", async () => {
        await withProjects("p");
        const one = sampleVersion("p", "1");
        const others: FleetVersion[] = [
          { ...one, app: "other" },
          { ...one, platform: "ios" },
          { ...one, version: "2" },
          { ...one, build: "2" },
          { ...one, sdk: "countersign-js/0.2.0" },
          { ...one, identity: "org.example.app 01ff" },
          { ...one, identity: null },
          { ...one, attested: "8" },
          { ...one, attested: null },
          { ...one, detectors: ["hook"] },
        ];
        await store.fleet.add([one, ...others], 100);
        expect(await store.fleet.list("p", 0)).toHaveLength(1 + others.length);
        await store.fleet.add([{ ...one, firstSeenMs: 1, lastSeenMs: 2, manifest: { epoch: 9, version: 9 } }], 100);
        expect(await store.fleet.list("p", 0)).toHaveLength(1 + others.length);
      });

      it("adds to what is known: first and last seen, the newest manifest, every instance once, however many write at once", async () => {
        await withProjects("p");
        const early = seen("1", 3, { firstSeenMs: 5, lastSeenMs: 6, manifest: { epoch: 2, version: 1 } });
        const late = seen("1", 40, { firstSeenMs: 7, lastSeenMs: 9, manifest: { epoch: 1, version: 9 } });
        await Promise.all(Array.from({ length: 12 }, (_, at) => store.fleet.add([at % 2 === 0 ? early : late], 10)));
        const [one, ...others] = await store.fleet.list("p", 0);
        expect(others).toEqual([]);
        expect(one).toMatchObject({ firstSeenMs: 5, lastSeenMs: 9, manifest: { epoch: 2, version: 1 } });
        expect(one?.sketch).toEqual(late.sketch);
      });

      it("keeps so many versions of a project: that of the fewest instances gives way, then that not seen for the longest", async () => {
        await withProjects("p", "q");
        await store.fleet.add([{ ...sampleVersion("q", "1") }], 3);
        await store.fleet.add([seen("many", 30), seen("old", 1, { lastSeenMs: 5 }), seen("young", 1)], 3);
        await store.fleet.add([seen("new", 1, { lastSeenMs: 7 })], 3);
        expect((await store.fleet.list("p", 0)).map(({ build }) => build)).toEqual(["many", "new", "young"]);
        for (let at = 0; at < 20; at += 1) await store.fleet.add([seen(`made up ${at}`, 1)], 3);
        const kept = (await store.fleet.list("p", 0)).map(({ build }) => build);
        expect(kept).toHaveLength(3);
        expect(kept).toContain("many");
        expect(await store.fleet.list("q", 0)).toHaveLength(1);
      });

      it("forgets what was last seen before", async () => {
        await withProjects("p");
        await store.fleet.add([seen("old", 1, { lastSeenMs: 5 }), seen("young", 1, { lastSeenMs: 6 })], 10);
        expect(await store.fleet.prune(6)).toBe(1);
        expect((await store.fleet.list("p", 0)).map(({ build }) => build)).toEqual(["young"]);
      });

      it("takes no version of a project that is not there", async () => {
        await expect(store.fleet.add([sampleVersion("nowhere", "1")], 10)).rejects.toThrow();
      });
    });

    it("finds nothing under another project's id", async () => {
      await withProjects("p", "q");
      await store.apps.put(sampleApp("p", "x"));
      await store.protectedApis.put(sampleApi("p", "x"));
      await store.secrets.put(sampleSecret("p", "x"));
      await store.instances.put(sampleInstance("p", "x", "ios"));
      for (const project of ["q", "nowhere", ""]) {
        expect(await store.apps.get(project, "x")).toBeNull();
        expect(await store.apps.list(project)).toEqual([]);
        expect(await store.protectedApis.get(project, "x")).toBeNull();
        expect(await store.protectedApis.list(project)).toEqual([]);
        expect(await store.secrets.get(project, "x")).toBeNull();
        expect(await store.secrets.list(project)).toEqual([]);
        expect(await store.instances.get(project, "x")).toBeNull();
      }
      expect(await store.projects.get("nowhere")).toBeNull();
    });

    it("keeps text as it was given, whatever its characters", async () => {
      await withProjects("p");
      const hostile = `'; drop table apps; -- " \\ % _ ü 🛰 \u2028`;
      await store.apps.put({ ...sampleApp("p", hostile), web: { origins: [hostile] } });
      expect(await store.apps.get("p", hostile)).toEqual({ ...sampleApp("p", hostile), web: { origins: [hostile] } });
    });

    it("serves many concurrent calls, transactions among them", async () => {
      await withProjects("p");
      await Promise.all(
        Array.from({ length: 60 }, async (_, i) => {
          await store.instances.put(sampleInstance("p", `i${i}`, "android"));
          await store.audit.add({ project: "p", atMs: i, actor: "a", action: "put", target: `i${i}`, detail: {} });
          expect(await store.instances.get("p", `i${i}`)).toEqual(sampleInstance("p", `i${i}`, "android"));
        }),
      );
      expect(await store.audit.list("p", 1000)).toHaveLength(60);
    });
  });
}
