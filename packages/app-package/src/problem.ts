import type { AabProblemCode } from "./aab/aab-problems.ts";
import type { ManifestProblemCode } from "./android-manifest/manifest-problems.ts";
import type { ApkProblemCode } from "./apk/apk-problems.ts";
import type { FormatProblemCode } from "./format-problems.ts";
import type { IpaProblemCode } from "./ipa/ipa-problems.ts";
import type { JarProblemCode } from "./jar/jar-problems.ts";
import type { ZipProblemCode } from "./zip/zip-problems.ts";

/** Every reason for which a package is not taken, or a reader should beware. Closed: docs/app-package.md says what each means. */
export type PackageProblemCode =
  | FormatProblemCode
  | ZipProblemCode
  | ApkProblemCode
  | JarProblemCode
  | ManifestProblemCode
  | AabProblemCode
  | IpaProblemCode;

/** One problem. `detail` is for people, one line, fit to print; nothing is judged by it. */
export interface PackageProblem {
  readonly code: PackageProblemCode;
  readonly detail: string;
}

/** A value, or why there is none. */
export type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: PackageProblem };
