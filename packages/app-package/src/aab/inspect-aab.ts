import { verifyJarSignature } from "../jar/verify-jar-signature.ts";
import type { PackageProblem } from "../problem.ts";
import type { PackageReport } from "../report.ts";
import type { ByteSource } from "../source/byte-source.ts";
import { openZip } from "../zip/open-zip.ts";
import { effectiveSdk, problem, readBundleModules } from "./bundle-modules.ts";

/**
 * Inspects an Android App Bundle: one meaning as an archive, a manifest in every module that says what the base module says, a signature that
 * `jarsigner` takes. `signers` has the upload key. What is installed is made of the bundle by Google Play and signed with a key of Play's, so
 * `warnings` always has `play_signing_unknown`: no phone reports the upload key. Rejects only where `source` does.
 */
export async function inspectAab(source: ByteSource): Promise<PackageReport> {
  const archive = await openZip(source);
  if (!archive.ok) return { ...nothing, errors: [archive.problem] };
  const { base, problems } = await readBundleModules(archive.value);
  const signature = await verifyJarSignature(archive.value, { rules: "jarsigner" });
  const errors = [...problems, ...signature.errors, ...signature.signers.flatMap((signer) => signer.errors)];
  return {
    ...nothing,
    ...(base === null
      ? {}
      : {
          id: base.package,
          versionCode: base.versionCode ?? 0,
          versionName: base.versionName ?? null,
          debuggable: base.debuggable ?? false,
          ...effectiveSdk(base),
        }),
    verified: base !== null && errors.length === 0 && signature.ok,
    schemes: { jar: signature.ok },
    signers: signature.signers.flatMap(({ certSha256 }) => (certSha256 === null ? [] : [{ certSha256 }])),
    errors,
    warnings: [...nothing.warnings, ...signature.warnings],
  };
}

const question: PackageProblem = problem("play_signing_unknown");

/** The report of a bundle of which nothing is known. */
const nothing: PackageReport = {
  format: "aab",
  id: null,
  versionCode: null,
  versionName: null,
  debuggable: null,
  verified: false,
  schemes: { jar: false },
  signers: [],
  lineage: [],
  teamId: null,
  appId: null,
  entitlements: null,
  errors: [],
  ambiguities: [],
  warnings: [question],
  minSdk: null,
  targetSdk: null,
};
