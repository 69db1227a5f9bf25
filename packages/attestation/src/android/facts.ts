import { type Certificate, p256Point, sha256, toHex } from "@countersign/asn1";
import type { Provisioning } from "./chain-shape.ts";
import type { KeyDescription, SecurityLevel } from "./key-description.ts";
import { certificatesIssued } from "./provisioning-info.ts";

/** What an Android key attestation says. Facts of refused evidence are for diagnosis only. */
export interface AndroidFacts {
  readonly attestationVersion: number;
  readonly keyMintVersion: number;
  readonly attestationSecurityLevel: "software" | "tee" | "strongbox";
  readonly keySecurityLevel: "software" | "tee" | "strongbox";
  readonly provisioning: Provisioning | null;
  /** The attested key's 65-byte uncompressed point; null where it is no P-256 key. */
  readonly publicKey: Uint8Array | null;
  readonly packages: readonly { readonly name: string; readonly version: number }[];
  /** Lower-case hex SHA-256. */
  readonly signingDigests: readonly string[];
  /** Lock and boot state are the secure hardware's; null where it says none. */
  readonly deviceLocked: boolean | null;
  readonly verifiedBootState: "verified" | "self_signed" | "unverified" | "failed" | null;
  /** Lower-case hex. */
  readonly verifiedBootKey: string | null;
  readonly verifiedBootHash: string | null;
  /** As 160000. */
  readonly osVersion: number | null;
  /** As 202511 or 20251105. */
  readonly osPatchLevel: number | null;
  readonly vendorPatchLevel: number | null;
  readonly bootPatchLevel: number | null;
  /** Attestation certificates that Google issued to the device within 30 days; null where the chain does not say. */
  readonly certificatesIssued: number | null;
  /** Leaf first, lower-case hex, every certificate that was sent. */
  readonly certificateSerials: readonly string[];
  /** SHA-256 of the SubjectPublicKeyInfo above the leaf: shared by a factory batch, or one device's. */
  readonly batch: Uint8Array;
  readonly keyDescription: KeyDescription;
}

const levels = { SOFTWARE: "software", TRUSTED_ENVIRONMENT: "tee", STRONG_BOX: "strongbox" } as const satisfies Record<
  SecurityLevel,
  string
>;
const bootStates = {
  VERIFIED: "verified",
  SELF_SIGNED: "self_signed",
  UNVERIFIED: "unverified",
  FAILED: "failed",
} as const;

/** The facts of a chain whose attested certificate is `leaf`. */
export function toAndroidFacts(
  chain: readonly Certificate[],
  leaf: Certificate,
  keyDescription: KeyDescription,
  provisioning: Provisioning | null,
): AndroidFacts {
  const { softwareEnforced, hardwareEnforced } = keyDescription;
  const root = hardwareEnforced.rootOfTrust;
  const application = softwareEnforced.attestationApplicationId;
  const issuer = chain[chain.indexOf(leaf) + 1] ?? leaf;
  return {
    attestationVersion: keyDescription.attestationVersion,
    keyMintVersion: keyDescription.keyMintVersion,
    attestationSecurityLevel: levels[keyDescription.attestationSecurityLevel],
    keySecurityLevel: levels[keyDescription.keyMintSecurityLevel],
    provisioning,
    publicKey: p256Point(leaf.spki),
    packages: application?.packages.map(({ name, version }) => ({ name, version: Number(version) })) ?? [],
    signingDigests: application?.signatures.map(toHex) ?? [],
    deviceLocked: root?.deviceLocked ?? null,
    verifiedBootState: root ? bootStates[root.verifiedBootState] : null,
    verifiedBootKey: root ? toHex(root.verifiedBootKey) : null,
    verifiedBootHash: root?.verifiedBootHash ? toHex(root.verifiedBootHash) : null,
    osVersion: toNumber(hardwareEnforced.osVersion),
    osPatchLevel: toNumber(hardwareEnforced.osPatchLevel),
    vendorPatchLevel: toNumber(hardwareEnforced.vendorPatchLevel),
    bootPatchLevel: toNumber(hardwareEnforced.bootPatchLevel),
    certificatesIssued: provisioning === "remote" ? certificatesIssued(issuer) : null,
    certificateSerials: chain.map(({ serial }) => serial),
    batch: sha256(issuer.spki),
    keyDescription,
  };
}

function toNumber(value: bigint | string | null | undefined): number | null {
  const number = value === null || value === undefined ? Number.NaN : Number(value);
  return Number.isSafeInteger(number) ? number : null;
}
