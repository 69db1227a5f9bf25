import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { renderExplanation } from "@countersign/attestation";
import { reasons } from "@countersign/protocol";
import { attacks } from "@countersign/virtual-device";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { TraceAnswer } from "../apps/cli/src/answers.ts";
import { explainTrace } from "../apps/cli/src/commands/evidence-trace.ts";
import { createDemoLab, type GuardingLab } from "../examples/astropiks/src/world/demo-lab.ts";
import { createDemoWorld, type DemoWorld } from "../examples/astropiks/src/world/demo-world.ts";

const folder = mkdtempSync(join(tmpdir(), "doctor-arc-"));
let world: DemoWorld;
let lab: GuardingLab;

beforeAll(async () => {
  world = await createDemoWorld({ folder, port: 0, tls: true, logLine: () => undefined });
  lab = createDemoLab(world);
});
afterAll(async () => {
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

const refusedAt = (code: string) =>
  attacks.find(({ expected }) => expected.kind === "refused" && expected.code === code);

test.each(["bootloader_unlocked", "app_id_mismatch"] as const)(
  "the trace of a real refusal, %s, reads as the doctor's own answer",
  async (code) => {
    const outcome = await refusedAt(code)?.run(lab);
    expect(outcome?.arc).toMatch(/^[A-Z2-7]{16}$/);
    const path = `/projects/${world.project.id}/arcs/${outcome?.arc}`;
    const result = explainTrace(await world.admin.call<TraceAnswer>("GET", path));
    if (!result.ok) throw new Error(result.message);
    const { explanation } = result;
    expect(explanation).toMatchObject({ kind: "arc", verdict: "refused", reason: code });
    const failed = explanation.checks.filter((check) => check.result === "fail").map((check) => check.reason);
    expect(failed).toContain(code);
    const text = renderExplanation(explanation);
    expect(text).toContain(`failed: ${code}\n`);
    expect(text).toContain(reasons[code].action);
  },
);
