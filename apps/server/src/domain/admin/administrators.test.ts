import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type AdminLab, openAdminLab, refusalOf } from "./admin-lab.suite.ts";

let lab: AdminLab;
beforeEach(async () => {
  lab = await openAdminLab();
});
afterEach(() => lab.close());

const grace = async () => lab.admin.redeemBootstrap({ token: await lab.mintBootstrap(), name: "Grace" });

describe("administrators", () => {
  it("are listed without anything of their tokens, oldest first", async () => {
    lab.advance(1000);
    const { administrator } = await grace();
    expect(await lab.admin.listAdministrators()).toEqual([
      { ...lab.actor, createdAtMs: lab.nowMs() - 1000 },
      { ...administrator, createdAtMs: lab.nowMs() },
    ]);
  });

  it("are refused from their removal on, whoever removed them", async () => {
    const { administrator, token } = await grace();
    await lab.admin.removeAdministrator(lab.actor, administrator.id);
    expect(await refusalOf(lab.admin.authenticate(token, "net"))).toBe("unauthorized");
    expect(await refusalOf(lab.admin.authenticate(lab.token, "net"))).toBe("done");
    const other = await grace();
    await lab.admin.removeAdministrator(other.administrator, lab.actor.id);
    expect(await refusalOf(lab.admin.authenticate(lab.token, "net"))).toBe("unauthorized");
    expect(await refusalOf(lab.admin.authenticate(other.token, "net"))).toBe("done");
  });

  it("leave an audit record with their name when they are removed", async () => {
    const { administrator } = await grace();
    await lab.admin.removeAdministrator(lab.actor, administrator.id);
    const [record] = await lab.admin.listAudit(null, 1);
    expect(record).toMatchObject({
      action: "administrator.remove",
      actor: lab.actor.id,
      target: administrator.id,
      detail: { name: "Grace" },
    });
  });

  it("are never fewer than one, and nothing is audited of who stayed", async () => {
    const before = await lab.admin.listAudit(null, 100);
    expect(await refusalOf(lab.admin.removeAdministrator(lab.actor, lab.actor.id))).toBe("last_administrator");
    expect(await refusalOf(lab.admin.removeAdministrator(lab.actor, "nobody"))).toBe("not_found");
    expect(await refusalOf(lab.admin.authenticate(lab.token, "net"))).toBe("done");
    expect(await lab.admin.listAudit(null, 100)).toEqual(before);
  });
});
