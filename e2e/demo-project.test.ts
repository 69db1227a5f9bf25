import { createHash, X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createDemoWorld, type DemoWorld } from "../examples/astropiks/src/world/demo-world.ts";

const folder = mkdtempSync(join(tmpdir(), "demo-project-"));
let world: DemoWorld;
beforeAll(async () => {
  world = await createDemoWorld({ folder, port: 0, tls: false });
});
afterAll(async () => {
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A project as the admin API shows it. */
interface Project {
  readonly id: string;
  readonly kind: string;
  readonly settings: { readonly permissions: readonly string[]; readonly anchors: readonly string[] };
}

const shown = (id: string): Promise<Project> => world.admin.call<Project>("GET", `/projects/${id}`);

const spkiOf = (pem: string): string =>
  createHash("sha256")
    .update(new X509Certificate(pem).publicKey.export({ type: "spki", format: "der" }))
    .digest("hex");

test("the demo's project is a development project with no permission, which trusts the demo's own anchors beside the vendors' and nothing else", async () => {
  const project = await shown(world.project.id);
  expect([project.kind, project.settings.permissions]).toEqual(["development", []]);
  expect(project.settings.anchors.map(spkiOf).sort()).toEqual(world.authority.pems.map(spkiOf).sort());

  // Without its anchors its settings are those of a project that nobody touched, development or production.
  const untouched = await world.admin.call<Project>("POST", "/projects", { name: "untouched", kind: "development" });
  expect({ ...project.settings, anchors: [] }).toEqual((await shown(untouched.id)).settings);
  const production = await shown(world.productionProject.id);
  expect([production.kind, production.settings.anchors]).toEqual(["production", []]);
  expect({ ...project.settings, anchors: [] }).toEqual(production.settings);
});
