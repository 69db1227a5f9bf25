import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";

const script = join(import.meta.dirname, "install-swift.sh");

describe("install-swift.sh", () => {
  const folder = mkdtempSync(join(tmpdir(), "countersign-install-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  /** The script among so few programs that it can do nothing but look. */
  const programs = mkdtempSync(join(folder, "programs-"));
  for (const name of ["bash", "cat", "sha256sum"]) {
    const found = spawnSync("which", [name], { encoding: "utf8" }).stdout.trim();
    symlinkSync(found, join(programs, name));
  }
  const install = (into: string) => spawnSync("bash", [script, into], { encoding: "utf8", env: { PATH: programs } });

  it("does nothing where this very script put the compiler before", () => {
    const stands = mkdtempSync(join(folder, "stands-"));
    const stamp = `${createHash("sha256").update(readFileSync(script)).digest("hex")}  -\n`;
    writeFileSync(join(stands, ".stands"), stamp);
    expect(install(stands)).toMatchObject({ status: 0, stderr: "" });
    expect(readdirSync(stands)).toEqual([".stands"]);
  });

  it("says what is missing, and leaves a folder of another script as it is", () => {
    const other = mkdtempSync(join(folder, "other-"));
    writeFileSync(join(other, ".stands"), "another\n");
    const { status, stderr } = install(other);
    expect(status).toBe(1);
    expect(stderr).toContain("there is no apt-get");
    expect(readFileSync(join(other, ".stands"), "utf8")).toBe("another\n");
  });
});
