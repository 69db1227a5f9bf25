import type { Certificate } from "@countersign/asn1";
import { bytesEqual } from "@countersign/asn1";
import { parsePlist } from "../plist/parse-plist.ts";
import { isDictionary, type PlistDictionary, type PlistValue, textsAt } from "../plist/plist-value.ts";
import type { PackageProblem, Read } from "../problem.ts";
import { quoteName } from "../zip/entry-name.ts";
import { isSignedContent, parseSignedData } from "./signed-data.ts";
import { isProfileSigner, type Trust } from "./signer-policy.ts";

/** What Apple allows an app to be. */
export interface ProvisioningProfile {
  readonly teamIds: readonly string[];
  /** DER of the certificates that may sign. */
  readonly certificates: readonly Uint8Array[];
  readonly entitlements: PlistDictionary;
  /** `iOS`, say; null where the profile does not tell, as old ones do not. */
  readonly platforms: readonly string[] | null;
  readonly expiresAtMs: number;
}

/** Reads a profile, and takes it only where Apple signed it and it has not ended. */
export function verifyProvisioningProfile(bytes: Uint8Array, trust: Trust): Read<ProvisioningProfile> {
  const signed = parseSignedData(bytes);
  const list = signed?.content ? (parsePlist(signed.content) ?? undefined) : undefined;
  const profile = isDictionary(list) ? toProfile(list) : null;
  if (signed?.content == null || profile === null)
    return refuse("profile_malformed", "no signed property list of a profile");
  const isApples = isProfileSigner(signed.signer, signed.certificates, trust);
  // Whoever asks Apple for a profile chooses much of what stands in it: SHA-1 would let them choose two.
  if (!isApples || signed.digestName === "sha1" || !isSignedContent(signed, signed.content)) {
    return refuse("profile_untrusted", "not signed by Apple's signer of profiles");
  }
  if (!(trust.nowMs < profile.expiresAtMs)) {
    return refuse("profile_expired", `ended ${new Date(profile.expiresAtMs).toISOString()}`);
  }
  return { ok: true, value: profile };
}

/** What of the app the profile does not allow, for people; null where it allows all of it. */
export function profileMismatch(
  profile: ProvisioningProfile,
  {
    signer,
    teamId,
    entitlements,
  }: { signer: Certificate | null; teamId: string | null; entitlements: PlistDictionary | null },
): string | null {
  // Code without a signer is refused for that already.
  if (signer !== null && !profile.certificates.some((der) => bytesEqual(der, signer.der)))
    return "the signing certificate";
  if (profile.platforms?.includes("iOS") === false) return "the platform";
  if (teamId === null || !profile.teamIds.includes(teamId)) return "the team";
  for (const [name, value] of entitlements ?? []) {
    const allowed = profile.entitlements.get(name);
    if (value !== false && (allowed === undefined || !isAllowed(value, allowed)))
      return `the entitlement ${quoteName(name)}`;
  }
  return null;
}

/** As the system compares: a text that ends in `*` allows every text that begins so; a list allows each of its values. */
function isAllowed(value: PlistValue, allowed: PlistValue): boolean {
  if (Array.isArray(value)) return value.every((item) => isAllowed(item, allowed));
  if (Array.isArray(allowed)) return allowed.some((item) => isAllowed(value, item));
  if (typeof value !== "string" || typeof allowed !== "string") return value === allowed;
  return allowed.endsWith("*") ? value.startsWith(allowed.slice(0, -1)) : value === allowed;
}

function toProfile(list: PlistDictionary): ProvisioningProfile | null {
  const teamIds = textsAt(list, "TeamIdentifier");
  const certificates = list.get("DeveloperCertificates");
  const entitlements = list.get("Entitlements");
  const expires = list.get("ExpirationDate");
  if (teamIds === null || !Array.isArray(certificates) || !isDictionary(entitlements) || !(expires instanceof Date))
    return null;
  if (!certificates.every((item): item is Uint8Array => item instanceof Uint8Array)) return null;
  if (list.has("Platform") && textsAt(list, "Platform") === null) return null;
  return { teamIds, certificates, entitlements, platforms: textsAt(list, "Platform"), expiresAtMs: expires.getTime() };
}

function refuse(code: PackageProblem["code"], detail: string): Read<never> {
  return { ok: false, problem: { code, detail } };
}
