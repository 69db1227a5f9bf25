import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type AdminLab, openAdminLab, refusalOf } from "./admin-lab.suite.ts";

let lab: AdminLab;
let id: string;
beforeEach(async () => {
  lab = await openAdminLab();
  id = (await lab.admin.createProject(lab.actor, { name: "p", kind: "production" })).id;
  await lab.admin.putApp(lab.actor, id, "astro", { web: { origins: ["https://a.example"] } }, "create");
});
afterEach(() => lab.close());

const put = (clientId: string, apps?: readonly string[] | null) =>
  lab.admin.putOauthClient(lab.actor, id, { clientId, apps });

describe("an OAuth client", () => {
  it("is for every app unless apps are named, and put again takes the place of what was", async () => {
    expect(await put("https://client.example.com/astro")).toEqual({
      clientId: "https://client.example.com/astro",
      apps: null,
    });
    await put("mobile", ["astro"]);
    await put("https://client.example.com/astro", ["astro"]);
    expect(await lab.admin.listOauthClients(id)).toEqual([
      { clientId: "mobile", apps: ["astro"] },
      { clientId: "https://client.example.com/astro", apps: ["astro"] },
    ]);
  });

  it("gives the project an attester key when it is the first, and none before", async () => {
    const attesters = async () =>
      (await lab.store.tokenKeys.ofProject(id)).filter(({ purpose }) => purpose === "attester").length;
    expect(await attesters()).toBe(0);
    await put("mobile");
    await put("other");
    expect(await attesters()).toBe(1);
  });

  it("is removed once; its other settings and clients stay", async () => {
    await lab.admin.changeSettings(lab.actor, id, { sessionSeconds: 240 });
    await put("mobile");
    await put("other");
    await lab.admin.removeOauthClient(lab.actor, id, "mobile");
    expect(await lab.admin.listOauthClients(id)).toEqual([{ clientId: "other", apps: null }]);
    expect((await lab.admin.showProject(id)).settings.sessionSeconds).toBe(240);
    expect(await refusalOf(lab.admin.removeOauthClient(lab.actor, id, "mobile"))).toBe("not_found");
  });

  it("outlives a change of settings", async () => {
    await put("mobile");
    await lab.admin.changeSettings(lab.actor, id, { sessionSeconds: 240 });
    expect(await lab.admin.listOauthClients(id)).toHaveLength(1);
  });

  it.each(["", " a", "a ", "a\nb", "é", "c".repeat(257)])("is refused by the id %j", async (clientId) => {
    expect(await refusalOf(put(clientId))).toBe("invalid_input /clientId");
  });

  it("names apps there are, and keeps them from being removed", async () => {
    expect(await refusalOf(put("mobile", ["other"]))).toBe("not_found");
    expect(await refusalOf(put("mobile", ["astro", "astro"]))).toBe("invalid_input /apps");
    await put("mobile", ["astro"]);
    expect(await refusalOf(lab.admin.removeApp(lab.actor, id, "astro"))).toBe("in_use");
    await put("mobile");
    await lab.admin.removeApp(lab.actor, id, "astro");
  });

  it("is one of 64 at most", async () => {
    for (let index = 0; index < 64; index += 1) await put(`client-${index}`);
    expect(await refusalOf(put("one-more"))).toBe("limit_reached");
    await put("client-3", ["astro"]);
  });

  it("does not go with decoys: a public key tells them from genuine sessions", async () => {
    const project = await lab.store.projects.get(id);
    if (project === null) throw new Error("no project");
    await lab.store.projects.update({ ...project, settings: { ...project.settings, decoy: true } });
    expect(await refusalOf(put("mobile"))).toBe("conflict");
  });

  it("is in the audit log when it is put and removed", async () => {
    await put("mobile", ["astro"]);
    await lab.admin.removeOauthClient(lab.actor, id, "mobile");
    const actions = (await lab.admin.listAudit(id, 2)).map(({ action, target }) => `${action} ${target}`);
    expect(actions.toSorted()).toEqual(["oauth-client.put mobile", "oauth-client.remove mobile"]);
  });
});
