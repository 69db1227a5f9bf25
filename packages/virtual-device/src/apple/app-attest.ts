import { concat, sha256, utf8 } from "../encoding/bytes.ts";
import { cborArray, cborBytes, cborInteger, cborMap, cborText } from "../encoding/cbor-writer.ts";
import { type SigningKey, signDer } from "../keys/signing-key.ts";
import type { AppleAuthority } from "./apple-authority.ts";
import type { IosRelease } from "./leaf-extensions.ts";

export type AppAttestEnvironment = "production" | "development";

/** What an App Attest object says of the app that asked for it. */
export interface AppAttestIdentity {
  /** `TEAMID.bundle.id`. */
  readonly appId: string;
  readonly ios: IosRelease;
  readonly environment: AppAttestEnvironment;
  /** CFBundleVersion; stated from iOS 27 on. */
  readonly bundleVersion: string;
  /** 3 development, 4 App Store; stated from iOS 27 on. */
  readonly validationCategory: number;
}

/** `{fmt, attStmt: {x5c, receipt}, authData}` as `DCAppAttestService.attestKey` returns it. */
export function mintAttestation(
  authority: AppleAuthority,
  key: SigningKey,
  identity: AppAttestIdentity,
  clientDataHash: Uint8Array,
  nowMs: number,
): Uint8Array {
  const authenticatorData = concat(
    rpIdHash(identity),
    Uint8Array.of(identity.ios === "27" ? 0xc0 : 0x40),
    counterBytes(0),
    aaguid(identity.environment),
    Uint8Array.of(0, 32),
    sha256(key.point),
    coseKey(key),
    extensionMap(identity),
  );
  const leaf = authority.mintLeaf({
    key,
    nonce: sha256(authenticatorData, clientDataHash),
    appId: identity.appId,
    ios: identity.ios,
    nowMs,
  });
  const receipt = authority.receipts.issue({
    appId: identity.appId,
    leaf,
    clientDataHash,
    environment: identity.environment,
    token: concat(sha256(leaf), sha256(receiptTokenLabel, leaf)),
    nowMs,
  });
  return cborMap(
    [cborText("fmt"), cborText("apple-appattest")],
    [
      cborText("attStmt"),
      cborMap(
        [cborText("x5c"), cborArray(cborBytes(leaf), cborBytes(authority.intermediateDer))],
        [cborText("receipt"), cborBytes(receipt)],
      ),
    ],
    [cborText("authData"), cborBytes(authenticatorData)],
  );
}

/** `{signature, authenticatorData}` as `generateAssertion` returns it. The signature covers the nonce as a message, so it is hashed twice. */
export function mintAssertion(
  key: SigningKey,
  identity: AppAttestIdentity,
  clientDataHash: Uint8Array,
  counter: number,
): Uint8Array {
  const authenticatorData = concat(
    rpIdHash(identity),
    Uint8Array.of(identity.ios === "27" ? 0xc0 : 0x40),
    counterBytes(counter),
    extensionMap(identity),
  );
  const nonce = sha256(authenticatorData, clientDataHash);
  return cborMap(
    [cborText("signature"), cborBytes(signDer(key, "sha256", nonce))],
    [cborText("authenticatorData"), cborBytes(authenticatorData)],
  );
}

const receiptTokenLabel = utf8("receipt token");

function rpIdHash(identity: AppAttestIdentity): Uint8Array {
  return sha256(utf8(identity.appId));
}

function counterBytes(counter: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, counter);
  return bytes;
}

function aaguid(environment: AppAttestEnvironment): Uint8Array {
  return environment === "development" ? utf8("appattestdevelop") : concat(utf8("appattest"), new Uint8Array(7));
}

/** EC2, ES256, P-256 (RFC 9053 §7.1.1). */
function coseKey(key: SigningKey): Uint8Array {
  return cborMap(
    [cborInteger(1), cborInteger(2)],
    [cborInteger(3), cborInteger(-7)],
    [cborInteger(-1), cborInteger(1)],
    [cborInteger(-2), cborBytes(key.point.subarray(1, 33))],
    [cborInteger(-3), cborBytes(key.point.subarray(33))],
  );
}

function extensionMap(identity: AppAttestIdentity): Uint8Array {
  if (identity.ios !== "27") return new Uint8Array(0);
  return cborMap(
    [cborText("apple_bundle_version_01"), cborText(identity.bundleVersion)],
    [cborText("apple_validation_category_01"), cborBytes(Uint8Array.of(identity.validationCategory, 0, 0, 0))],
  );
}
