import { createHash, sign } from "node:crypto";
import {
  commonName,
  type KeyPair,
  makeCertificate,
  makeKey,
  nameDer,
  pointOf,
  spkiOf,
  year2026Ms,
} from "../../../asn1/src/made/certificate.suite.ts";
import { der, integer, none, octets, oid, sequence, set } from "../../../asn1/src/made/der-writer.suite.ts";
import type { ReceiptExpectations } from "../apple/receipt.ts";
import { trustAnchorFromDer } from "../trust-anchor.ts";
import { appId, attestedKey, clientDataHash } from "./app-attest.suite.ts";

export const nowMs = year2026Ms + 86_400_000;
export const signerExtension = ["1.2.840.113635.100.12.15", none()] as const;
const rootName = commonName("Made Root CA");
const integrationName = commonName("Made Application Integration CA");
const signerName = commonName("Made Receipt Signing");
const rootKey = makeKey("P-384");
const integrationKey = makeKey();
export const signerKey = makeKey();
const root = makeCertificate({
  subject: rootName,
  issuer: rootName,
  key: spkiOf(rootKey),
  signer: rootKey,
  hash: "sha384",
  isCertificateAuthority: true,
});
export const anchor = trustAnchorFromDer(root);

/** How a made receipt differs from a genuine one. */
export interface ReceiptText {
  /** Replaces fields by type; null leaves one out. */
  readonly fields?: Readonly<Record<number, Uint8Array | string | null>>;
  readonly payload?: Uint8Array;
  readonly content?: Uint8Array;
  readonly signedContent?: Uint8Array;
  readonly contentSigner?: KeyPair;
  readonly signerSerial?: number;
  readonly signerExtensions?: readonly (readonly [string, Uint8Array])[];
  readonly certificateSigner?: KeyPair;
  readonly dates?: { readonly notBeforeMs?: number; readonly notAfterMs?: number };
  readonly integrationIsNoAuthority?: true;
  readonly certificates?: (all: readonly Uint8Array[]) => readonly Uint8Array[];
  /** Writes signed attributes; null as digest leaves it out. */
  readonly attributes?: {
    readonly digest?: Uint8Array | null;
    readonly type?: string;
    readonly more?: readonly Uint8Array[];
  };
  readonly parts?: Partial<Record<"version" | "digests" | "signerVersion" | "digest" | "algorithm", Uint8Array>>;
  readonly after?: readonly Uint8Array[];
  readonly unsigned?: readonly Uint8Array[];
}

/** An element of indefinite length. */
export const indefinite = (tag: number, ...contents: readonly Uint8Array[]): Uint8Array =>
  new Uint8Array(Buffer.concat([Buffer.of(tag, 0x80), ...contents, Buffer.of(0, 0)]));

export const sha256Algorithm = sequence(oid("2.16.840.1.101.3.4.2.1"), none());
const hash = (bytes: Uint8Array) => new Uint8Array(createHash("sha256").update(bytes).digest());

const attestedLeaf = makeCertificate({
  subject: commonName("attested"),
  issuer: commonName("Made App Attestation CA 1"),
  key: spkiOf(attestedKey),
  signer: signerKey,
});

/** The leaf of another key, as field 3 has one. */
export const leafOf = (key: KeyPair): Uint8Array =>
  makeCertificate({ subject: commonName("attested"), issuer: signerName, key: spkiOf(key), signer: signerKey });

export function makePayload(changes: ReceiptText["fields"] = {}): Uint8Array {
  const fields = {
    2: appId,
    3: attestedLeaf,
    4: clientDataHash,
    5: "token",
    6: "ATTEST",
    7: "production",
    12: new Date(nowMs).toISOString(),
    21: new Date(nowMs + 90 * 86_400_000).toISOString(),
    ...changes,
  };
  const members = Object.entries(fields).flatMap(([type, value]) =>
    value === null ? [] : [field(Number(type), value)],
  );
  return set(...members);
}

export const field = (type: number, value: Uint8Array | string): Uint8Array =>
  sequence(integer(type), integer(1), octets(value));

/** A receipt in Apple's BER, under the made root. */
export function makeReceipt(text: ReceiptText = {}): Uint8Array {
  const payload = text.payload ?? makePayload(text.fields);
  const signer = makeCertificate({
    ...text.dates,
    subject: signerName,
    issuer: integrationName,
    key: spkiOf(signerKey),
    signer: text.certificateSigner ?? integrationKey,
    serial: 0x77n,
    extensions: text.signerExtensions ?? [signerExtension],
  });
  const integration = makeCertificate({
    subject: integrationName,
    issuer: rootName,
    key: spkiOf(integrationKey),
    signer: rootKey,
    hash: "sha384",
    isCertificateAuthority: text.integrationIsNoAuthority !== true,
  });
  const certificates = [signer, integration, root];
  const chunks = [octets(payload.subarray(0, 500)), octets(payload.subarray(500))];
  const content = text.content ?? indefinite(0x24, ...chunks);
  return indefinite(
    0x30,
    oid("1.2.840.113549.1.7.2"),
    indefinite(
      0xa0,
      indefinite(
        0x30,
        text.parts?.version ?? integer(1),
        text.parts?.digests ?? set(sha256Algorithm),
        indefinite(0x30, oid("1.2.840.113549.1.7.1"), indefinite(0xa0, content)),
        indefinite(0xa0, ...(text.certificates?.(certificates) ?? certificates)),
        set(signerInfo(text, payload)),
        ...(text.after ?? []),
      ),
    ),
  );
}

function signerInfo(text: ReceiptText, payload: Uint8Array): Uint8Array {
  const attributes = text.attributes === undefined ? null : signedAttributes(text.attributes, payload);
  const message = attributes === null ? payload : der(0x31, attributes);
  const signature = sign("sha256", text.signedContent ?? message, (text.contentSigner ?? signerKey).privateKey);
  return sequence(
    text.parts?.signerVersion ?? integer(1),
    sequence(nameDer(integrationName), integer(text.signerSerial ?? 0x77)),
    text.parts?.digest ?? sha256Algorithm,
    ...(attributes === null ? [] : [der(0xa0, attributes)]),
    text.parts?.algorithm ?? sequence(oid("1.2.840.10045.4.3.2")),
    octets(signature),
    ...(text.unsigned ?? []),
  );
}

export const attribute = (type: string, ...values: readonly Uint8Array[]): Uint8Array =>
  sequence(oid(type), set(...values));

function signedAttributes(text: NonNullable<ReceiptText["attributes"]>, payload: Uint8Array): Uint8Array {
  const digest = text.digest === undefined ? hash(payload) : text.digest;
  return new Uint8Array(
    Buffer.concat([
      attribute("1.2.840.113549.1.9.3", oid(text.type ?? "1.2.840.113549.1.7.1")),
      ...(digest === null ? [] : [attribute("1.2.840.113549.1.9.4", octets(digest))]),
      ...(text.more ?? []),
    ]),
  );
}

/** Everything given, at the moment of attestation. */
export function receiptExpectations(receipt: Uint8Array): ReceiptExpectations {
  return {
    receipt,
    appIds: [appId],
    publicKey: pointOf(attestedKey),
    environment: "production",
    clientDataHash,
    anchors: [anchor],
    nowMs,
    fresh: true,
  };
}
