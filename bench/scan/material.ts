import { randomBytes } from "node:crypto";
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { makeZip } from "../../apps/cli/src/testing/made-zip.ts";
import { vectorsFolder } from "../../testing/vectors.ts";
import { slowTexts } from "./slow-texts.ts";

/** Something to scan. */
export interface Material {
  readonly name: string;
  readonly path: string;
  /** Reads what no build ships too. */
  readonly isAll: boolean;
}

const MiB = 1_048_576;
const root = join(import.meta.dirname, "../..");

/** What others made, as far as it is here. */
export function found(): readonly Material[] {
  const vectors = vectorsFolder();
  return [
    { name: "node_modules of this repository, everything", path: join(root, "node_modules"), isAll: true },
    { name: "this repository, as an app's sources", path: root, isAll: false },
    { name: "apps of the vectors (APK, AAB, IPA)", path: join(vectors ?? "/nowhere", "apps"), isAll: true },
  ].filter(({ path }) => existsSync(path));
}

/** What is made to cost much: large texts, and an archive that holds far more than its size. */
export function made(): { readonly materials: readonly Material[]; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), "bench-scan-"));
  const write = (name: string, parts: readonly (string | Buffer)[]): string => {
    const file = join(folder, name);
    const descriptor = openSync(file, "w");
    for (const part of parts) writeSync(descriptor, Buffer.from(part));
    closeSync(descriptor);
    return file;
  };
  const line = "function a(b){return c(b,'d')};".repeat(MiB / 32);
  const large = Array.from({ length: 512 }, () => line);
  const [slow = ""] = slowTexts(8 * MiB).slice(4);
  const packed = deflateRawSync(slow);
  const noise = { name: "noise.bin", data: randomBytes(16 * MiB), store: true } as const;
  const bomb = Array.from({ length: 100 }, (_, index) => ({ name: `m${index}.js`, data: slow, packed }));
  const materials = [
    { name: "a script of one line, 512 MiB", path: write("main.js", large), isAll: true },
    {
      name: "a source map of one source, 512 MiB",
      path: write("a.js.map", [`{"sourcesContent":["`, ...large, `"]}`]),
      isAll: true,
    },
    {
      name: "a source map of empty lists, 64 MiB",
      path: write("b.js.map", [`{"a":[${"[],".repeat((64 * MiB) / 3)}0]}`]),
      isAll: true,
    },
    {
      name: "bytes, 128 MiB",
      path: write(
        "a.bin",
        Array.from({ length: 128 }, () => Buffer.alloc(MiB, "\u0000abcdefghijkl")),
      ),
      isAll: true,
    },
    {
      name: "an archive of 17 MB that holds 800 MiB of a slow text",
      path: write("a.apk", [makeZip([noise, ...bomb])]),
      isAll: true,
    },
  ];
  return { materials, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
