import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RawInstance } from "@countersign/virtual-device";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { RecordStore } from "../../domain/ports/index.ts";
import { answerJson, grantToken, openVendorLab, type VendorLab } from "../../domain/recipes/vendor-lab.suite.ts";
import { openVerifierLab, type VerifierLab } from "./verifier-lab.suite.ts";

const root = "root-credential-4Xv9-never-leaves";
const place = { api: "plain", methods: ["GET"], path: "/", in: "header", name: "x-key", when: "placeholder" } as const;
const folder = mkdtempSync(join(tmpdir(), "countersign-decisions-"));
let vendor: VendorLab;
let backend: VerifierLab;
let instance: RawInstance;
let gateway = "";

beforeAll(async () => {
  vendor = await openVendorLab();
  const upstreamCa = join(folder, "ca.pem");
  writeFileSync(upstreamCa, vendor.ca);
  backend = await openVerifierLab({ upstreamCa });
  const { admin } = backend.lab.service().domain;
  const { actor, lab } = backend;
  await admin.setSecret(actor, lab.project, "upstream-key", {
    value: root,
    mode: "brokered",
    places: [place],
    recipe: {
      kind: "oauth-client-credentials",
      perInstance: false,
      tokenUrl: `${vendor.origin}/token`,
      clientId: "gateway",
    },
  });
  const injections = [{ header: "X-Api-Key", prefix: "Key ", secret: "upstream-key" }];
  gateway = (await admin.addVerifier(actor, lab.project, { name: "gateway", api: "plain", injections })).credential;
  instance = lab.instanceOf(lab.pixel());
  await instance.enrol();
});
afterAll(async () => {
  await backend.lab.close();
  await vendor.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  vendor.seen.length = 0;
  vendor.answer = grantToken;
});

async function decide(): Promise<readonly [number, string | null]> {
  const headers = { "countersign-verifier": gateway, "x-token": await backend.tokenOf(instance, "plain") };
  const answer = await fetch(`${backend.lab.service().origin}/v1/decisions/plain/original`, { headers });
  return [answer.status, answer.headers.get("x-api-key")];
}

it("gives a proxy a minted value that all share, the same for every request while it lives", async () => {
  const [status, key] = await decide();
  expect(status).toBe(200);
  expect(key).toMatch(/^Key token-[0-9a-f]{24}$/);
  expect(await decide()).toEqual([200, key]);
  expect(vendor.seen).toHaveLength(1);
});

it("answers `unavailable` where none can be minted, and gives nothing", async () => {
  const { admin } = backend.lab.service().domain;
  await admin.rotateSecret(backend.actor, backend.lab.project, "upstream-key", { value: `${root}-2` });
  vendor.answer = (request, response) => answerJson(response, { error: request.headers.authorization }, 403);
  expect(await decide()).toEqual([503, null]);
  const lines = backend.lab.lines.join("\n");
  expect(lines).toContain("recipe_refused");
  expect(lines).not.toContain(root);
});

it("gives a proxy nothing that is minted for each instance, though the record says so", async () => {
  const { device, operations } = backend.lab.service().domain;
  const { secrets } = device.store as unknown as Pick<RecordStore, "secrets">;
  const held = await secrets.get(backend.lab.project, "upstream-key");
  if (held?.recipe == null) throw new TypeError("no recipe");
  const version = held.version + 1;
  const sealed = device.vault.seal(Buffer.from(root), ["secret", held.project, held.name, String(version)]);
  await secrets.put({ ...held, version, value: sealed, recipe: { ...held.recipe, perInstance: true } });
  await operations.republish(held.project);
  expect(await decide()).toEqual([503, null]);
  expect(vendor.seen).toEqual([]);
});
