import { scanZip } from "../zip/open-zip.ts";
import { createCountedSource } from "../zip/zip-writer.suite.ts";
import { type MadeApk, makeApk } from "./apk-writer.suite.ts";
import { everySdk } from "./verify-apk.ts";
import { type SchemesVerdict, verifySchemes } from "./verify-schemes.ts";

export interface VerdictOptions {
  readonly minSdk?: number;
  readonly maxSdk?: number;
  readonly v4?: Uint8Array;
}

/** What the schemes of an APK's signing block say, whatever its manifest. */
export async function judge(apk: Uint8Array, options: VerdictOptions = {}): Promise<SchemesVerdict> {
  const source = createCountedSource(apk);
  const scanned = await scanZip(source);
  if (!scanned.ok) throw new Error(scanned.problem.detail);
  const range = { minSdk: options.minSdk ?? 24, maxSdk: options.maxSdk ?? everySdk };
  return verifySchemes(source, scanned.value.end, range, options.v4 ? createCountedSource(options.v4) : null);
}

/** `good` with the schemes that held, or the code of the first problem. */
export async function verdictOf(made: MadeApk, options: VerdictOptions = {}): Promise<string> {
  return inWords(await judge(makeApk(made), options));
}

export function inWords(verdict: SchemesVerdict): string {
  const [problem] = verdict.problems;
  if (problem !== undefined) return problem.code;
  const held = (["v2", "v3", "v31", "v32"] as const).filter((scheme) => verdict[scheme] !== null);
  return ["good", ...held, ...(verdict.v4 ? ["v4"] : [])].join(" ");
}
