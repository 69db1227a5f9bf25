import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  makeManifest,
  plainManifest,
} from "../../packages/app-package/src/android-manifest/binary-xml-writer.suite.ts";
import { writeZip } from "../../packages/app-package/src/zip/zip-writer.suite.ts";

/** An APK that was made and signed for the measurement. */
export interface MadePackage {
  readonly file: string;
  readonly megabytes: number;
  /** Lowest API level it is signed for: below 24 every entry is unpacked for scheme v1. */
  readonly minSdk: number;
}

const MEGABYTE = 1_000_000;
const password = "workshop";

/** Whether apksigner and keytool are on this machine; without them there is nothing to compare with, or to sign with. */
export const hasApksigner: boolean = existsSync("/usr/bin/apksigner");

/** Writes APKs of these sizes to a folder of its own: stored assets, as media are, and code that deflates to half. */
export function makePackages(sizes: readonly (readonly [megabytes: number, minSdk: number])[]): {
  readonly packages: readonly MadePackage[];
  readonly remove: () => void;
} {
  const folder = mkdtempSync(join(tmpdir(), "countersign-bench-"));
  const keystore = join(folder, "keys.p12");
  const store = ["-keystore", keystore, "-storetype", "PKCS12", "-storepass", password, "-alias", "bench"];
  execFileSync("keytool", ["-genkeypair", ...store, "-keyalg", "RSA", "-keysize", "2048", "-dname", "CN=bench"], {
    stdio: "ignore",
  });
  const packages = sizes.map(([megabytes, minSdk]) => {
    const file = join(folder, `${megabytes}-${minSdk}.apk`);
    writeFileSync(`${file}.unsigned`, unsigned(megabytes));
    const signing = ["--ks", keystore, "--ks-pass", `pass:${password}`, "--v4-signing-enabled", "false"];
    execFileSync("apksigner", [
      "sign",
      ...signing,
      "--min-sdk-version",
      String(minSdk),
      "--out",
      file,
      `${file}.unsigned`,
    ]);
    rmSync(`${file}.unsigned`);
    return { file, megabytes, minSdk };
  });
  return { packages, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

function unsigned(megabytes: number): Buffer {
  const piece = Math.min(20 * MEGABYTE, (megabytes * MEGABYTE) / 2);
  const count = Math.max(1, Math.round((megabytes * MEGABYTE) / 2 / piece));
  const entries = Array.from({ length: count }, (_, index) => [
    { name: `assets/media-${index}`, content: randomBytes(piece) },
    // Hexadecimal digits deflate to a little over half.
    { name: `classes${index}.dex`, content: Buffer.from(randomBytes(piece).toString("hex")), deflate: true },
  ]);
  return writeZip([{ name: "AndroidManifest.xml", content: makeManifest(plainManifest()) }, ...entries.flat()]);
}
