import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RecordStore } from "../domain/ports/index.ts";
import { administratorsContract } from "./record/administrators.suite.ts";
import { alarmsContract } from "./record/alarms.suite.ts";
import { appsAndApisContract } from "./record/apps-and-apis.suite.ts";
import { bansContract } from "./record/bans.suite.ts";
import { brokersContract } from "./record/brokers.suite.ts";
import { chainsContract } from "./record/chains.suite.ts";
import { developmentKeysContract } from "./record/development-keys.suite.ts";
import { instancesContract } from "./record/instances.suite.ts";
import type { OpenRecord } from "./record/open-record.suite.ts";
import { projectsContract } from "./record/projects.suite.ts";
import { receiptsContract } from "./record/receipts.suite.ts";
import { releasesContract } from "./record/releases.suite.ts";
import { secretsContract } from "./record/secrets.suite.ts";
import { tokenKeysContract } from "./record/token-keys.suite.ts";
import { tracesContract } from "./record/traces.suite.ts";
import { vendorCredentialsContract } from "./record/vendor-credentials.suite.ts";
import { verifiersContract } from "./record/verifiers.suite.ts";
import { versionsContract } from "./record/versions.suite.ts";
import {
  sampleApi,
  sampleApp,
  sampleInstance,
  sampleKey,
  sampleProject,
  sampleSecret,
  sampleSeed,
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
    const record: OpenRecord = {
      get store() {
        return store;
      },
      withProjects,
      reopen,
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

    projectsContract(record);
    tokenKeysContract(record);
    appsAndApisContract(record);
    chainsContract(record);
    releasesContract(record);
    vendorCredentialsContract(record);
    secretsContract(record);
    instancesContract(record);
    bansContract(record);
    tracesContract(record);
    administratorsContract(record);
    receiptsContract(record);
    developmentKeysContract(record);
    brokersContract(record);
    alarmsContract(record);
    verifiersContract(record);
    versionsContract(record);

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
