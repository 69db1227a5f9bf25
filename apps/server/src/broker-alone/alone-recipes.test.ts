import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { answerJson, grantToken, openVendorLab, type VendorLab } from "../domain/recipes/vendor-lab.suite.ts";
import { type AloneLab, actor, openAloneLab } from "./alone-lab.suite.ts";

const root = "root-credential-9Bt3-never-leaves";
const folder = mkdtempSync(join(tmpdir(), "countersign-alone-"));
const upstreamCa = join(folder, "ca.pem");
let vendor: VendorLab;
let alone: AloneLab;
beforeAll(async () => {
  vendor = await openVendorLab();
  writeFileSync(upstreamCa, vendor.ca);
});
afterAll(async () => {
  await vendor.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  vendor.seen.length = 0;
  vendor.answer = grantToken;
  alone = await openAloneLab({ upstreamCa });
  const { admin } = alone.lab.service().domain;
  const { places = [] } = (await admin.listSecrets(alone.lab.project)).find(({ name }) => name === "photo-key") ?? {};
  await admin.setSecret(actor, alone.lab.project, "photo-key", {
    value: root,
    mode: "brokered",
    places,
    recipe: { kind: "oauth-client-credentials", tokenUrl: `${vendor.origin}/token`, clientId: "edge" },
  });
});
afterEach(() => alone.close());

it("uses for each instance what is minted for it at the service, and never has what it is minted from", async () => {
  const broker = await alone.start();
  const [one, two] = [await alone.caller(), await alone.caller()];
  for (const { session } of [one, two, one]) expect(await alone.call(broker.origin, session)).toBe("ok");
  const [first, second, again] = alone.asked;
  expect(first).toMatch(/^\/v1\/list\?key=token-[0-9a-f]{24}$/);
  expect(second).not.toBe(first);
  expect(again).toBe(first);
  expect(vendor.seen).toHaveLength(2);
  expect(alone.lines.join("\n") + alone.lab.lines.join("\n")).not.toContain(root);
});

it("is given nothing for an instance that is banned, nor where nothing can be minted", async () => {
  const broker = await alone.start();
  const { instance, session } = await alone.caller();
  vendor.answer = (_request, response) => answerJson(response, { error: "invalid_client" }, 401);
  expect(await alone.call(broker.origin, session)).toBe("unavailable");
  await alone.lab.service().domain.admin.banInstance(actor, alone.lab.project, instance, { reason: "test" });
  await vi.waitFor(async () => expect(await alone.call(broker.origin, session)).toBe("pass_withdrawn"), 5_000);
  expect(alone.asked).toEqual([]);
});
