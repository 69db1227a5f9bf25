import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { agentErrors } from "@countersign/client";
import { isArc, isProblemCode, isReason } from "@countersign/protocol";
import { beforeAll, describe, expect, test } from "vitest";
import type { DemoCase, DemoModes, DemoRotation } from "../examples/astropiks/src/story/demo-case.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function demo(...args: readonly string[]): Promise<Run> {
  return new Promise((resolve, reject) => {
    const program = ["--conditions=@countersign/source", "examples/astropiks/src/demo.ts", ...args];
    const child = spawn(process.execPath, program, { cwd: root });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (text: Buffer) => {
      stdout += text.toString();
    });
    child.stderr.on("data", (text: Buffer) => {
      stderr += text.toString();
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

describe("npm run demo -- --json", () => {
  let run: Run;
  let story: { readonly cases: readonly DemoCase[]; readonly rotation: DemoRotation; readonly modes: DemoModes };

  beforeAll(async () => {
    run = await demo("--json");
    story = JSON.parse(run.stdout) as typeof story;
  });

  test("exits 0 and prints one JSON document of the promised members", () => {
    expect(run.stderr).not.toContain("not as promised");
    expect(run.code).toBe(0);
    expect(Object.keys(story)).toEqual(["cases", "rotation", "modes"]);
    const members = ["name", "platform", "attack", "verdict", "arc", "reason", "secretDelivered", "upstreamStatus"];
    for (const row of story.cases) expect(Object.keys(row)).toEqual(members);
  });

  test("shows five genuine devices, trusted, each with the key and a picture", () => {
    const genuine = story.cases.filter((row) => row.attack === null);
    expect(genuine.map((row) => row.name)).toEqual([
      "iphone-app-attest",
      "iphone-ios-27",
      "pixel-tee",
      "pixel-strongbox",
      "pixel-rkp",
    ]);
    for (const row of genuine) {
      expect(row).toMatchObject({ verdict: "trusted", reason: null, secretDelivered: true, upstreamStatus: 200 });
      expect(isArc(row.arc ?? "")).toBe(true);
    }
  });

  test("shows two dozen attackers and more, none of whom is given the key", () => {
    const attacks = story.cases.filter((row) => row.attack !== null);
    expect(attacks.length).toBeGreaterThanOrEqual(24);
    expect(attacks.filter((row) => row.secretDelivered)).toEqual([]);
    const refused = attacks.filter((row) => row.verdict === "refused");
    for (const { arc, reason } of refused) expect([isArc(arc ?? ""), isReason(reason ?? "")]).toEqual([true, true]);
    for (const { arc, reason } of attacks.filter((row) => row.verdict === null)) {
      expect([arc, isProblemCode(reason ?? "") || Object.hasOwn(agentErrors, reason ?? "")]).toEqual([null, true]);
    }
  });

  test("shows a rotation that a running app follows", () => {
    expect(story.rotation).toMatchObject({
      watched: { withinOneSecond: true, upstreamStatus: 200 },
      unwatched: { beforeRefresh: 403, afterRefresh: 200 },
      brokered: { secretDelivered: false, upstreamStatus: 200 },
    });
  });

  test("shows a key that is brokered and delivered again under a running app, and brokered for a restricted one", () => {
    const switched = { milliseconds: expect.any(Number) as number, upstreamStatus: 200 };
    expect(story.modes).toEqual({
      brokered: { secretDelivered: false, ...switched },
      restricted: { verdict: "restricted", secretDelivered: false, upstreamStatus: 200 },
      delivered: { secretDelivered: true, ...switched },
    });
  });
});

test("an argument it does not know is one line and exit 2", async () => {
  const run = await demo("--jsn");
  expect(run.code).toBe(2);
  expect(run.stderr.trim().split("\n")).toHaveLength(1);
  expect(run.stdout).toBe("");
});
