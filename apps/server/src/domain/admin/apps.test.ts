import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type AdminLab, openAdminLab, refusalOf } from "./admin-lab.suite.ts";
import type { AppInput } from "./apps.ts";

let lab: AdminLab;
let id: string;
beforeEach(async () => {
  lab = await openAdminLab();
  id = (await lab.admin.createProject(lab.actor, { name: "p", kind: "production" })).id;
});
afterEach(() => lab.close());

const digest = "0A".repeat(32);
const whole: AppInput = {
  ios: { appIds: ["ABCDE12345.org.example.app"] },
  android: { packageName: "org.example.app", signingDigests: [digest] },
  web: { origins: ["https://app.example.org"] },
};
const add = (app: string, input: AppInput) => lab.admin.putApp(lab.actor, id, app, input, "create");

describe("an app", () => {
  it("is kept with digests as lower-case hex, whichever way they were written", async () => {
    await add("one", {
      android: { packageName: "org.example.app", signingDigests: [digest.replaceAll(/(..)(?!$)/g, "$1:")] },
    });
    expect((await lab.admin.showApp(id, "one")).android?.signingDigests).toEqual(["0a".repeat(32)]);
  });

  it("is added once, then only replaced", async () => {
    expect(await refusalOf(lab.admin.putApp(lab.actor, id, "one", whole, "replace"))).toBe("not_found");
    await add("one", whole);
    expect(await refusalOf(add("one", whole))).toBe("conflict");
    const replaced = await lab.admin.putApp(
      lab.actor,
      id,
      "one",
      { web: { origins: ["https://b.example"] } },
      "replace",
    );
    expect([replaced.ios, replaced.android]).toEqual([null, null]);
  });

  it.each([
    ["no platform", {}, ""],
    ["an App ID without team", { ios: { appIds: ["org.example.app"] } }, "/ios/appIds/0"],
    ["an App ID with a wildcard", { ios: { appIds: ["ABCDE12345.*"] } }, "/ios/appIds/0"],
    ["no App ID", { ios: { appIds: [] } }, "/ios/appIds"],
    ["the same App ID twice", { ios: { appIds: ["ABCDE12345.a.b", "ABCDE12345.a.b"] } }, "/ios/appIds"],
    ["a package of one part", { android: { packageName: "app", signingDigests: [digest] } }, "/android/packageName"],
    [
      "a SHA-1 digest",
      { android: { packageName: "a.b", signingDigests: ["0A".repeat(20)] } },
      "/android/signingDigests/0",
    ],
    [
      "the same digest in both forms",
      { android: { packageName: "a.b", signingDigests: [digest, digest.toLowerCase()] } },
      "/android/signingDigests",
    ],
    ["no digest", { android: { packageName: "a.b", signingDigests: [] } }, "/android/signingDigests"],
    ["an origin with a path", { web: { origins: ["https://a.example/x"] } }, "/web/origins/0"],
    ["an http origin", { web: { origins: ["http://localhost:3000"] } }, "/web/origins/0"],
  ] satisfies [string, AppInput, string][])("is refused with %s", async (_, input, path) => {
    expect(await refusalOf(add("one", input))).toBe(`invalid_input ${path}`.trimEnd() + (path === "" ? " " : ""));
    expect(await lab.admin.listApps(id)).toEqual([]);
  });

  it("may have an http origin of localhost in a development project", async () => {
    const other = (await lab.admin.createProject(lab.actor, { name: "d", kind: "development" })).id;
    const origins = { web: { origins: ["http://localhost:3000"] } };
    expect(await refusalOf(lab.admin.putApp(lab.actor, other, "one", origins, "create"))).toBe("done");
  });

  it("is unknown in another project", async () => {
    await add("one", whole);
    const other = (await lab.admin.createProject(lab.actor, { name: "q", kind: "production" })).id;
    expect(await refusalOf(lab.admin.showApp(other, "one"))).toBe("not_found");
    expect(await refusalOf(lab.admin.removeApp(lab.actor, other, "one"))).toBe("not_found");
    expect(await refusalOf(lab.admin.putApp(lab.actor, other, "one", whole, "replace"))).toBe("not_found");
    expect(await lab.admin.listApps(id)).toHaveLength(1);
  });

  it("that a secret names stays until the secret is gone", async () => {
    await add("one", whole);
    await lab.admin.putApi(lab.actor, id, "api", { host: "a.example", channel: "system" }, "create");
    const place = { api: "api", methods: ["GET"], path: "/", in: "query", name: "k", when: "placeholder" } as const;
    await lab.admin.setSecret(lab.actor, id, "key", { value: "v", places: [place], apps: ["one"] });
    expect(await refusalOf(lab.admin.removeApp(lab.actor, id, "one"))).toBe("in_use");
    await lab.admin.removeSecret(lab.actor, id, "key");
    expect(await refusalOf(lab.admin.removeApp(lab.actor, id, "one"))).toBe("done");
  });

  it.each(["", "One", "a b", "a_b", "x".repeat(49), "ä"])("is refused the id %j", async (app) => {
    expect(await refusalOf(add(app, whole))).toBe("invalid_input /id");
  });
});
