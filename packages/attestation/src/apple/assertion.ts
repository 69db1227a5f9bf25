import { verify } from "node:crypto";
import { bytesEqual, sha256, toHex } from "@countersign/asn1";
import { parseCbor, toTextMap } from "../cbor.ts";
import { appraise, type Rule, type Verification } from "../findings.ts";
import { findAppId } from "./app-id.ts";
import { attestedKey } from "./attested-keys.ts";
import { assertionDataProblem, type BuildClaims, documentedFlags, parseAssertionData } from "./authenticator-data.ts";

/** What a verified assertion says. The signature is no fact: ECDSA signatures are malleable and must not serve as replay keys. */
export interface AssertionFacts extends BuildClaims {
  /** The App ID of the allow-list that matched, else empty. */
  readonly appId: string;
  readonly counter: number;
  readonly flags: number;
}

/** What the assertion is held against. */
export interface AssertionExpectations {
  readonly assertion: Uint8Array;
  /** SHA-256 of the client data that was signed. */
  readonly clientDataHash: Uint8Array;
  /** The attested key's 65-byte uncompressed point. */
  readonly publicKey: Uint8Array;
  /** `TEAMID.bundle.id`; empty refuses. */
  readonly appIds: readonly string[];
  /** The last counter seen; the new one must be greater. Keep it with an atomic compare-and-set. */
  readonly counter: number;
}

/** As above with null for what was not given, for the doctor. Without key and client data nothing can be accepted. */
export interface PartialAssertionExpectations {
  readonly assertion: Uint8Array;
  readonly clientDataHash: Uint8Array | null;
  readonly publicKey: Uint8Array | null;
  readonly keyId: Uint8Array | null;
  readonly appIds: readonly string[] | null;
  readonly counter: number | null;
}

/** The rules in their documented order (docs/evidence.md). */
export const assertionRules = [
  { name: "structure", reason: "evidence_malformed" },
  { name: "signature", reason: "assertion_invalid" },
  { name: "key_id", reason: "key_id_mismatch" },
  { name: "app_id", reason: "app_id_mismatch" },
  { name: "counter", reason: "counter_stale" },
  { name: "flags", reason: "flags_unexpected" },
] as const satisfies readonly Rule[];

type RuleName = (typeof assertionRules)[number]["name"];

const maximumBytes = 4096;

/**
 * Verifies an App Attest assertion
 * (https://developer.apple.com/documentation/devicecheck/validating-apps-that-connect-to-your-server#Verify-the-assertion).
 * Pure and synchronous; never throws. That the client data holds a fresh challenge, and the counter's update, are the caller's.
 */
export function verifyAppAttestAssertion(expectations: AssertionExpectations): Verification<AssertionFacts> {
  return appraiseAssertion({ ...expectations, keyId: null });
}

/** The same, where some expectations may be missing. */
export function appraiseAssertion(given: PartialAssertionExpectations): Verification<AssertionFacts> {
  return appraise<RuleName, AssertionFacts>(assertionRules, (findings) => {
    const read = readAssertion(given.assertion);
    const parts = typeof read === "string" ? null : read;
    const data = parts && parseAssertionData(parts.authenticatorData);
    const found = () => (typeof read === "string" ? read : (assertionDataProblem(read.authenticatorData) ?? "one"));
    if (!findings.judge("structure", data !== null, "an App Attest assertion", found) || !parts || !data) return null;

    const { publicKey, clientDataHash, keyId, appIds } = given;
    if (publicKey !== null && clientDataHash !== null) {
      const nonce = sha256(parts.authenticatorData, clientDataHash);
      const valid = isSignedWith(publicKey, nonce, parts.signature);
      findings.judge(
        "signature",
        valid,
        "a signature by the attested key over this client data",
        valid ? "one" : "none",
      );
    }
    const foundKeyId = () => publicKey && toHex(sha256(publicKey));
    if (keyId === null) findings.waive("key_id", null, foundKeyId);
    else if (publicKey === null) findings.waive("key_id", () => toHex(keyId), null);
    else findings.judge("key_id", bytesEqual(sha256(publicKey), keyId), () => toHex(keyId), foundKeyId);

    const appId = findAppId(data.rpIdHash, appIds ?? []);
    const foundAppId = () => appId ?? `SHA-256 ${toHex(data.rpIdHash)}`;
    if (appIds === null) findings.waive("app_id", null, foundAppId);
    else findings.judge("app_id", appId !== null, () => appIds.join(", "), foundAppId);

    if (given.counter === null) findings.waive("counter", null, () => `${data.counter}`);
    else
      findings.judge(
        "counter",
        data.counter > given.counter,
        () => `above ${given.counter}`,
        () => `${data.counter}`,
      );

    findings.judge("flags", documentedFlags.includes(data.flags), "0x40 or 0xc0", `0x${data.flags.toString(16)}`);
    const { bundleVersion, validationCategory } = data;
    return { appId: appId ?? "", counter: data.counter, flags: data.flags, bundleVersion, validationCategory };
  });
}

/** Reads `{signature, authenticatorData}` with exactly these keys, else says what is wrong. */
function readAssertion(bytes: Uint8Array): { signature: Uint8Array; authenticatorData: Uint8Array } | string {
  if (bytes.length > maximumBytes) return `${bytes.length} bytes, where ${maximumBytes} are the most`;
  const parsed = parseCbor(bytes);
  if (!parsed.ok) return `CBOR: ${parsed.problem}`;
  const map = toTextMap(parsed.value);
  const signature = map?.get("signature");
  const authenticatorData = map?.get("authenticatorData");
  if (map?.size !== 2) return "no map of signature and authenticatorData alone";
  if (!(signature instanceof Uint8Array)) return "signature is no byte string";
  if (!(authenticatorData instanceof Uint8Array)) return "authenticatorData is no byte string";
  return { signature, authenticatorData };
}

/** The nonce is the message, so what is signed is SHA-256(nonce): Apple hashes twice. */
function isSignedWith(point: Uint8Array, nonce: Uint8Array, signature: Uint8Array): boolean {
  const key = attestedKey(point);
  try {
    return key !== null && verify("sha256", nonce, key, signature);
  } catch {
    return false;
  }
}
