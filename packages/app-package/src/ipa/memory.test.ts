import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import type { ByteSource } from "../source/byte-source.ts";
import { openZip } from "../zip/open-zip.ts";
import { writeZip } from "../zip/zip-writer.suite.ts";
import { inspectIpa } from "./inspect-ipa.ts";
import { anchors, judgedAtMs } from "./made-authority.suite.ts";
import { makeAppFiles, root } from "./made-ipa.suite.ts";

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");
const mebibyte = 1024 * 1024;

/** What is held, at most, of all bytes beside the archive's own while it is read. */
async function heldBytes(codeBytes: number, resourceBytes: number): Promise<{ held: number; verified: boolean }> {
  const files = makeAppFiles({
    nested: [],
    files: { "assets.bin": Buffer.alloc(resourceBytes, "resource ") },
    slices: [{ code: Buffer.alloc(codeBytes, "code of the app; "), digests: ["sha256"] }],
  });
  const bytes = writeZip([...files].map(([path, content]) => ({ name: root + path, content })));
  files.clear();
  const archive = new Uint8Array(bytes);
  collect();
  const before = process.memoryUsage();
  let held = 0;
  let reads = 0;
  const source: ByteSource = {
    size: archive.length,
    read(offset, length) {
      reads += 1;
      if (reads % 8 === 0) {
        collect();
        const { arrayBuffers, heapUsed } = process.memoryUsage();
        held = Math.max(held, arrayBuffers + heapUsed - before.arrayBuffers - before.heapUsed);
      }
      return Promise.resolve(archive.slice(offset, offset + length));
    },
  };
  const opened = await openZip(source);
  const report = opened.ok ? await inspectIpa(opened.value, { nowMs: judgedAtMs, anchors }) : null;
  return { held, verified: report?.verified ?? false };
}

describe("what is held of an app", () => {
  it("does not grow with it but for the digests of its pages: 300 MB", { timeout: 120_000 }, async () => {
    const large = await heldBytes(160 * mebibyte, 140 * mebibyte);
    expect(large.verified).toBe(true);
    expect(large.held).toBeLessThan(12 * mebibyte);
  });
});
