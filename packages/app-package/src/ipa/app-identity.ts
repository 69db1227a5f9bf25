import { type PlistDictionary, textAt } from "../plist/plist-value.ts";
import type { PackageProblem } from "../problem.ts";
import type { SliceSignature } from "./code-signature.ts";

const environment = "com.apple.developer.devicecheck.appattest-environment";
const appIdForm = /^[A-Z0-9]{10}\.(.+)$/;

/** The code's identifier, the bundle's and the App ID's are one. The prefix of an App ID is the team's, but for very old apps. */
export function appIdProblems(
  { identifier, entitlements }: SliceSignature,
  bundleIdentifier: string,
): readonly PackageProblem[] {
  const appId = textAt(entitlements, "application-identifier");
  const named = appIdForm.exec(appId ?? "")?.[1];
  const wrong =
    identifier !== bundleIdentifier
      ? `the code directory names ${identifier}`
      : named !== bundleIdentifier
        ? "the entitlement application-identifier names another app, or none"
        : null;
  return wrong === null ? [] : [{ code: "code_identity_mismatch", detail: wrong }];
}

/** What to know of App Attest (Apple: Preparing to use the App Attest service). */
export function attestationWarnings(entitlements: PlistDictionary | null): readonly PackageProblem[] {
  const value = textAt(entitlements, environment);
  if (value === "production") return [];
  return value === null
    ? [{ code: "app_attest_unnamed", detail: `the entitlement ${environment} is absent` }]
    : [{ code: "app_attest_development", detail: `the entitlement is ${JSON.stringify(value)}` }];
}
