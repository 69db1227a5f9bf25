import {
  bytesEqual,
  type Certificate,
  isCertificateAuthority,
  nameText,
  p256Point,
  parseCertificate,
  sha256,
  toHex,
} from "@countersign/asn1";
import { appraise, type Findings, type Rule, type Verification } from "../findings.ts";
import { isoTime } from "../iso-time.ts";
import { anchorNames, findAnchor } from "../trust-anchor.ts";
import { findAppId } from "./app-id.ts";
import { type AttestationObject, attestationObjectProblem, parseAttestationObject } from "./attestation-object.ts";
import { documentedFlags } from "./authenticator-data.ts";
import { toEnvironment } from "./environment.ts";
import type { AppAttestExpectations, AppAttestFacts, PartialAppAttestExpectations } from "./expectations.ts";
import { leafAppId, leafNonce, leafOsVersion } from "./leaf-extensions.ts";

/** The rules in their documented order (docs/evidence.md). */
export const appAttestRules = [
  { name: "structure", reason: "evidence_malformed" },
  { name: "chain_length", reason: "chain_length" },
  { name: "chain_trust", reason: "chain_untrusted" },
  { name: "not_before", reason: "certificate_not_yet_valid" },
  { name: "not_after", reason: "certificate_expired" },
  { name: "nonce", reason: "nonce_mismatch" },
  { name: "key_id", reason: "key_id_mismatch" },
  { name: "app_id", reason: "app_id_mismatch" },
  { name: "counter", reason: "counter_not_zero" },
  { name: "environment", reason: "environment_mismatch" },
  { name: "credential_id", reason: "credential_id_mismatch" },
  { name: "public_key", reason: "public_key_mismatch" },
  { name: "flags", reason: "flags_unexpected" },
] as const satisfies readonly Rule[];

type RuleName = (typeof appAttestRules)[number]["name"];
type AppAttestFindings = Findings<RuleName>;

/**
 * Verifies an App Attest attestation object
 * (https://developer.apple.com/documentation/devicecheck/validating-apps-that-connect-to-your-server, with iOS 27's map).
 * Pure and synchronous; never throws. Whether the key id is already registered, and the receipt, are the caller's.
 */
export function verifyAppAttestAttestation(expectations: AppAttestExpectations): Verification<AppAttestFacts> {
  return appraiseAttestation({ ...expectations, publicKey: null });
}

/** The same, where some expectations may be missing. */
export function appraiseAttestation(given: PartialAppAttestExpectations): Verification<AppAttestFacts> {
  return appraise<RuleName, AppAttestFacts>(appAttestRules, (findings) => {
    const object = parseAttestationObject(given.attestation);
    const certificates = object?.x5c.slice(0, 2).map(parseCertificate) ?? [];
    const readable = object !== null && !certificates.includes(null);
    const found = () => attestationObjectProblem(given.attestation) ?? "one";
    if (!findings.judge("structure", readable, "an App Attest attestation object", found)) return null;
    const count = object?.x5c.length ?? 0;
    const [leaf, intermediate] = certificates;
    if (!findings.judge("chain_length", count === 2, "2 certificates", `${count}`) || !object || !leaf || !intermediate)
      return null;
    checkChain(findings, [leaf, intermediate], given);
    checkBinding(findings, object, leaf, given);
    return checkAuthenticatorData(findings, object, [leaf, intermediate], given);
  });
}

/** Every link to a pinned anchor, the intermediate a CA, and both certificates within their dates. */
function checkChain(
  findings: AppAttestFindings,
  [leaf, intermediate]: readonly [Certificate, Certificate],
  { anchors, nowMs }: PartialAppAttestExpectations,
): void {
  const chain = [leaf, intermediate];
  const anchor = findAnchor(chain, anchors);
  const trusted = anchor !== null && isCertificateAuthority(intermediate);
  findings.judge(
    "chain_trust",
    trusted,
    () => anchorNames(anchors),
    () => anchor?.name ?? `issuer ${nameText(intermediate.subject)}`,
  );
  const from = Math.max(leaf.notBeforeMs, intermediate.notBeforeMs);
  const until = Math.min(leaf.notAfterMs, intermediate.notAfterMs);
  findings.judge(
    "not_before",
    nowMs >= from,
    () => `from ${isoTime(from)}`,
    () => isoTime(nowMs),
  );
  findings.judge(
    "not_after",
    nowMs <= until,
    () => `until ${isoTime(until)}`,
    () => isoTime(nowMs),
  );
}

