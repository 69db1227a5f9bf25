import type { PackageReport } from "@countersign/app-package";
import { CliFailure } from "../cli-failure.ts";
import { toLine } from "./package-text.ts";
import { publicSigningKeys } from "./public-signing-keys.ts";

/** Who a build is: what is uploaded of its package, and nothing else. */
export type BuildIdentity =
  | { readonly platform: "ios"; readonly appId: string; readonly version: string | null }
  | {
      readonly platform: "android";
      readonly packageName: string;
      readonly signingDigests: readonly string[];
      readonly version: string | null;
    };

/** What the person who registers says of it beside its bytes. */
export interface RegisterChoices {
  /** The certificates Google Play signs with, SHA-256 in hex: what a device reports in place of the upload key. */
  readonly playSigningDigests: readonly string[];
  readonly allowDebuggable: boolean;
  readonly allowPublicKey: boolean;
}

/** The identity of a package that holds, or a failure that says what keeps it from being registered. */
export function toBuildIdentity(report: PackageReport, choices: RegisterChoices): BuildIdentity {
  if (!report.verified || report.id === null || report.ambiguities.length > 0) {
    const [first] = [...report.errors, ...report.ambiguities];
    const why = first === undefined ? "" : ` ${toLine(first)}.`;
    throw new CliFailure(
      "package_refused",
      `The package does not hold, and was not registered.${why} \`countersign app inspect\` shows all of it.`,
      1,
    );
  }
  if (report.debuggable !== false && !choices.allowDebuggable) {
    throw new CliFailure(
      "package_debuggable",
      "This build may be debugged: whoever has the phone reads what it holds. Register the release build, or add --allow-debuggable for a development project.",
      1,
    );
  }
  return report.format === "ipa" ? toIosIdentity(report) : toAndroidIdentity(report, report.id, choices);
}

function toIosIdentity({ appId, versionCode }: PackageReport): BuildIdentity {
  if (appId === null) {
    throw new CliFailure(
      "app_id_missing",
      "The code signature names no application-identifier: this build has no App ID.",
      1,
    );
  }
  return { platform: "ios", appId, version: versionCode === null ? null : String(versionCode) };
}

function toAndroidIdentity(report: PackageReport, packageName: string, choices: RegisterChoices): BuildIdentity {
  const { playSigningDigests } = choices;
  if (report.format === "aab" && playSigningDigests.length === 0) throw playSigningUnknown();
  const signingDigests = playSigningDigests.length > 0 ? playSigningDigests : reportedDigests(report);
  for (const digest of signingDigests) assertNotPublic(digest, choices);
  return {
    platform: "android",
    packageName,
    signingDigests: [...new Set(signingDigests)],
    version: report.versionCode === null ? null : String(report.versionCode),
  };
}

/**
 * Every certificate that a device may report of the app: who signed for its API level, and of a rotated app the oldest of the lineage, which is what
 * `GET_SIGNATURES` answers, and Key Attestation asks so (AOSP: KeyAttestationApplicationIdProviderService, PackageInfoUtils).
 */
function reportedDigests({ signers, lineage }: PackageReport): readonly string[] {
  return [...signers, ...lineage.slice(0, 1)].map(({ certSha256 }) => certSha256);
}

/** A key that anybody has proves nothing of who built the app. */
export function assertNotPublic(digest: string, { allowPublicKey }: Pick<RegisterChoices, "allowPublicKey">): void {
  const name = publicSigningKeys.get(digest);
  if (name === undefined || allowPublicKey) return;
  throw new CliFailure(
    "signing_key_public",
    `This is signed with ${name}, which anybody can sign with. Sign it with a key of your own, or add --allow-public-key for a development project.`,
    1,
  );
}

/** A bundle is never what a device runs: which certificate Play signs with, only who publishes it can say. */
export function playSigningUnknown(): CliFailure {
  return new CliFailure(
    "play_signing_unknown",
    "A bundle is signed with your upload key; Google Play signs what devices run with another. Give its SHA-256 with --play-signing-digest, or its certificate with --play-certificate: Play Console, Test and release, App integrity, App signing.",
  );
}
