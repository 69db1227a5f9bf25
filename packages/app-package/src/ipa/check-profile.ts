import type { PackageProblem } from "../problem.ts";
import type { SliceSignature } from "./code-signature.ts";
import { profileMismatch, verifyProvisioningProfile } from "./provisioning-profile.ts";
import type { Trust } from "./signer-policy.ts";

/** What keeps a profile from allowing code that is signed so; what the App Store signed needs none. Without a signature the profile alone is judged. */
export function judgeProfile(
  profile: Uint8Array | null,
  signature: SliceSignature | null,
  trust: Trust,
): readonly PackageProblem[] {
  if (profile === null) {
    return signature === null || signature.isAppStore
      ? []
      : [{ code: "profile_missing", detail: "there is no embedded.mobileprovision" }];
  }
  const verified = verifyProvisioningProfile(profile, trust);
  if (!verified.ok) return [verified.problem];
  const detail = signature === null ? null : profileMismatch(verified.value, signature);
  return detail === null ? [] : [{ code: "profile_mismatch", detail: `the profile does not allow ${detail}` }];
}
