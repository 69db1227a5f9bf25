import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Attempt } from "../scripts/attack-lab/attempt.ts";
import { toHtml } from "../scripts/attack-lab/report-html.ts";
import { missingTools } from "../scripts/attack-lab/tools.ts";
import { requireAll } from "../testing/vectors.ts";

const root = join(import.meta.dirname, "..");
const missing = missingTools();
const executablePath = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";

interface Report {
  readonly held: boolean;
  readonly attempts: readonly Attempt[];
}

if (requireAll) {
  it("the attack lab's tools and Chromium are present", () => {
    expect([...missing, ...(existsSync(executablePath) ? [] : ["chromium"])]).toEqual([]);
  });
}

describe.skipIf(missing.length > 0)(
  "npm run attack-lab (needs Debian's Android tools, enjarify, procyon, mitmproxy, and the Expo app's packages)",
  () => {
    const folder = mkdtempSync(join(tmpdir(), "attack-lab-test-"));
    let run: ReturnType<typeof spawnSync>;
    let report: Report;

    beforeAll(() => {
      spawnSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-b", "packages/react-native"]);
      const program = join(root, "scripts/attack-lab/run.ts");
      run = spawnSync(process.execPath, ["--conditions=@countersign/source", program, "--json", "--out", folder], {
        encoding: "utf8",
      });
      report = JSON.parse(String(run.stdout)) as Report;
    }, 900_000);
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    it("finds the key of the app that has it written into it, with every tool", () => {
      const before = report.attempts.filter(({ form }) => form === "hard-coded");
      expect(before.length).toBe(8);
      expect(before.filter(({ found }) => found.length === 0)).toEqual([]);
    });

    it("finds nothing of the app with Countersign, and ends with 0", () => {
      const after = report.attempts.filter(({ form }) => form !== "hard-coded");
      expect(after.length).toBe(14);
      expect(after.filter(({ found, asPromised }) => found.length > 0 || !asPromised)).toEqual([]);
      expect([report.held, run.status]).toEqual([true, 0]);
    });

    it("tells the same in a page for people, without a key in it", () => {
      const html = readFileSync(join(folder, "report.html"), "utf8");
      expect(html.match(/<tr class="(open|held)">/g)).toHaveLength(report.attempts.length);
      expect(html).toContain(
        "<strong>Before:</strong> 8 of 8 attempts found the key. <strong>After:</strong> 0 of 14 did.",
      );
      expect(html).not.toMatch(/demo-[A-Za-z0-9_-]{20}/);
    });
  },
);

describe.skipIf(!existsSync(executablePath))(
  "the attack lab's page (needs chromium at CHROMIUM_PATH or /usr/bin/chromium)",
  () => {
    it("is readable in light and dark, and shows what a tool printed as text", async () => {
      const attempt: Attempt = {
        title: "<script>globalThis.ran = true</script>",
        tool: "a tool",
        form: "delivered",
        looked: "a & b",
        found: ["<img src=x>"],
        asPromised: false,
      };
      const args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"];
      const browser = await chromium.launch({ executablePath, args: [...args, "--disable-sync", "--disable-quic"] });
      try {
        for (const colorScheme of ["light", "dark"] as const) {
          const page = await browser.newPage({ colorScheme });
          await page.setContent(toHtml([attempt], "2026-01-01"));
          expect(await page.locator("td").allInnerTexts()).toEqual([
            attempt.title,
            "a tool",
            "key delivered at run time",
            "a & b",
            "found in <img src=x>",
            "NOT as promised",
          ]);
          expect(await page.evaluate(() => "ran" in globalThis)).toBe(false);
        }
      } finally {
        await browser.close();
      }
    });
  },
);
