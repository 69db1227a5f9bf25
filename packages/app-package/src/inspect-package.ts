import { inspectAab } from "./aab/inspect-aab.ts";
import { inspectApk } from "./apk/inspect-apk.ts";
import { appleCodeAnchors, type CodeAnchor } from "./ipa/apple-anchors.ts";
import { inspectIpa } from "./ipa/inspect-ipa.ts";
import type { PackageProblem } from "./problem.ts";
import type { PackageReport } from "./report.ts";
import type { ByteSource } from "./source/byte-source.ts";
import { openZip, scanZip } from "./zip/open-zip.ts";
import type { ZipArchive } from "./zip/zip-archive.ts";

export interface InspectOptions {
  /** Milliseconds since 1970: an IPA's certificates and profile must be valid then. */
  readonly nowMs: number;
  /** Lowest API level to judge an APK for, from 1. Default: its own minSdkVersion. */
  readonly minSdk?: number | undefined;
  /** Highest API level to judge an APK for. Default: all there will be. */
  readonly maxSdk?: number | undefined;
  /** The file that lies beside an APK with its v4 signature (`.idsig`). */
  readonly v4Signature?: ByteSource | undefined;
  /** Who vouches for iOS code. Default: Apple. */
  readonly anchors?: readonly CodeAnchor[] | undefined;
}

/**
 * What a package says of itself, and whether it holds: what the phone will report of the app once it is installed. Tells the format by what is in the
 * file, never by its name. Refuses by `errors`; rejects only where `source` does. Memory does not grow with the file.
 */
export async function inspectPackage(source: ByteSource, options: InspectOptions): Promise<PackageReport> {
  const scanned = await scanZip(source);
  if (!scanned.ok) return unknown(scanned.problem);
  const formats = formatsOf(scanned.value.archive);
  const [format] = formats;
  if (format === undefined || formats.length > 1) {
    const detail = format === undefined ? "no manifest and no Payload" : `it could be ${formats.join(" and ")}`;
    return unknown({ code: "package_format", detail });
  }
  if (format === "apk") return inspectApk(source, toApkOptions(options));
  if (format === "aab") return inspectAab(source);
  const opened = await openZip(source);
  if (!opened.ok) return { ...unknown(opened.problem), format: "ipa" };
  return inspectIpa(opened.value, { nowMs: options.nowMs, anchors: options.anchors ?? appleCodeAnchors });
}

/** The formats whose manifest stands where each keeps it. */
function formatsOf(archive: ZipArchive): readonly ("apk" | "aab" | "ipa")[] {
  const has = {
    apk: archive.find("AndroidManifest.xml") !== undefined,
    aab:
      archive.find("base/manifest/AndroidManifest.xml") !== undefined || archive.find("BundleConfig.pb") !== undefined,
    ipa: archive.entries.some(({ name }) => name.startsWith("Payload/")),
  };
  return (["apk", "aab", "ipa"] as const).filter((format) => has[format]);
}

function toApkOptions({ minSdk, maxSdk, v4Signature }: InspectOptions): Parameters<typeof inspectApk>[1] {
  return {
    ...(minSdk !== undefined && { minSdk }),
    ...(maxSdk !== undefined && { maxSdk }),
    ...(v4Signature !== undefined && { v4: v4Signature }),
  };
}

function unknown(problem: PackageProblem): PackageReport {
  return {
    format: null,
    id: null,
    versionCode: null,
    versionName: null,
    debuggable: null,
    verified: false,
    schemes: {},
    signers: [],
    lineage: [],
    teamId: null,
    appId: null,
    entitlements: null,
    errors: [problem],
    ambiguities: [],
    warnings: [],
    minSdk: null,
    targetSdk: null,
  };
}
