import { sha256, toHex } from "@countersign/asn1";
import { textAt, toJson } from "../plist/plist-value.ts";
import type { PackageProblem } from "../problem.ts";
import type { PackageReport } from "../report.ts";
import type { ZipArchive } from "../zip/zip-archive.ts";
import { type AppBundle, readAppBundle } from "./app-bundle.ts";
import { appIdProblem, attestationWarnings, isDebuggable } from "./app-identity.ts";
import { appleCodeAnchors, type CodeAnchor } from "./apple-anchors.ts";
import { digestFiles } from "./bundle-files.ts";
import { type CheckedExecutable, checkExecutable } from "./check-executable.ts";
import { checkNestedCode } from "./check-nested-code.ts";
import { judgeProfile } from "./check-profile.ts";
import { checkResources } from "./code-resources.ts";
import type { SliceSignature } from "./code-signature.ts";
import { ambiguousPath } from "./package-paths.ts";
import type { Trust } from "./signer-policy.ts";

export interface IpaOptions {
  /** Milliseconds since 1970: certificates and the profile must be valid then. */
  readonly nowMs: number;
  /** Default: Apple's. */
  readonly anchors?: readonly CodeAnchor[];
}

/** What was found wrong, by what the report says of it. */
interface Findings {
  readonly code: readonly PackageProblem[];
  readonly profile: readonly PackageProblem[];
  readonly warnings: readonly PackageProblem[];
}

/**
 * Judges an IPA as a device that installs it would: Info.plist, every slice of the executable to its last page, the certificates to Apple, the
 * profile to Apple and what it allows, every file to the signed list, and all nested code to the same team. What the package claims is reported
 * whether it holds or not: `verified` says.
 */
export async function inspectIpa(archive: ZipArchive, options: IpaOptions): Promise<PackageReport> {
  const trust: Trust = { nowMs: options.nowMs, anchors: options.anchors ?? appleCodeAnchors };
  const path = ambiguousPath(archive.entries);
  if (path !== null) return toReport(null, null, { code: [path], profile: [], warnings: [] });
  const bundle = await readAppBundle(archive);
  if (!bundle.ok) return toReport(null, null, { code: [bundle.problem], profile: [], warnings: [] });
  const { executable, info, codeResources } = bundle.value;
  const main = await checkExecutable(archive, executable, {
    ...trust,
    infoPlist: info.bytes,
    resources: codeResources,
    namesBundle: true,
  });
  const inside = await checkInside(archive, bundle.value, main, trust);
  const identity = main.signature === null ? null : identityProblem(main, main.signature, info.identifier);
  return toReport(bundle.value, main.signature, {
    code: [...main.problems, ...inside.problems, ...(identity === null ? [] : [identity])],
    profile: judgeProfile(bundle.value.profile, main.signature, trust),
    warnings: inside.warnings,
  });
}

/** Every file of the app but its executable. */
async function checkInside(
  archive: ZipArchive,
  { root, executable, info, codeResources }: AppBundle,
  { signature }: CheckedExecutable,
  trust: Trust,
): Promise<{ readonly problems: readonly PackageProblem[]; readonly warnings: readonly PackageProblem[] }> {
  const files = await digestFiles(archive, root, executable);
  if (!files.ok) return { problems: [files.problem], warnings: [] };
  const sealed = checkResources(files.value, "", info.executable.normalize("NFC"), codeResources);
  const problems = sealed === null ? [] : [sealed];
  if (signature === null) return { problems, warnings: [] };
  const host = { root, teamId: signature.teamId, identifier: info.identifier };
  const nested = await checkNestedCode(archive, files.value, host, trust);
  return { problems: [...problems, ...nested.problems], warnings: nested.warnings };
}

function identityProblem(
  { isProgram }: CheckedExecutable,
  signature: SliceSignature,
  bundleIdentifier: string,
): PackageProblem | null {
  const detail = isProgram ? appIdProblem(signature, bundleIdentifier) : "the app's executable is no program";
  return detail === null ? null : { code: "code_identity_mismatch", detail };
}

function toReport(
  bundle: AppBundle | null,
  signature: SliceSignature | null,
  { code, profile, warnings }: Findings,
): PackageReport {
  const list = bundle?.info.list ?? null;
  const entitlements = signature?.entitlements ?? null;
  const signer = signature?.signer ?? null;
  const errors = oneOfEach([...code, ...profile]);
  return {
    format: "ipa",
    id: bundle?.info.identifier ?? null,
    versionCode: textAt(list, "CFBundleVersion"),
    versionName: textAt(list, "CFBundleShortVersionString"),
    debuggable: signature === null || entitlements === null ? null : isDebuggable(signature),
    verified: signature !== null && errors.length === 0,
    schemes: {
      code: signature !== null && code.length === 0,
      profile: bundle !== null && bundle.profile !== null && profile.length === 0,
    },
    signers: signer === null ? [] : [{ certSha256: toHex(sha256(signer.der)) }],
    lineage: [],
    teamId: signature?.teamId ?? null,
    appId: textAt(entitlements, "application-identifier"),
    entitlements: entitlements === null ? null : (toJson(entitlements) as Record<string, unknown>),
    errors,
    ambiguities: [],
    warnings:
      signature === null ? [] : [...formatWarnings(signature), ...warnings, ...attestationWarnings(entitlements)],
    minSdk: null,
    targetSdk: null,
  };
}

function formatWarnings({ isOldFormat }: SliceSignature): readonly PackageProblem[] {
  return isOldFormat
    ? [{ code: "code_signature_format_old", detail: "an old code directory, or no DER entitlements" }]
    : [];
}

function oneOfEach(problems: readonly PackageProblem[]): readonly PackageProblem[] {
  const byCode = new Map<string, PackageProblem>();
  for (const problem of problems) if (!byCode.has(problem.code)) byCode.set(problem.code, problem);
  return [...byCode.values()];
}
