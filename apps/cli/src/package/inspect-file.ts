import { createHash } from "node:crypto";
import type { InspectOptions, PackageReport } from "@countersign/app-package";
import type { CliContext } from "../cli-context.ts";
import { type FileSource, openFileSource } from "./file-source.ts";
import { createReadProgress } from "./read-progress.ts";

const PIECE_BYTES = 1024 * 1024;

/** A package, read and judged, and the digest of its bytes. */
export interface InspectedFile {
  readonly report: PackageReport;
  readonly packageSha256: string;
}

/** What `file` says of itself, with a bar while it is read; with its v4 signature where that is in a file of this name. */
export async function inspectFile(
  context: CliContext,
  file: string,
  options: InspectOptions,
  v4SignatureFile?: string,
): Promise<PackageReport> {
  if (v4SignatureFile === undefined) return withSource(context, file, (source) => inspect(source, options));
  const v4Signature = await openFileSource(v4SignatureFile);
  try {
    const report = await withSource(context, file, (source) => inspect(source, { ...options, v4Signature }));
    await v4Signature.assertUnchanged();
    return report;
  } finally {
    await v4Signature.close();
  }
}

/** The same with the SHA-256 of the whole file; all from one file that did not change meanwhile. */
export function inspectAndDigestFile(
  context: CliContext,
  file: string,
  options: InspectOptions,
): Promise<InspectedFile> {
  return withSource(context, file, async (source) => {
    const report = await inspect(source, options);
    return { report, packageSha256: await digestOf(source) };
  });
}

/** The readers of packages are loaded when they are needed: every other command starts sooner without them. */
async function inspect(source: FileSource, options: InspectOptions): Promise<PackageReport> {
  const { inspectPackage } = await import("@countersign/app-package");
  return inspectPackage(source, options);
}

async function withSource<T>(context: CliContext, file: string, run: (source: FileSource) => Promise<T>): Promise<T> {
  const progress = createReadProgress(context, "reading");
  let size = 1;
  const source = await openFileSource(file, (bytes) => progress.show((bytes % size) / size));
  size = Math.max(1, source.size);
  try {
    const result = await run(source);
    await source.assertUnchanged();
    return result;
  } finally {
    progress.end();
    await source.close();
  }
}

async function digestOf(source: FileSource): Promise<string> {
  const hash = createHash("sha256");
  for (let offset = 0; offset < source.size; offset += PIECE_BYTES) {
    hash.update(await source.read(offset, Math.min(PIECE_BYTES, source.size - offset)));
  }
  return hash.digest("hex");
}
