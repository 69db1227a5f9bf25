import { appendFileSync, mkdtempSync, rmSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspectPackage } from "@countersign/app-package";
import { afterAll, describe, expect, it } from "vitest";
import { openFileSource } from "./file-source.ts";

const folder = mkdtempSync(join(tmpdir(), "countersign-source-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const content = Buffer.alloc(5000, "x");

async function withFile(change: (path: string) => void): Promise<string> {
  const path = join(folder, "app.apk");
  writeFileSync(path, content);
  // Long ago: a clock that ticks slowly would give a later write the same time.
  utimesSync(path, 0, 0);
  const source = await openFileSource(path);
  try {
    change(path);
    await source.read(0, content.length);
    await source.assertUnchanged();
    return "unchanged";
  } catch (error) {
    return (error as { readonly code?: string }).code ?? String(error);
  } finally {
    await source.close();
  }
}

describe("a file that is read by position", () => {
  it("gives the bytes that are asked for, wherever they stand", async () => {
    const path = join(folder, "bytes");
    writeFileSync(path, "0123456789");
    const source = await openFileSource(path);
    expect(source.size).toBe(10);
    expect(Buffer.from(await source.read(3, 4)).toString()).toBe("3456");
    expect(await source.read(10, 0)).toHaveLength(0);
    await source.close();
  });

  it.each<[string, (path: string) => void]>([
    ["grows", (path) => appendFileSync(path, "more")],
    ["shrinks", (path) => truncateSync(path, 100)],
    ["is emptied", (path) => truncateSync(path, 0)],
    ["is written again", (path) => writeFileSync(path, Buffer.alloc(5000, "y"))],
  ])("is refused as changed where it %s meanwhile", async (_, change) => {
    expect(await withFile(change)).toBe("file_changed");
  });

  it("is not where nothing happens to it", async () => {
    expect(await withFile(() => undefined)).toBe("unchanged");
  });

  it("that is cut off while it is judged gives its own failure, and no verdict", async () => {
    const path = join(folder, "cut.apk");
    writeFileSync(path, content);
    const source = await openFileSource(path);
    truncateSync(path, 10);
    await expect(inspectPackage(source, { nowMs: 0 })).rejects.toMatchObject({ code: "file_changed" });
    await source.close();
  });
});
