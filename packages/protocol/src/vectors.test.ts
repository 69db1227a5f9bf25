import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { requireAll } from "../../../testing/vectors.ts";
import { vectorFiles, vectorsFolder } from "../vectors/generate.ts";

const verifier = fileURLToPath(new URL("../vectors/verify.py", import.meta.url));
// Debian's own Python first: another one on the path rarely has Debian's packages.
const pythons = ["/usr/bin/python3", "python3"];
const python = pythons.find((name) => spawnSync(name, ["-c", "import cryptography"]).status === 0) ?? "python3";
const hasPython = spawnSync(python, ["-c", "import cryptography"]).status === 0;

describe("committed vectors", () => {
  it("are byte for byte what the generator makes", () => {
    const made = vectorFiles();
    expect(readdirSync(vectorsFolder).sort()).toEqual([...made.keys()].sort());
    for (const [name, text] of made) expect(readFileSync(join(vectorsFolder, name), "utf8"), name).toBe(text);
  });

  it("are made the same twice", () => {
    expect([...vectorFiles()]).toEqual([...vectorFiles()]);
  });
});

describe.skipIf(!hasPython && !requireAll)("the Python implementation (needs python3 with cryptography)", () => {
  it("passes every vector and every change", () => {
    const output = execFileSync(python, [verifier, vectorsFolder], {
      encoding: "utf8",
      env: { PATH: process.env.PATH ?? "" },
    });
    expect(output).toContain(`${vectorFiles().size} sets`);
  });

  it("fails on a vector whose expected code was altered", () => {
    const text = readFileSync(join(vectorsFolder, "challenge.json"), "utf8");
    const altered = text.replace('"result": "challenge_expired"', '"result": "ok"');
    expect(altered).not.toBe(text);
    expect(spawnSync(python, [verifier, "-"], { input: altered, env: { PATH: process.env.PATH ?? "" } }).status).toBe(
      1,
    );
  });
});
