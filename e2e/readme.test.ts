import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const readme = readFileSync(join(root, "README.md"), "utf8");
const home = mkdtempSync(join(tmpdir(), "readme-"));
const started = new Set<ChildProcess>();

afterAll(() => {
  for (const { pid } of started) if (pid !== undefined) process.kill(-pid, "SIGKILL");
  rmSync(home, { recursive: true, force: true });
});

/** The commands of the shell blocks between a heading and the next one, each with its continued lines. */
function commandsUnder(heading: string): readonly string[] {
  const section = readme.split(/^## /m).find((each) => each.startsWith(heading)) ?? "";
  const blocks = [...section.matchAll(/^```sh\n(.*?)^```/gms)].map(([, text = ""]) => text);
  return blocks.flatMap((text) => text.replaceAll("\\\n", " ").trimEnd().split("\n"));
}

/** Gives the line to a shell as a newcomer does, in a process group of its own. */
function shell(line: string): ChildProcess {
  const env = {
    PATH: process.env.PATH ?? "",
    HOME: home,
    COUNTERSIGN_DATA: "",
    COUNTERSIGN_STATUS_LIST_FETCH: "off",
    npm_config_update_notifier: "false",
  };
  const child = spawn("bash", ["-c", line], { cwd: root, env, detached: true, stdio: "pipe" });
  started.add(child);
  child.once("close", () => started.delete(child));
  return child;
}

async function run(line: string, input: string): Promise<{ readonly code: number | null; readonly all: string }> {
  const child = shell(line);
  let all = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (part: Buffer) => (all += part.toString()));
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(input);
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, all })));
}

interface Ready {
  readonly origin: string;
  readonly bootstrapTokenFile: string;
}

function serve(line: string): Promise<Ready> {
  const child = shell(line);
  return new Promise((resolve, reject) => {
    let [out, err] = ["", ""];
    child.stdout?.on("data", (part: Buffer) => {
      out += part.toString();
      if (out.includes("\n")) resolve(JSON.parse(out) as Ready);
    });
    child.stderr?.on("data", (part: Buffer) => (err += part.toString()));
    child.once("close", () => reject(new Error(`ended: ${err}`)));
  });
}

describe("the README's five minutes", () => {
  test("are what happens, command by command", async () => {
    const [first = "", ...rest] = commandsUnder("Five minutes");
    const serving = first.replace(/\s+#.*/, "");
    expect(serving).toMatch(/^npx countersign serve /);
    // The one change: a free port in place of the default one, which the guide names.
    expect(readFileSync(join(root, "docs/cli.md"), "utf8")).toContain("default `8400`");
    const ready = await serve(`exec ${serving} --port 0 --json`);
    const token = readFileSync(ready.bootstrapTokenFile, "utf8");

    const prompted: readonly (readonly [RegExp, string])[] = [
      [/ login /, token],
      [/ secret (set|rotate|set-mode) /, randomBytes(20).toString("base64url")],
    ];
    expect(rest.length).toBeGreaterThanOrEqual(7);
    for (const [at, line] of rest.entries()) {
      const input = prompted.find(([command]) => command.test(line))?.[1] ?? "";
      const here = line.replace("http://127.0.0.1:8400", ready.origin);
      const { code, all } = await run(here, input === "" || input === token ? input : `${input}-${at}`);
      expect([line, code, all]).toEqual([line, 0, expect.any(String)]);
      if (line.includes("project create")) expect(all).toMatch(/\bcs1~/);
      if (line.includes("secret set ")) expect(all).toMatch(/\bcs-nasa-api-key-[a-z2-7]{10}\b/);
    }
    expect(rest.join("\n")).toContain("http://127.0.0.1:8400");
    const status = await run("npx countersign secret list --json", "");
    expect(JSON.parse(status.all)).toMatchObject({ secrets: [{ name: "nasa-api-key", version: 3, mode: "brokered" }] });
  });

  test("name only scripts and files that are there", () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: object };
    for (const [, name = ""] of readme.matchAll(/npm run ([a-z:-]+)/g)) expect(Object.keys(scripts)).toContain(name);
    const links = [...readme.matchAll(/\]\(([^)#:]+)\)/g)].map(([, path = ""]) => path);
    expect(links.length).toBeGreaterThan(10);
    for (const path of links) expect(() => readFileSync(join(root, path))).not.toThrow();
  });
});
