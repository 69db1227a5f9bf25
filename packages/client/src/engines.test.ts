import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasNodeReleases, installNode } from "../../../testing/node-release.ts";
import { requireAll } from "../../../testing/vectors.ts";
import { chromiumIsAbsent, launchChromium } from "./testing/chromium-world.ts";
import { bundleSuite, lowerForHermes, printResults } from "./testing/engines/bundle-suite.ts";
import type { CaseResult } from "./testing/engines/engine-suite.ts";

const jsc = process.env.JSC_PATH ?? "/usr/bin/jsc";
const hermesFolder = join(import.meta.dirname, "../../../testing/engines/node_modules/hermes-engine-cli/linux64-bin");

const folder = mkdtempSync(join(tmpdir(), "countersign-engines-"));
let script = "";
let expected: readonly CaseResult[] = [];

function runIn(engine: string, ...args: string[]): CaseResult[] {
  const printed = execFileSync(engine, args, { encoding: "utf8", maxBuffer: 16 * 1024 * 1024, timeout: 500_000 });
  return JSON.parse(printed) as CaseResult[];
}

function writeScript(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const runInNode = (node: string): CaseResult[] => runIn(node, writeScript("suite.cjs", script + printResults));

async function runInChromium(): Promise<CaseResult[]> {
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    await page.addScriptTag({ content: script });
    return await page.evaluate<CaseResult[]>("countersign.runSuite()");
  } finally {
    await browser.close();
  }
}

/** As a release build does it: React Native's preset, then bytecode. */
function runInHermes(): CaseResult[] {
  const source = writeScript("hermes.js", lowerForHermes(script + printResults));
  const bytecode = join(folder, "suite.hbc");
  execFileSync(join(hermesFolder, "hermesc"), ["-O", "-w", "-emit-binary", "-out", bytecode, source]);
  return runIn(join(hermesFolder, "hermes"), bytecode);
}

const engines: readonly {
  name: string;
  needs: string;
  isAbsent: boolean;
  run: () => CaseResult[] | Promise<CaseResult[]>;
}[] = [
  {
    name: "Node 24",
    needs: "Linux on x64",
    isAbsent: !hasNodeReleases,
    run: () => runInNode(installNode(folder, "24.21.0")),
  },
  {
    name: "Chromium",
    needs: "chromium at CHROMIUM_PATH or /usr/bin/chromium",
    isAbsent: chromiumIsAbsent,
    run: runInChromium,
  },
  {
    name: "JavaScriptCore",
    needs: "jsc at JSC_PATH or /usr/bin/jsc",
    isAbsent: !existsSync(jsc),
    run: () => runIn(jsc, writeScript("suite.js", script + printResults)),
  },
  {
    name: "Hermes 0.12",
    needs: "npm ci --prefix testing/engines",
    isAbsent: !existsSync(join(hermesFolder, "hermes")),
    run: runInHermes,
  },
];

beforeAll(async () => {
  script = await bundleSuite();
  expected = runInNode(process.execPath);
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the agent and a service in one engine", () => {
  it(`keep every promise in Node ${process.versions.node}`, () => {
    expect(expected.filter(({ failure }) => failure !== null)).toEqual([]);
    expect(expected.length).toBeGreaterThan(40);
    expect(new Set(expected.map(({ transcript }) => transcript)).size).toBeGreaterThan(40);
  });

  it("do not where the agent is another: the suite sees it", () => {
    const changed = script.replace("if (hasDotSegment(path))", "if (false)");
    expect(changed).not.toBe(script);
    const results = runIn(process.execPath, writeScript("changed.cjs", changed + printResults));
    expect(results.filter(({ failure }) => failure !== null).map(({ name }) => name)).toEqual([
      "judges addresses and fills requests as the vectors say",
    ]);
  });

  for (const { name, needs, isAbsent, run } of engines) {
    it.skipIf(isAbsent && !requireAll)(
      `keep the same in ${name}, and say the same to each other byte by byte (needs ${needs})`,
      async () => {
        expect(await run()).toEqual(expected);
      },
      600_000,
    );
  }
});