/** Apple's certificate covers this authenticator data and this client data, and the key id is the key's. */
function checkBinding(
  findings: AppAttestFindings,
  object: AttestationObject,
  leaf: Certificate,
  { clientDataHash, keyId }: PartialAppAttestExpectations,
): void {
  const found = leafNonce(leaf);
  if (clientDataHash === null) findings.waive("nonce", null, () => found && toHex(found));
  else {
    const nonce = sha256(object.authenticatorDataBytes, clientDataHash);
    const covered = found !== null && bytesEqual(nonce, found);
    findings.judge(
      "nonce",
      covered,
      () => toHex(nonce),
      () => found && toHex(found),
    );
  }
  const keyHash = leafKeyHash(leaf);
  if (keyId === null) findings.waive("key_id", null, () => keyHash && toHex(keyHash));
  else
    findings.judge(
      "key_id",
      keyHash !== null && bytesEqual(keyHash, keyId),
      () => toHex(keyId),
      () => keyHash && toHex(keyHash),
    );
}

/** App, counter, environment, credential, key and flags as the authenticator data has them. */
function checkAuthenticatorData(
  findings: AppAttestFindings,
  { authenticatorData: data, receipt }: AttestationObject,
  [leaf, intermediate]: readonly [Certificate, Certificate],
  given: PartialAppAttestExpectations,
): AppAttestFacts | null {
  const named = leafAppId(leaf);
  const appId = findAppId(data.rpIdHash, given.appIds ?? []) ?? findAppId(data.rpIdHash, named === null ? [] : [named]);
  const foundAppId = () => appId ?? `SHA-256 ${toHex(data.rpIdHash)}`;
  if (given.appIds === null) findings.waive("app_id", null, foundAppId);
  else
    findings.judge(
      "app_id",
      appId !== null && given.appIds.includes(appId),
      () => given.appIds?.join(", ") ?? null,
      foundAppId,
    );

  findings.judge("counter", data.counter === 0, "0", `${data.counter}`);

  const environment = toEnvironment(data.aaguid);
  const allowed = given.environments ?? ["production", "development"];
  const known = environment !== null && allowed.includes(environment);
  if (known && given.environments === null) findings.waive("environment", null, environment);
  else
    findings.judge(
      "environment",
      known,
      () => allowed.join(" or "),
      () => environment ?? `aaguid ${toHex(data.aaguid)}`,
    );

  const keyId = given.keyId ?? leafKeyHash(leaf);
  const identified = keyId !== null && bytesEqual(data.credentialId, keyId);
  findings.judge(
    "credential_id",
    identified,
    () => keyId && toHex(keyId),
    () => toHex(data.credentialId),
  );

  const certified = p256Point(leaf.spki);
  const keys = given.publicKey === null ? [certified] : [certified, given.publicKey];
  const same = keys.every((key) => key !== null && bytesEqual(key, data.publicKey));
  findings.judge(
    "public_key",
    same,
    () => keys.map((key) => key && toHex(key)).join(", "),
    () => toHex(data.publicKey),
  );

  findings.judge("flags", documentedFlags.includes(data.flags), "0x40 or 0xc0", `0x${data.flags.toString(16)}`);
  if (environment === null) return null;
  return {
    appId: appId ?? "",
    environment,
    publicKey: data.publicKey,
    keyId: data.credentialId.slice(),
    counter: data.counter,
    receipt: receipt.slice(),
    osVersion: leafOsVersion(leaf),
    bundleVersion: data.bundleVersion,
    validationCategory: data.validationCategory,
    certificateSerials: [leaf.serial, intermediate.serial],
    batch: sha256(intermediate.spki),
  };
}

function leafKeyHash(leaf: Certificate): Uint8Array | null {
  const point = p256Point(leaf.spki);
  return point && sha256(point);
}
