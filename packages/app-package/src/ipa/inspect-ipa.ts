import { sha256, toHex } from "@countersign/asn1";
import { textAt, toJson } from "../plist/plist-value.ts";
import type { PackageProblem } from "../problem.ts";
import type { PackageReport } from "../report.ts";
import type { ZipArchive } from "../zip/zip-archive.ts";
import { type AppBundle, readAppBundle } from "./app-bundle.ts";
import { appIdProblems, attestationWarnings } from "./app-identity.ts";
import { appleCodeAnchors, type CodeAnchor } from "./apple-anchors.ts";
import { type CheckedExecutable, checkExecutable } from "./check-executable.ts";
import { checkNestedCode } from "./check-nested-code.ts";
import { checkResources } from "./code-resources.ts";
import type { SliceSignature } from "./code-signature.ts";
import { profileMismatch, verifyProvisioningProfile } from "./provisioning-profile.ts";

export interface IpaOptions {
  /** Milliseconds since 1970: certificates and the profile must be valid then. */
  readonly nowMs: number;
  /** Default: Apple's. */
  readonly anchors?: readonly CodeAnchor[];
}

/**
 * Judges an IPA as a device that installs it would: Info.plist, every slice of the executable to its last page, the certificates to Apple, the
 * profile to Apple and what it allows, every file to the signed list, and all nested code to the same team.
 */
export async function inspectIpa(archive: ZipArchive, options: IpaOptions): Promise<PackageReport> {
  const { nowMs, anchors = appleCodeAnchors } = options;
  const bundle = await readAppBundle(archive);
  if (!bundle.ok) return toReport(null, null, [bundle.problem], false);
  const { root, executable, infoPlist, codeResources, profile } = bundle.value;
  const judgement = { anchors, nowMs };
  const main = await checkExecutable(archive, executable, {
    ...judgement,
    infoPlist,
    resources: codeResources,
    namesBundle: true,
  });
  const resources = await checkResources(archive, root, executable.name.slice(root.length), codeResources);
  const nested =
    main.signature === null
      ? []
      : await checkNestedCode(archive, resources.nestedCode, { ...judgement, teamId: main.signature.teamId });
  const profileProblems = judgeProfile(profile, main, anchors, nowMs);
  const identity = main.signature === null ? [] : appIdProblems(main.signature, bundle.value.identifier);
  const errors = [...main.problems, ...resources.problems, ...nested, ...profileProblems, ...identity];
  return toReport(bundle.value, main.signature, errors, profile !== null && profileProblems.length === 0);
}

function judgeProfile(
  profile: Uint8Array | null,
  { signature }: CheckedExecutable,
  anchors: readonly CodeAnchor[],
  nowMs: number,
): readonly PackageProblem[] {
  if (profile === null) {
    return signature === null || signature.isAppStore
      ? []
      : [{ code: "profile_missing", detail: "embedded.mobileprovision" }];
  }
  const verified = verifyProvisioningProfile(profile, anchors, nowMs);
  if (!verified.ok) return [verified.problem];
  const detail = signature === null ? null : profileMismatch(verified.value, signature);
  return detail === null ? [] : [{ code: "profile_mismatch", detail }];
}

function toReport(
  bundle: AppBundle | null,
  signature: SliceSignature | null,
  errors: readonly PackageProblem[],
  hasProfile: boolean,
): PackageReport {
  const info = bundle?.info ?? null;
  const entitlements = signature?.entitlements ?? null;
  const debuggable = entitlements?.get("get-task-allow");
  return {
    format: "ipa",
    id: bundle?.identifier ?? null,
    versionCode: textAt(info, "CFBundleVersion"),
    versionName: textAt(info, "CFBundleShortVersionString"),
    debuggable: signature === null ? null : debuggable === true,
    verified: errors.length === 0,
    schemes: { code: signature !== null, profile: hasProfile },
    signers: signature === null ? [] : [{ certSha256: toHex(sha256(signature.signer.der)) }],
    lineage: [],
    teamId: signature?.teamId ?? null,
    appId: textAt(entitlements, "application-identifier"),
    entitlements: entitlements === null ? null : (toJson(entitlements) as Record<string, unknown>),
    errors,
    ambiguities: [],
    warnings: errors.length > 0 ? [] : attestationWarnings(entitlements),
    minSdk: null,
    targetSdk: null,
  };
}
