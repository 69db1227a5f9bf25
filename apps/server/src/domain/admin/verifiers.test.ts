import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type AdminLab, openAdminLab, refusalOf } from "./admin-lab.suite.ts";

describe("verifier credentials", () => {
  let lab: AdminLab;
  let project: string;

  beforeEach(async () => {
    lab = await openAdminLab();
    project = (await lab.admin.createProject(lab.actor, { name: "p", kind: "production" })).id;
    const input = { host: "shop.example", channel: "system", token: { header: "x-token" } } as const;
    await lab.admin.putApi(lab.actor, project, "shop", input, "create");
  });
  afterEach(() => lab.close());

  const add = (input: { name: string; api?: string }) => lab.admin.addVerifier(lab.actor, project, input);

  it("shows a credential once and stores its hash alone", async () => {
    const { credential, ...view } = await add({ name: "backend", api: "shop" });
    expect(credential).toMatch(/^csv_[A-Za-z0-9_-]{43}$/);
    expect(await lab.admin.listVerifiers(project)).toEqual([view]);
    expect(view).toEqual({ name: "backend", api: "shop", createdAtMs: lab.nowMs(), injections: [] });
    const stored = JSON.stringify([await lab.store.verifiers.list(project), await lab.store.audit.list(project, 100)]);
    expect(stored).not.toContain(credential);
    expect(stored).not.toContain(credential.slice(4));
  });

  it("names each once, for APIs that are there, and as many as a project may have", async () => {
    await add({ name: "backend" });
    expect(await refusalOf(add({ name: "backend" }))).toBe("conflict");
    expect(await refusalOf(add({ name: "Back end" }))).toBe("invalid_input /name");
    expect(await refusalOf(add({ name: "other", api: "nowhere" }))).toBe("not_found");
    for (let at = 1; at < 256; at += 1) await add({ name: `v${at}` });
    expect(await refusalOf(add({ name: "other" }))).toBe("limit_reached");
  });

  it("names what a proxy is given: for one API with tokens, in headers that are free, out of secrets for every app", async () => {
    const place = { api: "shop", methods: ["GET"], path: "/", in: "query", name: "key", when: "placeholder" } as const;
    await lab.admin.setSecret(lab.actor, project, "key", { value: "v", mode: "brokered", places: [place] });
    await lab.admin.putApp(lab.actor, project, "app", { web: { origins: ["https://a.example"] } }, "create");
    await lab.admin.setSecret(lab.actor, project, "of-app", { value: "v", places: [place], apps: ["app"] });
    await lab.admin.putApi(lab.actor, project, "bare", { host: "bare.example", channel: "system" }, "create");
    const give = (header: string, secret = "key", api: string | null = "shop") =>
      lab.admin.addVerifier(lab.actor, project, { name: "gateway", api, injections: [{ header, secret }] });
    expect(await refusalOf(give("X-Api-Key", "key", null))).toBe("invalid_input /api");
    expect(await refusalOf(give("X-Api-Key", "key", "bare"))).toBe("invalid_input /api");
    for (const taken of ["X-Token", "DPoP", "Host", "Cache-Control", "Countersign-Reason", "Set-Cookie", "a b"])
      expect([taken, await refusalOf(give(taken))]).toEqual([taken, "invalid_input /injections/0/header"]);
    expect(await refusalOf(give("X-Api-Key", "nothing"))).toBe("invalid_input /injections/0/secret");
    expect(await refusalOf(give("X-Api-Key", "of-app"))).toBe("invalid_input /injections/0/secret");
    const twice = [
      { header: "X-A", secret: "key" },
      { header: "x-a", secret: "key" },
    ];
    const input = { name: "gateway", api: "shop" };
    expect(await refusalOf(lab.admin.addVerifier(lab.actor, project, { ...input, injections: twice }))).toBe(
      "invalid_input /injections/1/header",
    );
    const nine = Array.from({ length: 9 }, (_, at) => ({ header: `X-${at}`, secret: "key" }));
    expect(await refusalOf(lab.admin.addVerifier(lab.actor, project, { ...input, injections: nine }))).toBe(
      "invalid_input /injections",
    );
    const { injections } = await give("Authorization");
    expect(injections).toEqual([{ header: "Authorization", prefix: "", secret: "key" }]);
    expect(await refusalOf(lab.admin.removeSecret(lab.actor, project, "key"))).toBe("in_use");
    expect(await refusalOf(lab.admin.simulateChange(project, { change: "secret.remove", name: "key" }))).toBe("in_use");
    const limited = { value: "v", places: [place], apps: ["app"] };
    expect(await refusalOf(lab.admin.setSecret(lab.actor, project, "key", limited))).toBe("in_use");
    const broken = lab.admin.rotateSecret(lab.actor, project, "key", { value: "two\nlines" });
    expect(await refusalOf(broken)).toBe("invalid_input /value");
    await lab.admin.removeVerifier(lab.actor, project, "gateway");
    await lab.admin.removeSecret(lab.actor, project, "key");
  });

  it("removes one, and says where there is none", async () => {
    await add({ name: "backend" });
    await lab.admin.removeVerifier(lab.actor, project, "backend");
    expect(await lab.admin.listVerifiers(project)).toEqual([]);
    expect(await refusalOf(lab.admin.removeVerifier(lab.actor, project, "backend"))).toBe("not_found");
    const actions = (await lab.store.audit.list(project, 2)).map(({ action, target }) => `${action} ${target}`);
    expect(actions).toEqual(["verifier.remove backend", "verifier.add backend"]);
  });
});

describe("the traffic of an API", () => {
  it("is nothing where nothing was reported, and not found where there is no such API", async () => {
    const lab = await openAdminLab();
    try {
      const project = (await lab.admin.createProject(lab.actor, { name: "p", kind: "production" })).id;
      await lab.admin.putApi(lab.actor, project, "shop", { host: "shop.example", channel: "system" }, "create");
      expect(await lab.admin.showTraffic(project, "shop", 24)).toMatchObject({
        fromMs: Date.UTC(2026, 10, 21, 13),
        toMs: lab.nowMs(),
        requests: 0,
        refusable: 0,
        reasons: {},
      });
      expect(await refusalOf(lab.admin.showTraffic(project, "nowhere", 24))).toBe("not_found");
      for (const hours of [0, 2161, 1.5])
        expect(await refusalOf(lab.admin.showTraffic(project, "shop", hours))).toBe("invalid_input /hours");
    } finally {
      await lab.close();
    }
  });
});
