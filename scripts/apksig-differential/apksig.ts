import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";

/** Where Debian's package `libapksig-java` has it. */
const library = process.env.COUNTERSIGN_APKSIG ?? "/usr/share/java/apksig.jar";

/** Whether AOSP's verifier of APKs and a JDK are on this machine. */
export const hasApksig: boolean = existsSync(library) && spawnSync("javac", ["-version"]).status === 0;

/** An APK, and the API levels to judge it for; null where the verifier chooses. */
export interface ApkCase {
  readonly bytes: Uint8Array;
  readonly minSdk: number | null;
  readonly maxSdk: number | null;
  /** Its v4 signature file; empty where there is none. */
  readonly v4: Uint8Array;
}

/** What `ApkVerifier` said. */
export interface ApksigVerdict {
  readonly verified: boolean;
  readonly v1: boolean;
  readonly v2: boolean;
  readonly v3: boolean;
  readonly v4: boolean;
  /** Of the signers of scheme v3, in the order of their block. */
  readonly v3Signers: readonly string[];
  /** SHA-256 of certificates, lower-case hex. */
  readonly signers: readonly string[];
  readonly lineage: readonly string[];
  /** Names of what it found wrong, or of the exception that it threw. */
  readonly errors: readonly string[];
}

/** A running verifier. */
export interface Apksig {
  judge(cases: readonly ApkCase[]): Promise<readonly ApksigVerdict[]>;
  close(): void;
}

/** Compiles and starts AOSP's verifier. Throws where there is none: `hasApksig`. */
export function startApksig(): Apksig {
  const folder = mkdtempSync(join(tmpdir(), "countersign-apksig-"));
  const compiled = spawnSync("javac", ["-cp", library, "-d", folder, join(import.meta.dirname, "ApkVerdicts.java")], {
    encoding: "utf8",
  });
  if (compiled.status !== 0) throw new Error(`javac: ${compiled.stderr}`);
  const options = ["-Xmx512m", "-XX:+UseSerialGC", "-cp", `${library}${delimiter}${folder}`];
  const java: ChildProcessWithoutNullStreams = spawn("java", [...options, "ApkVerdicts"]);
  java.stderr.resume();
  const lines = createInterface({ input: java.stdout })[Symbol.asyncIterator]();
  return {
    async judge(cases) {
      for (const { bytes, minSdk, maxSdk, v4 } of cases)
        java.stdin.write(
          Buffer.concat([int(minSdk ?? -1), int(maxSdk ?? -1), int(bytes.length), bytes, int(v4.length), v4]),
        );
      const verdicts: ApksigVerdict[] = [];
      while (verdicts.length < cases.length) {
        const line = await lines.next();
        if (line.done === true) throw new Error("apksig's process ended");
        verdicts.push(JSON.parse(line.value) as ApksigVerdict);
      }
      return verdicts;
    },
    close() {
      java.stdin.end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
