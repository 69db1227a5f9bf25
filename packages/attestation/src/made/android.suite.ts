import {
  commonName,
  type KeyPair,
  makeCertificate,
  makeKey,
  type NameText,
  spkiOf,
  year2026Ms,
} from "../../../asn1/src/made/certificate.suite.ts";
import {
  boolean,
  enumerated,
  explicit,
  integer,
  none,
  octets,
  sequence,
  set,
} from "../../../asn1/src/made/der-writer.suite.ts";
import type { AndroidExpectations } from "../android/expectations.ts";
import { trustAnchorFromDer } from "../trust-anchor.ts";

export const keyDescriptionOid = "1.3.6.1.4.1.11129.2.1.17";
export const nowMs = year2026Ms + 10 * 86_400_000;
export const packageName = "com.example.gallery";
export const signingDigest = "ab".repeat(32);
export const bootKey = "cd".repeat(32);
export const challenge = new Uint8Array(32).fill(7);

const rootName = commonName("Made Root");
const rootKey = makeKey("P-384");
const intermediateKey = makeKey("P-384");
const serverKey = makeKey();
const attestationKey = makeKey();
export const leafKey = makeKey();
export const root = makeCertificate({
  subject: rootName,
  issuer: rootName,
  key: spkiOf(rootKey),
  signer: rootKey,
  hash: "sha384",
});
export const anchor = trustAnchorFromDer(root);

/** What a made key description says; the defaults are a genuine Pixel's at enrolment. */
export interface DescriptionText {
  readonly version?: number;
  readonly levels?: readonly [number, number];
  readonly challenge?: Uint8Array;
  /** Replaces authorizations by tag; null leaves one out. */
  readonly software?: Readonly<Record<number, Uint8Array | null>>;
  readonly hardware?: Readonly<Record<number, Uint8Array | null>>;
}

export function rootOfTrust(locked: Uint8Array, state: number): Uint8Array {
  return sequence(octets(Buffer.from(bootKey, "hex")), locked, enumerated(state), octets(new Uint8Array(32)));
}

export function applicationId(name: string, digest: string): Uint8Array {
  return octets(sequence(set(sequence(octets(name), integer(7))), set(octets(Buffer.from(digest, "hex")))));
}

export function makeDescription(text: DescriptionText = {}): Uint8Array {
  const [attestation, key] = text.levels ?? [1, 1];
  const version = text.version ?? 400;
  const software = { 701: integer(nowMs), 709: applicationId(packageName, signingDigest), ...text.software };
  const hardware = {
    1: set(integer(2)),
    2: integer(3),
    3: integer(256),
    5: set(integer(4)),
    10: integer(1),
    503: none(),
    702: integer(0),
    704: rootOfTrust(boolean(true), 0),
    705: integer(160000),
    706: integer(202601),
    ...text.hardware,
  };
  return sequence(
    integer(version),
    enumerated(attestation),
    integer(version),
    enumerated(key),
    octets(text.challenge ?? challenge),
    octets(""),
    authorizations(software),
    authorizations(hardware),
  );
}

function authorizations(values: Readonly<Record<number, Uint8Array | null>>): Uint8Array {
  return sequence(...Object.entries(values).flatMap(([tag, value]) => (value ? [explicit(Number(tag), value)] : [])));
}

/** How a made chain differs from a genuine one. */
export interface ChainText extends DescriptionText {
  readonly provisioning?: "factory" | "remote";
  readonly description?: Uint8Array | null;
  readonly leafKey?: Uint8Array;
  readonly leafSigner?: KeyPair;
  readonly leafIssuer?: NameText;
  readonly leafHash?: "sha256" | "sha1";
  readonly attestationName?: NameText;
  readonly attestationExtensions?: readonly (readonly [string, Uint8Array])[];
  readonly intermediateName?: NameText;
  readonly leafNotAfterMs?: number;
  readonly issuersNotBeforeMs?: number;
  readonly issuersNotAfterMs?: number;
  readonly withoutRoot?: true;
}

/** A chain under the made root, leaf first. */
export function makeChain(text: ChainText = {}): Uint8Array[] {
  const isRemote = text.provisioning === "remote";
  const remoteName = { "2.5.4.10": "Google LLC", "2.5.4.3": "Droid CA2" };
  const intermediateName =
    text.intermediateName ?? (isRemote ? remoteName : { "2.5.4.5": "0123456789abcdef", "2.5.4.12": "TEE" });
  const serverName = { "2.5.4.10": "Google LLC", "2.5.4.3": "Droid CA3" };
  const attestationName =
    text.attestationName ??
    (isRemote ? { "2.5.4.10": "TEE", "2.5.4.3": "1f" } : { "2.5.4.5": "fedcba", "2.5.4.12": "TEE" });
  const issuers = {
    notBeforeMs: text.issuersNotBeforeMs ?? year2026Ms,
    notAfterMs: text.issuersNotAfterMs ?? year2026Ms + 30 * 86_400_000,
  };
  const description = text.description === undefined ? makeDescription(text) : text.description;
  const above = isRemote ? { name: serverName, key: serverKey } : { name: intermediateName, key: intermediateKey };
  const leaf = makeCertificate({
    subject: commonName("Android Keystore Key"),
    issuer: text.leafIssuer ?? attestationName,
    key: text.leafKey ?? spkiOf(leafKey),
    signer: text.leafSigner ?? attestationKey,
    hash: text.leafHash ?? "sha256",
    notBeforeMs: 0,
    notAfterMs: text.leafNotAfterMs ?? 0,
    extensions: description ? [[keyDescriptionOid, description]] : [],
  });
  const attestation = makeCertificate({
    ...issuers,
    subject: attestationName,
    issuer: above.name,
    key: spkiOf(attestationKey),
    signer: above.key,
    serial: 0x1234n,
    hash: isRemote ? "sha256" : "sha384",
    extensions: text.attestationExtensions ?? [],
  });
  const server = makeCertificate({
    ...issuers,
    subject: serverName,
    issuer: intermediateName,
    key: spkiOf(serverKey),
    signer: intermediateKey,
    serial: 0x55n,
    hash: "sha384",
  });
  const intermediate = makeCertificate({
    ...issuers,
    subject: intermediateName,
    issuer: rootName,
    key: spkiOf(intermediateKey),
    signer: rootKey,
    serial: 0x9999n,
    hash: "sha384",
  });
  return [leaf, attestation, ...(isRemote ? [server] : []), intermediate, ...(text.withoutRoot ? [] : [root])];
}

/** Enrolment under the made root, with everything given. */
export function expectations(chain: readonly Uint8Array[]): AndroidExpectations {
  return {
    chain,
    challenge,
    packageNames: [packageName],
    signingDigests: [signingDigest],
    verifiedBootKeys: [],
    enrolment: true,
    allowSoftware: false,
    anchors: [anchor],
    revocation: { statusOf: () => "good" },
    nowMs,
  };
}
