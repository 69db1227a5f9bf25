import { type PlistDictionary, textAt } from "../plist/plist-value.ts";
import type { PackageProblem } from "../problem.ts";
import type { SliceSignature } from "./code-signature.ts";

const environment = "com.apple.developer.devicecheck.appattest-environment";
const team = "com.apple.developer.team-identifier";
const appIdForm = /^[A-Z0-9]{10}\.(.+)$/;

/**
 * What keeps the code's identifier, the bundle's and the App ID from being of one app; null where nothing does. The prefix of an App ID is the team's,
 * but for very old apps: the profile says which.
 */
export function appIdProblem(
  { identifier, teamId, entitlements, areEntitlementsRead }: SliceSignature,
  bundleIdentifier: string,
): string | null {
  if (identifier !== bundleIdentifier) return "the code directory names another app";
  // A problem of their own already.
  if (!areEntitlementsRead) return null;
  const named = appIdForm.exec(textAt(entitlements, "application-identifier") ?? "")?.[1];
  if (named !== bundleIdentifier) return "the entitlement application-identifier names another app, or none";
  const isOwnTeam = entitlements?.has(team) !== true || textAt(entitlements, team) === teamId;
  return isOwnTeam ? null : `the entitlement ${team} names another team`;
}

/** What to know of App Attest (Apple: Preparing to use the App Attest service). */
export function attestationWarnings(entitlements: PlistDictionary | null): readonly PackageProblem[] {
  const value = textAt(entitlements, environment);
  if (value === "production") return [];
  return entitlements?.has(environment) === true
    ? [{ code: "app_attest_development", detail: `the entitlement ${environment} is not production` }]
    : [{ code: "app_attest_unnamed", detail: `the entitlement ${environment} is absent` }];
}

/** Whether debuggers may attach. Anything but `false` counts: what a phone makes of a text or a number there is not ours to guess. */
export function isDebuggable({ entitlements }: SliceSignature): boolean {
  const value = entitlements?.get("get-task-allow");
  return value !== undefined && value !== false;
}
