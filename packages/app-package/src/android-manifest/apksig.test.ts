import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { requireAll } from "../../../../testing/vectors.ts";
import { attribute, makeManifest, plainManifest } from "./binary-xml-writer.suite.ts";
import { readAndroidManifest } from "./read-android-manifest.ts";

/** Where Debian's package `libapksig-java` has it. */
const library = process.env.COUNTERSIGN_APKSIG ?? "/usr/share/java/apksig.jar";
const hasAll = existsSync(library) && spawnSync("java", ["-version"]).status === 0;

/** Reads manifests, each behind its length; answers each with a line of what `ApkUtils` says, "-" where it throws. */
const program = `
import com.android.apksig.apk.ApkUtils;
import java.io.*;
import java.nio.ByteBuffer;
import java.util.concurrent.Callable;

public class Manifests {
  static String said(Callable<Object> value) {
    try {
      return String.valueOf(value.call()).replaceAll("[^!-~]", "?");
    } catch (Throwable thrown) {
      return "-";
    }
  }

  public static void main(String[] none) throws Exception {
    var in = new DataInputStream(new BufferedInputStream(System.in));
    var out = new PrintStream(new BufferedOutputStream(System.out));
    while (true) {
      byte[] bytes;
      try {
        bytes = in.readNBytes(in.readInt());
      } catch (EOFException end) {
        break;
      }
      out.println(said(() -> ApkUtils.getPackageNameFromBinaryAndroidManifest(ByteBuffer.wrap(bytes)))
          + " " + said(() -> ApkUtils.getLongVersionCodeFromBinaryAndroidManifest(ByteBuffer.wrap(bytes)))
          + " " + said(() -> ApkUtils.getMinSdkVersionFromBinaryAndroidManifest(ByteBuffer.wrap(bytes)))
          + " " + said(() -> ApkUtils.getTargetSdkVersionFromBinaryAndroidManifest(ByteBuffer.wrap(bytes)))
          + " " + said(() -> ApkUtils.getDebuggableFromBinaryAndroidManifest(ByteBuffer.wrap(bytes))));
    }
    out.flush();
  }
}`;

/** Numbers below a bound, the same in every run. */
function createDice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const plain = makeManifest(plainManifest());
const tellingWords = [0, 1, 0x10, 0x7fffffff, 0xffffffff];

/** One to three bytes or words of a manifest changed. */
function mutated(seed: Uint8Array, dice: (below: number) => number): Uint8Array {
  const bytes = Uint8Array.from(seed);
  const view = new DataView(bytes.buffer);
  for (let changes = 1 + dice(3); changes > 0; changes--) {
    const at = dice(bytes.length);
    if (dice(2) === 0) view.setUint8(at, dice(2) === 0 ? dice(256) : view.getUint8(at) ^ (1 << dice(8)));
    else view.setUint32(at & ~3, dice(2) === 0 ? dice(64) : (tellingWords[dice(tellingWords.length)] ?? 0), true);
  }
  return bytes;
}

describe.skipIf(!hasAll && !requireAll)("what apksig reads (needs Java and apksig)", { timeout: 120_000 }, () => {
  function oracle(manifests: readonly Uint8Array[]): readonly string[] {
    const folder = mkdtempSync(join(tmpdir(), "countersign-apksig-"));
    try {
      writeFileSync(join(folder, "Manifests.java"), program);
      const input = manifests.flatMap((bytes) => {
        const length = Buffer.alloc(4);
        length.writeUInt32BE(bytes.length);
        return [length, bytes];
      });
      const command = ["-cp", library, join(folder, "Manifests.java")];
      const { stdout } = spawnSync("java", command, { input: Buffer.concat(input), maxBuffer: 1 << 28 });
      return stdout.toString().trimEnd().split("\n");
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  test("is what is read of 20,000 changed manifests, wherever they are not refused", () => {
    const dice = createDice(1);
    const full = plainManifest({
      attributes: [
        attribute.versionCode(25),
        attribute.versionName("1"),
        attribute.versionCodeMajor(1),
        attribute.package("com.example.app"),
      ],
      children: [
        { name: "uses-sdk", attributes: [attribute.minSdk("Q"), attribute.targetSdk(34)] },
        { name: "application", attributes: [attribute.debuggable("true")], children: [{ name: "activity" }] },
      ],
    });
    const seeds = [plainManifest(), full].flatMap((root) => [true, false].map((utf8) => makeManifest(root, { utf8 })));
    const manifests = Array.from({ length: 20_000 }, () => mutated(seeds[dice(seeds.length)] ?? plain, dice));
    const said = oracle(manifests);
    let read = 0;
    for (const [index, bytes] of manifests.entries()) {
      const found = readAndroidManifest(bytes);
      if (!found.ok) continue;
      read++;
      const [name, versionCode, minSdk, targetSdk, debuggable] = said[index]?.split(" ") ?? [];
      const { value } = found;
      expect([index, value.package, String(value.minSdk)]).toEqual([index, name, minSdk]);
      // A codename as target is apksig's minimum, and a version code without its lower half is none: docs/app-package.md.
      if (value.targetSdk >= 29) expect([index, String(value.targetSdk)]).toEqual([index, targetSdk]);
      if (versionCode === "-") expect([index, (value.versionCode ?? 0) % 2 ** 32]).toEqual([index, 0]);
      else if (value.versionCode !== null) expect([index, String(value.versionCode)]).toEqual([index, versionCode]);
      // A number other than 1 is not debuggable to apksig, and is to the phone.
      if (value.debuggable === false) expect([index, "false"]).toEqual([index, debuggable]);
    }
    expect(read).toBeGreaterThan(5000);
  });
});
