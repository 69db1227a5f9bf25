import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fromBuffer } from "yauzl";
import { vectorsFolder } from "../../../../testing/vectors.ts";
import type { Read } from "../problem.ts";
import { type AndroidManifest, readAndroidManifest } from "./read-android-manifest.ts";

const vectors = vectorsFolder();
const skipped = vectors === null && process.env.COUNTERSIGN_REQUIRE !== "all";

/** What apksig's `ApkUtils` says, each value or the exception that it threw. */
interface Oracle {
  readonly package: unknown;
  readonly versionCode: unknown;
  readonly longVersionCode?: unknown;
  readonly minSdk: unknown;
  readonly targetSdk: unknown;
  readonly debuggable: unknown;
}

const isException = (value: unknown) => typeof value === "object" && value !== null;

/** What the oracle says in this reader's words. */
function expectedOf(oracle: Oracle) {
  const { package: name, minSdk, targetSdk, debuggable } = oracle;
  const versionCode = oracle.longVersionCode ?? oracle.versionCode;
  return {
    package: name,
    minSdk,
    targetSdk,
    // A manifest without a version code counts as 0 on a phone; apksig says that there is none.
    versionCode: isException(versionCode) ? 0 : versionCode,
    debuggable: isException(debuggable) ? null : debuggable,
  };
}

const summary = (read: Read<AndroidManifest>) => {
  if (!read.ok) return read.problem.code;
  const { package: name, minSdk, targetSdk, versionCode, debuggable } = read.value;
  return { package: name, minSdk, targetSdk, versionCode, debuggable };
};

/** The manifest of an APK, by a reader of ZIP that shares nothing with the package; null where there is none. */
function manifestOf(file: string): Promise<Uint8Array | null> {
  return new Promise((resolve) => {
    fromBuffer(readFileSync(file), { lazyEntries: true, validateEntrySizes: false }, (error, zip) => {
      if (error) return resolve(null);
      zip.on("error", () => resolve(null));
      zip.on("end", () => resolve(null));
      zip.on("entry", (entry) => {
        if (entry.fileName !== "AndroidManifest.xml") return zip.readEntry();
        zip.openReadStream(entry, (failure, stream) => {
          if (failure) return resolve(null);
          const pieces: Uint8Array[] = [];
          stream.on("data", (piece: Uint8Array) => pieces.push(piece));
          stream.on("error", () => resolve(null));
          stream.on("end", () => resolve(Buffer.concat(pieces)));
        });
      });
      zip.readEntry();
    });
  });
}

describe.skipIf(skipped)("agrees with apksig", () => {
  const read = (path: string) => JSON.parse(readFileSync(join(vectors ?? "", path), "utf8"));

  test("on every manifest of androguard's, and refuses those in which it finds no package", () => {
    const oracle: Record<string, Oracle> = read("apps/expected-axml-oracle.json");
    for (const [name, expected] of Object.entries(oracle)) {
      const bytes = readFileSync(join(vectors ?? "", "apps/androguard/axml", name));
      const found = readAndroidManifest(bytes);
      const refused = expected.package === null || isException(expected.package);
      expect([name, refused ? found.ok : summary(found)]).toEqual([name, refused ? false : expectedOf(expected)]);
    }
    expect(Object.keys(oracle).length).toBeGreaterThanOrEqual(8);
  });

  test("on the manifest of every APK among apksig's own", async () => {
    const oracle: Record<string, { readonly manifest: Oracle | { readonly exception: string } }> =
      read("apksig/expected-oracle.json");
    const files = readdirSync(join(vectors ?? "", "apksig"), { recursive: true, encoding: "utf8" });
    let agreed = 0;
    for (const [name, { manifest }] of Object.entries(oracle)) {
      if ("exception" in manifest || manifest.package === null) continue;
      const file = files.find((each) => each === name || each.endsWith(`/${name}`));
      const bytes = file === undefined ? null : await manifestOf(join(vectors ?? "", "apksig", file));
      expect([name, bytes === null ? null : summary(readAndroidManifest(bytes))]).toEqual([name, expectedOf(manifest)]);
      agreed++;
    }
    expect(agreed).toBeGreaterThanOrEqual(360);
  });
});
