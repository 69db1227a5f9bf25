import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type AdminLab, openAdminLab, refusalOf } from "./admin-lab.suite.ts";
import type { ReleaseInput } from "./releases.ts";

let lab: AdminLab;
let id: string;
beforeEach(async () => {
  lab = await openAdminLab();
  id = (await lab.admin.createProject(lab.actor, { name: "p", kind: "production" })).id;
  const app = { ios: { appIds: ["ABCDE12345.org.example.app"] } };
  const both = { ...app, android: { packageName: "org.example.app", signingDigests: ["0a".repeat(32)] } };
  await lab.admin.putApp(lab.actor, id, "ios-only", app, "create");
  await lab.admin.putApp(lab.actor, id, "one", both, "create");
});
afterEach(() => lab.close());

const put = (platform: string, version: string, input: ReleaseInput, app = "one") =>
  lab.admin.putRelease(lab.actor, id, { app, platform, version }, input);
const active = { status: "active" } as const;
const withdrawn = { status: "withdrawn" } as const;

describe("a release", () => {
  it("is added, withdrawn and made active again, keeping its end and its beginning unless told", async () => {
    const added = await put("android", "42", { ...active, expiresAtMs: 5 });
    expect(added).toMatchObject({ platform: "android", version: "42", status: "active", expiresAtMs: 5 });
    expect(await put("android", "42", withdrawn)).toEqual({ ...added, status: "withdrawn" });
    expect(await put("android", "42", { ...active, expiresAtMs: null })).toEqual({ ...added, expiresAtMs: null });
    expect(await put("ios", "1.4.2", withdrawn)).toMatchObject({ status: "withdrawn", expiresAtMs: null });
    expect((await lab.admin.listReleases(id, "one")).map(({ version }) => version)).toEqual(["42", "1.4.2"]);
    expect(await lab.admin.listReleases(id, "ios-only")).toEqual([]);
  });

  it("is in the audit with how it stands, and so is its end", async () => {
    await put("android", "42", withdrawn);
    await lab.admin.removeRelease(lab.actor, id, { app: "one", platform: "android", version: "42" });
    const records = await lab.admin.listAudit(id, 2);
    expect(records.map(({ action, target, detail }) => ({ action, target, detail }))).toEqual([
      { action: "release.remove", target: "one android 42", detail: {} },
      { action: "release.put", target: "one android 42", detail: { status: "withdrawn", expiresAtMs: null } },
    ]);
  });

  it("is removed once", async () => {
    const name = { app: "one", platform: "ios", version: "7" };
    await put("ios", "7", active);
    await lab.admin.removeRelease(lab.actor, id, name);
    expect(await refusalOf(lab.admin.removeRelease(lab.actor, id, name))).toBe("not_found");
  });

  it.each([
    ["ios", ""],
    ["ios", "."],
    ["ios", "1 4"],
    ["ios", "1".repeat(65)],
    ["android", "1.4"],
    ["android", "042"],
    ["android", "9".repeat(16)],
    ["web", "1"],
  ])("of %s is not named %j", async (platform, version) => {
    const path = platform === "web" ? "/platform" : "/version";
    expect(await refusalOf(put(platform, version, active))).toBe(`invalid_input ${path}`);
  });

  it("is of a registered platform of an app of this project", async () => {
    expect(await refusalOf(put("android", "42", active, "ios-only"))).toBe("invalid_input /platform");
    expect(await refusalOf(put("ios", "42", active, "none"))).toBe("not_found");
    expect(await refusalOf(lab.admin.listReleases(id, "none"))).toBe("not_found");
  });

  it("is one of at most 256 of an app, of which each can still be withdrawn", async () => {
    const common = {
      project: id,
      app: "one",
      platform: "android",
      ...active,
      expiresAtMs: null,
      createdAtMs: 0,
    } as const;
    for (let version = 1; version <= 256; version += 1) {
      await lab.store.releases.put({ ...common, version: String(version) });
    }
    expect(await refusalOf(put("android", "257", active))).toBe("limit_reached");
    expect(await put("android", "256", withdrawn)).toMatchObject(withdrawn);
  });
});

describe("the mode of an app's releases", () => {
  const ios = { ios: { appIds: ["ABCDE12345.org.example.app"] } };

  it("is any version at first, and stays as it was where a replacement does not name it", async () => {
    expect((await lab.admin.showApp(id, "one")).releases).toBe("any");
    await lab.admin.putApp(lab.actor, id, "one", { ...ios, releases: "listed" }, "replace");
    expect((await lab.admin.putApp(lab.actor, id, "one", ios, "replace")).releases).toBe("listed");
  });
});
