import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findLeaks } from "../../../../../testing/leak-detector.ts";
import { type AdminLab, openAdminLab, refusalOf } from "./admin-lab.suite.ts";

let lab: AdminLab;
beforeEach(async () => {
  lab = await openAdminLab();
});
afterEach(() => lab.close());

describe("the bootstrap token", () => {
  it("buys one named administrator whose token is accepted from then on", async () => {
    const { administrator, token } = await lab.admin.redeemBootstrap({
      token: await lab.mintBootstrap(),
      name: "Grace",
    });
    expect(await lab.admin.authenticate(token, "net")).toEqual({ id: administrator.id, name: "Grace" });
  });

  it("is dead once it was used", async () => {
    const token = await lab.mintBootstrap();
    await lab.admin.redeemBootstrap({ token, name: "Grace" });
    expect(await refusalOf(lab.admin.redeemBootstrap({ token, name: "Eve" }))).toBe("bootstrap_refused");
  });

  it("buys exactly one administrator, however many ask at once", async () => {
    const token = await lab.mintBootstrap();
    const asks = Array.from({ length: 20 }, (_, index) =>
      refusalOf(lab.admin.redeemBootstrap({ token, name: `A${index}` })),
    );
    expect((await Promise.all(asks)).filter((code) => code === "done")).toHaveLength(1);
    expect(await lab.store.administrators.list()).toHaveLength(2);
  });

  it("is dead after 24 hours, and good until then", async () => {
    const token = await lab.mintBootstrap();
    lab.advance(24 * 3600 * 1000 - 1);
    const other = lab.admin.redeemBootstrap({
      token: token.replace(/.$/, (last) => (last === "A" ? "B" : "A")),
      name: "Eve",
    });
    expect(await refusalOf(other)).toBe("bootstrap_refused");
    expect(await refusalOf(lab.admin.redeemBootstrap({ token, name: "Grace" }))).toBe("done");
    const late = await lab.mintBootstrap();
    lab.advance(24 * 3600 * 1000);
    expect(await refusalOf(lab.admin.redeemBootstrap({ token: late, name: "Late" }))).toBe("bootstrap_refused");
  });

  it("is dead once a newer one was made", async () => {
    const older = await lab.mintBootstrap();
    await lab.mintBootstrap();
    expect(await refusalOf(lab.admin.redeemBootstrap({ token: older, name: "Eve" }))).toBe("bootstrap_refused");
  });

  it("is refused with a name that could deceive a terminal", async () => {
    const token = await lab.mintBootstrap();
    for (const name of ["", " a", "a\u001b[2J", "a\u202eb", "x".repeat(65)]) {
      expect(await refusalOf(lab.admin.redeemBootstrap({ token, name }))).toBe("invalid_input /name");
    }
    expect(await refusalOf(lab.admin.redeemBootstrap({ token, name: "Grace" }))).toBe("done");
  });

  it("leaves neither itself nor what it bought in the data folder", async () => {
    const token = await lab.mintBootstrap();
    const bought = await lab.admin.redeemBootstrap({ token, name: "Grace" });
    const files = readdirSync(lab.folder, { recursive: true, encoding: "utf8", withFileTypes: true }).filter((file) =>
      file.isFile(),
    );
    expect(files.length).toBeGreaterThan(1);
    for (const file of files) {
      const bytes = readFileSync(join(file.parentPath, file.name));
      for (const secret of [token, bought.token, lab.token]) expect(findLeaks(bytes, secret)).toEqual([]);
    }
  });
});

describe("authentication", () => {
  it("refuses every token but a held one", async () => {
    const altered = lab.token.replace(/.$/, (last) => (last === "A" ? "B" : "A"));
    for (const token of [null, "", altered, lab.token.slice(0, -1), ` ${lab.token}`, await lab.mintBootstrap()]) {
      expect(await refusalOf(lab.admin.authenticate(token, "net"))).toBe("unauthorized");
    }
  });

  it("answers the twenty-first failure of a network within a minute with slow_down, and others as before", async () => {
    const codes: string[] = [];
    for (let attempt = 0; attempt < 21; attempt += 1) codes.push(await refusalOf(lab.admin.authenticate("x", "net-1")));
    expect(new Set(codes.slice(0, 20))).toEqual(new Set(["unauthorized"]));
    expect(codes[20]).toBe("slow_down");
    expect(await refusalOf(lab.admin.authenticate("x", "net-2"))).toBe("unauthorized");
    expect(await refusalOf(lab.admin.authenticate(lab.token, "net-1"))).toBe("done");
    lab.advance(61_000);
    expect(await refusalOf(lab.admin.authenticate("x", "net-1"))).toBe("unauthorized");
  });
});
