import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "..");

/** Runs the house's rules over a made tree of files; the names of the rules that were broken. */
function brokenRules(files: Readonly<Record<string, string>>): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), "countersign-directions-"));
  try {
    for (const name of [".dependency-cruiser.mjs", "tsconfig.base.json"])
      copyFileSync(join(root, name), join(folder, name));
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    const bin = join(root, "node_modules/dependency-cruiser/bin/dependency-cruiser.mjs");
    const rooms = ["packages", "apps"].filter((room) => Object.keys(files).some((name) => name.startsWith(`${room}/`)));
    const run = spawnSync(
      process.execPath,
      [bin, "--config", ".dependency-cruiser.mjs", "--output-type", "json", ...rooms],
      { cwd: folder, encoding: "utf8" },
    );
    const report: { summary: { violations: { rule: { name: string } }[] } } = JSON.parse(run.stdout);
    return [...new Set(report.summary.violations.map((violation) => violation.rule.name))];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const leaf = "export const leaf = 1;\n";
const importing = (path: string): string => `import { leaf } from "${path}";\nexport const value = leaf;\n`;

const cases: readonly (readonly [rule: string, from: string, to: string, path: string])[] = [
  [
    "virtual-device-shares-no-verifier",
    "packages/virtual-device/src/bad.ts",
    "packages/attestation/src/leaf.ts",
    "../../attestation/src/leaf.ts",
  ],
  ["pure-packages", "packages/attestation/src/bad.ts", "packages/tokens/src/leaf.ts", "../../tokens/src/leaf.ts"],
  ["pure-packages", "packages/policy/src/bad.ts", "packages/attestation/src/leaf.ts", "../../attestation/src/leaf.ts"],
  [
    "pure-packages",
    "packages/app-package/src/bad.ts",
    "packages/attestation/src/leaf.ts",
    "../../attestation/src/leaf.ts",
  ],
  ["asn1-stands-alone", "packages/asn1/src/bad.ts", "packages/protocol/src/leaf.ts", "../../protocol/src/leaf.ts"],
  ["protocol-stands-alone", "packages/protocol/src/bad.ts", "packages/protocol/src/server/leaf.ts", "./server/leaf.ts"],
  [
    "client-knows-protocol-only",
    "packages/client/src/bad.ts",
    "packages/policy/src/leaf.ts",
    "../../policy/src/leaf.ts",
  ],
  [
    "agents-know-the-client-only",
    "packages/capacitor/src/bad.ts",
    "packages/protocol/src/leaf.ts",
    "../../protocol/src/leaf.ts",
  ],
  [
    "server-without-test-roots",
    "apps/server/src/bad.ts",
    "packages/virtual-device/src/leaf.ts",
    "../../../packages/virtual-device/src/leaf.ts",
  ],
  [
    "packages-import-no-app",
    "packages/policy/src/bad.ts",
    "apps/server/src/leaf.ts",
    "../../../apps/server/src/leaf.ts",
  ],
  [
    "cli-enters-the-server-by-its-door",
    "apps/cli/src/bad.ts",
    "apps/server/src/store/leaf.ts",
    "../../server/src/store/leaf.ts",
  ],
  ["domain-behind-ports", "apps/server/src/domain/bad.ts", "apps/server/src/store/leaf.ts", "../store/leaf.ts"],
  ["only-compose-picks-adapters", "apps/server/src/http/bad.ts", "apps/server/src/vault/leaf.ts", "../vault/leaf.ts"],
];

it.each(cases)("the direction check finds a planted breach of %s", (rule, from, to, path) => {
  expect(brokenRules({ [to]: leaf })).toEqual([]);
  expect(brokenRules({ [to]: leaf, [from]: importing(path) })).toContain(rule);
});

it.each([
  [
    "pure-without-io",
    "packages/attestation/src/bad.ts",
    'import { readFileSync } from "node:fs";\nexport const value = readFileSync;\n',
  ],
  [
    "client-core-without-platform",
    "packages/client/src/bad.ts",
    'import { createHash } from "node:crypto";\nexport const value = createHash;\n',
  ],
  [
    "protocol-stands-alone",
    "packages/protocol/src/bad.ts",
    'import { createHash } from "node:crypto";\nexport const value = createHash;\n',
  ],
  [
    "virtual-device-shares-no-verifier",
    "packages/virtual-device/src/bad.ts",
    'import { decode } from "cborg";\nexport const value = decode;\n',
  ],
])("the direction check finds a planted breach of %s by a library", (rule, from, text) => {
  expect(brokenRules({ [from]: text })).toContain(rule);
});
