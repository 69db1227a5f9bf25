import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type AdminLab, openAdminLab, refusalOf } from "./admin-lab.suite.ts";

const day = 86_400;

describe("development keys", () => {
  let lab: AdminLab;
  let project: string;

  beforeEach(async () => {
    lab = await openAdminLab();
    project = (await lab.admin.createProject(lab.actor, { name: "p", kind: "development" })).id;
  });
  afterEach(() => lab.close());

  const create = (input: Partial<{ name: string; expiresInSeconds: number; quota: number; perDay: number }> = {}) =>
    lab.admin.createDevelopmentKey(lab.actor, project, { name: "ci", expiresInSeconds: day, quota: 10, ...input });

  it("show a key once and keep it enveloped", async () => {
    const { key, ...view } = await create({ perDay: 3 });
    expect(key).toMatch(/^csd_[A-Za-z0-9_-]{43}$/);
    expect(await lab.admin.listDevelopmentKeys(project)).toEqual([view]);
    expect(view).toMatchObject({ name: "ci", quota: 10, perDay: 3, enrolled: 0, revokedAtMs: null });
    expect(view.expiresAtMs).toBe(lab.nowMs() + day * 1000);
    const rows = [await lab.store.developmentKeys.list(project), await lab.store.audit.list(project, 10)];
    expect(JSON.stringify(rows)).not.toContain(key.slice(4));
  });

  it("are made for no production project", async () => {
    const production = (await lab.admin.createProject(lab.actor, { name: "q", kind: "production" })).id;
    const input = { name: "ci", expiresInSeconds: day, quota: 1 };
    expect(await refusalOf(lab.admin.createDevelopmentKey(lab.actor, production, input))).toBe("development_only");
    expect(await lab.store.developmentKeys.list(production)).toEqual([]);
  });

  it("live 60 seconds to 90 days, and buy what is said", async () => {
    expect((await create()).perDay).toBe(10);
    for (const [name, input] of Object.entries({
      "invalid_input /expiresInSeconds": [
        { expiresInSeconds: 59 },
        { expiresInSeconds: 90 * day + 1 },
        { expiresInSeconds: 1.5e3 + 0.5 },
        { expiresInSeconds: Number.NaN },
      ],
      "invalid_input /quota": [{ quota: 0 }, { quota: 1_000_001 }, { quota: -1 }],
      "invalid_input /perDay": [{ perDay: 0 }, { perDay: 11 }],
      "invalid_input /name": [{ name: "C I" }, { name: "" }],
    })) {
      for (const each of input)
        expect([each, await refusalOf(create({ name: "other", ...each }))]).toEqual([each, name]);
    }
    expect((await create({ name: "longest", expiresInSeconds: 90 * day })).expiresAtMs).toBe(
      lab.nowMs() + 90 * day * 1000,
    );
  });

  it("have a name of their own until they are revoked, and stay in the list after", async () => {
    await create();
    expect(await refusalOf(create())).toBe("conflict");
    await lab.admin.revokeDevelopmentKey(lab.actor, project, "ci");
    expect(await refusalOf(lab.admin.revokeDevelopmentKey(lab.actor, project, "ci"))).toBe("not_found");
    await create();
    const states = (await lab.admin.listDevelopmentKeys(project)).map(({ revokedAtMs }) => revokedAtMs !== null);
    expect([states.includes(false), states.includes(true), states.length]).toEqual([true, true, 2]);
    const actions = (await lab.store.audit.list(project, 3)).map(({ action, target }) => `${action} ${target}`);
    expect(actions).toEqual(["development-key.create ci", "development-key.revoke ci", "development-key.create ci"]);
  });

  it("are as many as a project may have", async () => {
    for (let at = 0; at < 256; at += 1) await create({ name: `k${at}` });
    expect(await refusalOf(create({ name: "one-more" }))).toBe("limit_reached");
    await lab.admin.revokeDevelopmentKey(lab.actor, project, "k7");
    expect(await refusalOf(create({ name: "one-more" }))).toBe("done");
  });
});
