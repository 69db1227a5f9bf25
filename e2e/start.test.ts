import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "start-"));
const data = join(folder, "data");
const running = new Set<ChildProcess>();

afterAll(() => {
  for (const child of running) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

interface Started {
  readonly child: ChildProcess;
  /** Resolves when standard output holds this text, rejects when the process ends before. */
  said(text: string): Promise<string>;
  readonly ended: Promise<{ readonly code: number | null; readonly stderr: string }>;
}

/** `npm start` without npm, on a folder and port of the test's own. */
function start(env: Readonly<Record<string, string>>): Started {
  const program = ["--conditions=@countersign/source", "examples/astropiks/src/start.ts"];
  const child = spawn(process.execPath, program, { cwd: root, env: { ...process.env, ...env } });
  running.add(child);
  let [stdout, stderr] = ["", ""];
  let look = (): void => {};
  child.stdout.on("data", (part: Buffer) => {
    stdout += part.toString();
    look();
  });
  child.stderr.on("data", (part: Buffer) => {
    stderr += part.toString();
  });
  const ended = new Promise<{ code: number | null; stderr: string }>((resolve) => {
    child.on("close", (code) => {
      running.delete(child);
      resolve({ code, stderr });
    });
  });
  const said = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      look = () => {
        if (stdout.includes(text)) resolve(stdout);
      };
      look();
      void ended.then((end) => reject(new Error(`ended with ${end.code}: ${end.stderr}`)));
    });
  return { child, said, ended };
}

const addressIn = (text: string): string => /service\s+(http:\/\/\S+)/.exec(text)?.[1] ?? "";

/** Ids of the service's projects, as the demo's own administrator sees them. */
async function projectsOf(address: string): Promise<readonly string[]> {
  const token = readFileSync(join(data, "demo", "administrator.token"), "utf8").trim();
  const answer = await fetch(`${address}/admin/v1/projects`, { headers: { authorization: `Bearer ${token}` } });
  const { projects } = (await answer.json()) as { projects: readonly { id: string }[] };
  return projects.map((project) => project.id).toSorted();
}

describe("npm start", () => {
  test("tells the story, serves until told to stop, keeps others out, and goes on in the same folder", async () => {
    const first = start({ COUNTERSIGN_DATA: data, COUNTERSIGN_PORT: "0" });
    const text = await first.said("Ctrl-C stops.");
    expect(text).toContain("Every promise was kept.");
    const address = addressIn(text);
    expect((await fetch(`${address}/readyz`)).status).toBe(200);
    const gallery = /gallery\s+(http:\/\/\S+)/.exec(text)?.[1] ?? "";
    for (const form of ["hard-coded", "delivered", "brokered"]) {
      const page = await fetch(`${gallery}/${form}/`);
      expect([form, page.status, (await page.text()).includes(".png")]).toEqual([form, 200, true]);
    }

    const locked = await start({ COUNTERSIGN_DATA: data, COUNTERSIGN_PORT: "0" }).ended;
    expect([locked.code, locked.stderr.trim().split("\n").length]).toEqual([2, 1]);
    const port = new URL(address).port;
    const taken = await start({ COUNTERSIGN_DATA: join(folder, "other"), COUNTERSIGN_PORT: port }).ended;
    expect([taken.code, taken.stderr.trim().split("\n").length]).toEqual([2, 1]);
    expect((await fetch(`${address}/readyz`)).status).toBe(200);

    const projects = await projectsOf(address);
    expect(projects).toHaveLength(3);
    first.child.kill("SIGINT");
    expect((await first.ended).code).toBe(0);

    const second = start({ COUNTERSIGN_DATA: data, COUNTERSIGN_PORT: "0" });
    const again = await second.said("Ctrl-C stops.");
    expect(again).toContain("Every promise was kept.");
    expect(await projectsOf(addressIn(again))).toEqual(projects);
    second.child.kill("SIGTERM");
    expect((await second.ended).code).toBe(0);
  }, 120_000);

  test.each(["abc", "70000"])("says in one line that %s is no port", async (port) => {
    const { code, stderr } = await start({ COUNTERSIGN_DATA: join(folder, "third"), COUNTERSIGN_PORT: port }).ended;
    expect([code, stderr.trim().split("\n").length]).toEqual([2, 1]);
  });
});
