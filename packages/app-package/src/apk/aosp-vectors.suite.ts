import { readFileSync } from "node:fs";
import { join } from "node:path";
import { requireAll, vectorsFolder } from "../../../../testing/vectors.ts";
import { createBytesSource } from "../source/byte-source.ts";
import type { ApkOptions, ApkVerification } from "./apk-verification.ts";
import { verifyApk } from "./verify-apk.ts";

const folder = vectorsFolder();

/** True where the vectors are absent and may be. */
export const vectorsMissing = folder === null && !requireAll;

/** Bytes of one of the vectors. */
export function readVector(...path: readonly string[]): Uint8Array {
  return readFileSync(join(folder ?? "shared/vectors", ...path));
}

export function readVectorJson<T>(...path: readonly string[]): T {
  return JSON.parse(Buffer.from(readVector(...path)).toString("utf8")) as T;
}

/** An APK of apksig's test resources, verified. */
export function verifyVector(name: string, options: ApkOptions = {}): Promise<ApkVerification> {
  return verifyApk(createBytesSource(readVector("apksig", name)), options);
}
