import { createHash, sign } from "node:crypto";
import { decode, encode } from "cborg";
import {
  commonName,
  type KeyPair,
  makeCertificate,
  makeKey,
  pointOf,
  spkiOf,
  year2026Ms,
} from "../../../asn1/src/made/certificate.suite.ts";
import { explicit, octets, sequence } from "../../../asn1/src/made/der-writer.suite.ts";
import type { AssertionExpectations } from "../apple/assertion.ts";
import type { AppAttestExpectations } from "../apple/expectations.ts";
import { trustAnchorFromDer } from "../trust-anchor.ts";

const hash = (...parts: readonly Uint8Array[]) =>
  new Uint8Array(createHash("sha256").update(Buffer.concat(parts)).digest());

export const appId = "A1B2C3D4E5.com.example.gallery";
export const nowMs = year2026Ms + 86_400_000;
export const clientDataHash = hash(Buffer.from("client data"));
const rootName = commonName("Made App Attestation Root CA");
const intermediateName = commonName("Made App Attestation CA 1");
const rootKey = makeKey("P-384");
const intermediateKey = makeKey("P-384");
export const attestedKey = makeKey();
export const keyId = hash(pointOf(attestedKey));
export const anchor = trustAnchorFromDer(
  makeCertificate({ subject: rootName, issuer: rootName, key: spkiOf(rootKey), signer: rootKey, hash: "sha384" }),
);

/** How a made attestation differs from a genuine one. */
export interface AttestationText {
  readonly appId?: string;
  readonly flags?: number;
  readonly counter?: number;
  readonly aaguid?: string;
  readonly credentialId?: Uint8Array;
  readonly coseKey?: KeyPair;
  readonly trailing?: Uint8Array;
  readonly nonce?: Uint8Array;
  readonly nonceExtension?: Uint8Array;
  readonly intermediateIsNoAuthority?: true;
  readonly leafSigner?: KeyPair;
  readonly leafIssuer?: string;
  readonly leafNotBeforeMs?: number;
  readonly leafNotAfterMs?: number;
  readonly certificates?: number;
}

export function makeAuthenticatorData(text: AttestationText = {}): Uint8Array {
  const point = pointOf(text.coseKey ?? attestedKey);
  const cose = Buffer.concat([
    Buffer.from("a5010203262001215820", "hex"),
    point.subarray(1, 33),
    Buffer.from("225820", "hex"),
    point.subarray(33),
  ]);
  return new Uint8Array(
    Buffer.concat([
      makeHeader(text),
      Buffer.from((text.aaguid ?? "appattest").padEnd(16, "\0"), "latin1"),
      Buffer.of(0, 32),
      text.credentialId ?? keyId,
      cose,
      text.trailing ?? new Uint8Array(),
    ]),
  );
}

function makeHeader(text: Pick<AttestationText, "appId" | "flags" | "counter">): Buffer {
  const counter = Buffer.alloc(4);
  counter.writeUInt32BE(text.counter ?? 0);
  return Buffer.concat([hash(Buffer.from(text.appId ?? appId)), Buffer.of(text.flags ?? 0x40), counter]);
}

export function makeAttestation(text: AttestationText = {}): Uint8Array {
  const authData = makeAuthenticatorData(text);
  const nonce = text.nonce ?? hash(authData, clientDataHash);
  const leaf = makeCertificate({
    subject: commonName("leaf"),
    issuer: text.leafIssuer ? commonName(text.leafIssuer) : intermediateName,
    key: spkiOf(attestedKey),
    signer: text.leafSigner ?? intermediateKey,
    hash: "sha384",
    notBeforeMs: text.leafNotBeforeMs ?? year2026Ms,
    notAfterMs: text.leafNotAfterMs ?? year2026Ms + 3 * 86_400_000,
    extensions: [["1.2.840.113635.100.8.2", text.nonceExtension ?? sequence(explicit(1, octets(nonce)))]],
  });
  const intermediate = makeCertificate({
    subject: intermediateName,
    issuer: rootName,
    key: spkiOf(intermediateKey),
    signer: rootKey,
    hash: "sha384",
    isCertificateAuthority: text.intermediateIsNoAuthority !== true,
  });
  const x5c = [leaf, intermediate, intermediate].slice(0, text.certificates ?? 2);
  return encodeAttestation({ fmt: "apple-appattest", attStmt: { x5c, receipt: Buffer.from("receipt") }, authData });
}

/** The same attestation with another receipt, which nothing in it signs. */
export function withReceipt(attestation: Uint8Array, receipt: Uint8Array): Uint8Array {
  const object = decode(attestation) as { attStmt: object };
  return encodeAttestation({ ...object, attStmt: { ...object.attStmt, receipt } });
}

/** Encodes any object as Apple would. */
export const encodeAttestation = (object: unknown): Uint8Array => new Uint8Array(encode(object));

export function expectations(attestation: Uint8Array): AppAttestExpectations {
  return {
    attestation,
    keyId,
    clientDataHash,
    appIds: [appId],
    environments: ["production"],
    anchors: [anchor],
    nowMs,
  };
}

/** How a made assertion differs from a genuine one. */
export interface AssertionText {
  readonly appId?: string;
  readonly flags?: number;
  readonly counter?: number;
  readonly trailing?: Uint8Array;
  readonly signer?: KeyPair;
  readonly clientDataHash?: Uint8Array;
}

export function makeAssertion(text: AssertionText = {}): Uint8Array {
  const header = makeHeader({ counter: 5, ...text });
  const authenticatorData = Buffer.concat([header, text.trailing ?? new Uint8Array()]);
  const nonce = hash(authenticatorData, text.clientDataHash ?? clientDataHash);
  const signature = sign("sha256", nonce, (text.signer ?? attestedKey).privateKey);
  return new Uint8Array(encode({ signature, authenticatorData }));
}

export function assertionExpectations(assertion: Uint8Array): AssertionExpectations {
  return { assertion, clientDataHash, publicKey: pointOf(attestedKey), appIds: [appId], counter: 4 };
}
