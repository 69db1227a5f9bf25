import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toUtf8 } from "@countersign/protocol";
import { verifyEs256 } from "@countersign/protocol/server";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { rootKeyFiles } from "./root-key-files.ts";

describe("the files of root keys", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "countersign-roots-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const project = "AAAAAAAAAAAAAAAAAAAAAA";
  const message = toUtf8("key list");

  it("signs with the key whose point it gave, each key its own", async () => {
    const keys = rootKeyFiles({ folder });
    const { rootPoint, recoveryPoint } = await keys.create(project);
    const byRoot = await keys.sign(project, "root", message);
    expect(byRoot).toHaveLength(64);
    expect(verifyEs256(rootPoint, message, byRoot)).toBe(true);
    expect(verifyEs256(recoveryPoint, message, byRoot)).toBe(false);
    expect(verifyEs256(recoveryPoint, message, await keys.sign(project, "recovery", message))).toBe(true);
  });

  it("keeps each key in a file that its owner alone may read", async () => {
    await rootKeyFiles({ folder }).create(project);
    expect(statSync(join(folder, "roots")).mode & 0o777).toBe(0o700);
    const files = readdirSync(join(folder, "roots"));
    expect(files.toSorted()).toEqual([`${project}.recovery.key`, `${project}.root.key`]);
    for (const file of files) expect(statSync(join(folder, "roots", file)).mode & 0o777).toBe(0o600);
  });

  it("never replaces a key", async () => {
    const keys = rootKeyFiles({ folder });
    await keys.create(project);
    const before = readFileSync(join(folder, "roots", `${project}.root.key`));
    await expect(keys.create(project)).rejects.toMatchObject({ code: "root_key_exists" });
    rmSync(join(folder, "roots", `${project}.recovery.key`));
    await expect(keys.create(project)).rejects.toMatchObject({ code: "root_key_exists" });
    expect(readFileSync(join(folder, "roots", `${project}.root.key`))).toEqual(before);
  });

  it("says which keys are held, and does not sign with one that was moved away", async () => {
    const keys = rootKeyFiles({ folder });
    await keys.create(project);
    expect(await keys.held(project)).toEqual(["root", "recovery"]);
    expect(await keys.export(project, "root")).toContain("BEGIN PRIVATE KEY");
    rmSync(join(folder, "roots", `${project}.root.key`));
    expect(await keys.held(project)).toEqual(["recovery"]);
    expect(await keys.exists(project, "root")).toBe(false);
    await expect(keys.sign(project, "root", message)).rejects.toMatchObject({ code: "root_key_missing" });
  });

  it("refuses a key file that others may read, or that is no P-256 key", async () => {
    const keys = rootKeyFiles({ folder });
    await keys.create(project);
    const file = join(folder, "roots", `${project}.root.key`);
    chmodSync(file, 0o640);
    await expect(keys.sign(project, "root", message)).rejects.toMatchObject({ code: "root_key_exposed" });
    chmodSync(file, 0o600);
    writeFileSync(file, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    await expect(keys.export(project, "root")).rejects.toMatchObject({ code: "root_key_unreadable" });
  });

  it("takes no project id that could be a path", async () => {
    const keys = rootKeyFiles({ folder });
    for (const id of ["../other", "a/b", "", ".", "a\0b"])
      await expect(keys.sign(id, "root", message)).rejects.toThrow(TypeError);
  });
});
