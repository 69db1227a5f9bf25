import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { bits, boolean, explicit, integer, octets, oid, sequence, set, time, utf8 } from "./der-writer.suite.ts";

export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export const makeKey = (namedCurve = "P-256"): KeyPair => generateKeyPairSync("ec", { namedCurve });
export const makeRsaKey = (): KeyPair => generateKeyPairSync("rsa", { modulusLength: 2048 });
export const spkiOf = (key: KeyPair): Uint8Array =>
  new Uint8Array(key.publicKey.export({ format: "der", type: "spki" }));
export const pointOf = (key: KeyPair): Uint8Array => spkiOf(key).slice(-65);

/** Dotted attribute types and their texts. */
export type NameText = Readonly<Record<string, string>>;
export const commonName = (text: string): NameText => ({ "2.5.4.3": text });

export interface CertificateText {
  readonly subject: NameText;
  readonly issuer: NameText;
  readonly key: Uint8Array;
  readonly signer: KeyPair;
  readonly serial?: number | bigint;
  readonly notBeforeMs?: number;
  readonly notAfterMs?: number;
  readonly hash?: "sha256" | "sha384" | "sha1";
  readonly extensions?: readonly (readonly [string, Uint8Array])[];
  readonly isCertificateAuthority?: boolean;
}

const algorithms = {
  ecsha256: "1.2.840.10045.4.3.2",
  ecsha384: "1.2.840.10045.4.3.3",
  ecsha1: "1.2.840.10045.4.1",
  rsasha256: "1.2.840.113549.1.1.11",
  rsasha384: "1.2.840.113549.1.1.12",
  rsasha1: "1.2.840.113549.1.1.5",
};

export const year2026Ms = Date.parse("2026-01-01T00:00:00Z");

/** Writes and signs a certificate. */
export function makeCertificate(text: CertificateText): Uint8Array {
  const hash = text.hash ?? "sha256";
  const type = text.signer.privateKey.asymmetricKeyType === "rsa" ? "rsa" : "ec";
  const algorithm = sequence(oid(algorithms[`${type}${hash}`]));
  const constraints = ["2.5.29.19", sequence(...(text.isCertificateAuthority ? [boolean(true)] : []))] as const;
  const extensions = [constraints, ...(text.extensions ?? [])].map(([id, value]) => sequence(oid(id), octets(value)));
  const tbs = sequence(
    explicit(0, integer(2)),
    integer(text.serial ?? 1),
    algorithm,
    nameDer(text.issuer),
    sequence(time(text.notBeforeMs ?? year2026Ms), time(text.notAfterMs ?? year2026Ms + 365 * 86_400_000)),
    nameDer(text.subject),
    text.key,
    explicit(3, sequence(...extensions)),
  );
  return sequence(tbs, algorithm, bits(sign(hash, tbs, text.signer.privateKey)));
}

export function nameDer(name: NameText): Uint8Array {
  return sequence(...Object.entries(name).map(([type, value]) => set(sequence(oid(type), utf8(value)))));
}

export function toPem(certificate: Uint8Array): string {
  const body = Buffer.from(certificate).toString("base64").replaceAll(/.{64}/g, "$&\n");
  return `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`;
}
