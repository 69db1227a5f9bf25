import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type AdminLab, openAdminLab, refusalOf } from "./admin-lab.suite.ts";
import type { BuildInput } from "./register-build.ts";

const old = "0a".repeat(32);
const rotated = "0b".repeat(32);
const android = { packageName: "org.example.app", signingDigests: [old] };
const ios = { appId: "ABCDE12345.org.example.app" };

let lab: AdminLab;
let id: string;
beforeEach(async () => {
  lab = await openAdminLab();
  id = (await lab.admin.createProject(lab.actor, { name: "p", kind: "production" })).id;
});
afterEach(() => lab.close());

const register = (input: BuildInput, app = "one") => lab.admin.registerBuild(lab.actor, id, app, input);

describe("registering a build", () => {
  it("makes the app it is of, by certificate: every version signed so counts", async () => {
    const { app, release, added } = await register({ android });
    expect(app).toMatchObject({ id: "one", ios: null, android, web: null, releases: "any" });
    expect([release, added]).toEqual([null, ["org.example.app", old]]);
  });

  it("makes the app it is of, by build: this version alone counts, until its end", async () => {
    const { app, release } = await register({ ios, release: { version: "1.4.2", expiresAtMs: 5 } });
    expect(app).toMatchObject({ ios: { appIds: [ios.appId] }, android: null, releases: "listed" });
    expect(release).toMatchObject({ platform: "ios", version: "1.4.2", status: "active", expiresAtMs: 5 });
  });

  it("adds to an app what it lacks, and takes nothing away", async () => {
    const web = { origins: ["https://app.example.org"] };
    await lab.admin.putApp(lab.actor, id, "one", { android, web, releases: "any" }, "create");
    expect((await register({ ios, release: { version: "7" } })).added).toEqual([ios.appId]);
    const both = { packageName: "org.example.app", signingDigests: [old.toUpperCase(), rotated] };
    const { app, added } = await register({ android: both });
    expect(added).toEqual([rotated]);
    expect(app).toMatchObject({
      ios: { appIds: [ios.appId] },
      android: { packageName: "org.example.app", signingDigests: [old, rotated] },
      web,
      releases: "any",
    });
    expect((await lab.admin.listReleases(id, "one")).map(({ version }) => version)).toEqual(["7"]);
    expect((await register({ ios })).added).toEqual([]);
  });

  it("loses nothing where two build jobs register at once", async () => {
    await Promise.all([
      register({ ios }),
      register({ android }),
      register({ android: { ...android, signingDigests: [rotated] } }),
    ]);
    expect(await lab.admin.showApp(id, "one")).toMatchObject({
      ios: { appIds: [ios.appId] },
      android: { packageName: "org.example.app", signingDigests: [old, rotated] },
    });
  });

  it("never makes a withdrawn release active again", async () => {
    await register({ android, release: { version: "42" } });
    const name = { app: "one", platform: "android", version: "42" };
    await lab.admin.putRelease(lab.actor, id, name, { status: "withdrawn" });
    const again = { android: { ...android, signingDigests: [rotated] }, release: { version: "42" } };
    expect(await refusalOf(register(again))).toBe("conflict");
    expect((await lab.admin.showApp(id, "one")).android?.signingDigests).toEqual([old]);
    expect((await lab.admin.listReleases(id, "one"))[0]).toMatchObject({ status: "withdrawn" });
  });

  it("keeps in the audit which package was read, and what it added", async () => {
    await register({ android, release: { version: "42" }, packageSha256: "0C".repeat(32) });
    const [record] = await lab.admin.listAudit(id, 1);
    expect(record).toMatchObject({
      action: "app.register",
      target: "one",
      detail: {
        platform: "android",
        packageSha256: "0c".repeat(32),
        version: "42",
        added: `org.example.app,${old}`,
      },
    });
  });

  it.each<[string, BuildInput, string]>([
    ["of no platform", {}, "invalid_input"],
    ["of two platforms", { ios, android }, "invalid_input"],
    ["without a signing digest", { android: { ...android, signingDigests: [] } }, "invalid_input"],
    ["with a digest that is none", { android: { ...android, signingDigests: ["0a"] } }, "invalid_input"],
    ["with an App ID that is none", { ios: { appId: "app" } }, "invalid_input"],
    ["with a version that is none", { android, release: { version: "1.4" } }, "invalid_input"],
    ["with a package digest that is none", { android, packageSha256: "x" }, "invalid_input"],
    ["of another package", { android: { ...android, packageName: "org.example.other" } }, "conflict"],
  ])("refuses a build %s, and writes nothing", async (_, input, refusal) => {
    await register({ android: { ...android, signingDigests: [rotated] } });
    const before = await lab.admin.listApps(id);
    expect((await refusalOf(register(input))).split(" ")[0]).toBe(refusal);
    expect((await lab.admin.listApps(id)).filter(({ id: app }) => app === "one")).toEqual(before);
    expect(await lab.admin.listReleases(id, "one")).toEqual([]);
  });
});
