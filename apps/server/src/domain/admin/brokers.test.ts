import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type AdminLab, openAdminLab, refusalOf } from "./admin-lab.suite.ts";

describe("brokers that stand alone", () => {
  let lab: AdminLab;
  let project: string;

  beforeEach(async () => {
    lab = await openAdminLab();
    project = (await lab.admin.createProject(lab.actor, { name: "p", kind: "production" })).id;
  });
  afterEach(() => lab.close());

  const add = (name: string, origin?: string) => lab.admin.addBroker(lab.actor, project, { name, origin });

  it("show a credential once, with what its broker trusts the service by, and store its public key alone", async () => {
    const { credential, ...view } = await add("edge", "https://broker.example:8401");
    const [secret = "", ...configuration] = credential.split("~");
    expect(secret).toMatch(/^csk_[A-Za-z0-9_-]{43}$/);
    expect(configuration.join("~")).toBe((await lab.admin.showProject(project)).configuration);
    expect(await lab.admin.listBrokers(project)).toEqual([view]);
    expect(view).toEqual({
      name: "edge",
      origin: "https://broker.example:8401",
      inUse: false,
      createdAtMs: lab.nowMs(),
    });
    const stored = JSON.stringify([await lab.store.brokers.list(project), await lab.store.audit.list(project, 100)]);
    expect(stored).not.toContain(secret);
    expect(stored).not.toContain(secret.slice(4));
  });

  it("have a name each, an origin that agents could be told, and are as many as a project may have", async () => {
    await add("edge");
    expect(await refusalOf(add("edge"))).toBe("conflict");
    await add("north", "https://north.example");
    expect(await refusalOf(add("south", "https://north.example"))).toBe("conflict");
    expect(await refusalOf(add("The edge"))).toBe("invalid_input /name");
    for (const bad of ["http://localhost:8401", "https://broker.example/", "https://broker.example:443", "broker", ""])
      expect([bad, await refusalOf(add("other", bad))]).toEqual([bad, "invalid_input /origin"]);
    for (let at = 2; at < 16; at += 1) await add(`b${at}`);
    expect(await refusalOf(add("other"))).toBe("limit_reached");
  });

  it("are told to agents one at a time, by a new manifest, and no more once removed", async () => {
    await add("edge", "https://edge.example");
    await add("core", "https://core.example");
    await add("dark");
    const version = async () => (await lab.store.projects.get(project))?.manifestVersion ?? 0;
    const first = await version();
    const inUse = (views: readonly { name: string; inUse: boolean }[]) =>
      views.filter((view) => view.inUse).map(({ name }) => name);
    expect(inUse(await lab.admin.useBroker(lab.actor, project, "edge"))).toEqual(["edge"]);
    const second = await version();
    expect(second).toBeGreaterThan(first);
    expect(inUse(await lab.admin.useBroker(lab.actor, project, "core"))).toEqual(["core"]);
    expect(await refusalOf(lab.admin.useBroker(lab.actor, project, "dark"))).toBe("conflict");
    expect(await refusalOf(lab.admin.useBroker(lab.actor, project, "nobody"))).toBe("not_found");
    expect(inUse(await lab.admin.listBrokers(project))).toEqual(["core"]);
    const third = await version();
    await lab.admin.removeBroker(lab.actor, project, "core");
    expect(await version()).toBeGreaterThan(third);
    expect(inUse(await lab.admin.listBrokers(project))).toEqual([]);
    const last = await version();
    await lab.admin.removeBroker(lab.actor, project, "edge");
    expect(await version()).toBe(last);
    expect(await refusalOf(lab.admin.removeBroker(lab.actor, project, "edge"))).toBe("not_found");
    expect(inUse(await lab.admin.useBroker(lab.actor, project, null))).toEqual([]);
    const actions = (await lab.store.audit.list(project, 5)).map(({ action, target }) => `${action} ${target}`);
    expect(actions).toEqual([
      "broker.use none",
      "broker.remove edge",
      "broker.remove core",
      "broker.use core",
      "broker.use edge",
    ]);
  });
});
