import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from "node:crypto";
import { isIPv4 } from "node:net";
import { bits, der, integer, octets, oid, sequence, set, time, truth, utf8 } from "./der.ts";

/** What a TLS server needs, in PEM. `cert` is the chain without the root. */
export interface ServerIdentity {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority of this process, for stand-ins and tests. Nothing but what is told to trust `pem` trusts it. */
export interface TlsAuthority {
  /** The root certificate, PEM. */
  readonly pem: string;
  /** Its common name. */
  readonly name: string;
  /** b64u SHA-256 of the root's SubjectPublicKeyInfo: what a pin names. */
  readonly spkiPin: string;
  /** PKCS#8 PEM of the root key, to be kept where the authority must survive a restart. */
  readonly keyPem: string;
  /** A P-256 server certificate for these DNS names and IPv4 addresses, good for 30 days. */
  issue(hosts: readonly string[]): ServerIdentity;
  /**
   * A certificate, PEM, that this authority signed for the name and key of another: `customer`, an end entity without key usage; otherwise an
   * authority, `permitted` for names below this one, or this IPv4 address, alone where that is given. It ends 30 days from now, or at `notAfterMs`.
   */
  vouchFor(other: TlsAuthority, as: "customer" | { readonly permitted?: string; readonly notAfterMs?: number }): string;
}

const dayMs = 86_400_000;
const ecdsaWithSha256 = (): Buffer => sequence(oid("1.2.840.10045.4.3.2"));
const commonName = (name: string): Buffer => sequence(set(sequence(oid("2.5.4.3"), utf8(name))));
const toPem = (bytes: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${bytes.toString("base64").replace(/.{1,64}/g, "$&\n")}-----END CERTIFICATE-----\n`;
const newKey = (): { publicKey: KeyObject; privateKey: KeyObject } =>
  generateKeyPairSync("ec", { namedCurve: "P-256" });
const spkiOf = (key: KeyObject): Buffer => key.export({ format: "der", type: "spki" });
const keyPemOf = (key: KeyObject): string => key.export({ format: "pem", type: "pkcs8" }).toString();
const keyIdOf = (spki: Buffer): Buffer => createHash("sha256").update(spki).digest().subarray(0, 20);

function extension(id: string, critical: boolean, value: Buffer): Buffer {
  return sequence(oid(id), ...(critical ? [truth()] : []), octets(value));
}

function alternativeName(host: string): Buffer {
  if (isIPv4(host)) return der(0x87, Buffer.from(host.split(".").map(Number)));
  return der(0x82, Buffer.from(host, "ascii"));
}

/** RFC 5280 §4.2.1.10: an address is permitted with its mask. */
function permittedName(host: string): Buffer {
  const name = alternativeName(host);
  return isIPv4(host) ? der(0x87, Buffer.concat([name.subarray(-4), Buffer.alloc(4, 0xff)])) : name;
}

interface Certified {
  readonly subject: string;
  readonly issuer: string;
  readonly spki: Buffer;
  readonly issuerSpki: Buffer;
  readonly issuerKey: KeyObject;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly extensions: readonly Buffer[];
}

function certificate(of: Certified): Buffer {
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const keyIds = [
    extension("2.5.29.14", false, octets(keyIdOf(of.spki))),
    extension("2.5.29.35", false, sequence(der(0x80, keyIdOf(of.issuerSpki)))),
  ];
  const body = sequence(
    der(0xa0, integer(Buffer.from([2]))),
    integer(serial),
    ecdsaWithSha256(),
    commonName(of.issuer),
    sequence(time(of.notBeforeMs), time(of.notAfterMs)),
    commonName(of.subject),
    of.spki,
    der(0xa3, sequence(...of.extensions, ...keyIds)),
  );
  return sequence(body, ecdsaWithSha256(), bits(sign("sha256", body, of.issuerKey)));
}

/**
 * Makes an authority (RFC 5280 profile: P-256, ECDSA with SHA-256), or goes on with a kept one. Its certificates begin a day
 * before `nowMs`; the root lasts ten years.
 */
export function createTlsAuthority(options: {
  readonly name: string;
  readonly nowMs: number;
  readonly kept?: { readonly pem: string; readonly keyPem: string };
}): TlsAuthority {
  const { name, nowMs, kept } = options;
  const rootKey = kept === undefined ? newKey().privateKey : createPrivateKey(kept.keyPem);
  const rootSpki = spkiOf(createPublicKey(rootKey));
  const pem =
    kept?.pem ??
    toPem(
      certificate({
        subject: name,
        issuer: name,
        spki: rootSpki,
        issuerSpki: rootSpki,
        issuerKey: rootKey,
        notBeforeMs: nowMs - dayMs,
        notAfterMs: nowMs + 3650 * dayMs,
        extensions: [
          extension("2.5.29.19", true, sequence(truth())),
          extension("2.5.29.15", true, der(0x03, Buffer.from([1, 0x06]))),
        ],
      }),
    );
  return {
    pem,
    name,
    keyPem: keyPemOf(rootKey),
    spkiPin: createHash("sha256").update(rootSpki).digest("base64url"),
    issue(hosts) {
      const leaf = newKey();
      const bytes = certificate({
        subject: hosts[0] ?? "server",
        issuer: name,
        spki: spkiOf(leaf.publicKey),
        issuerSpki: rootSpki,
        issuerKey: rootKey,
        notBeforeMs: nowMs - dayMs,
        notAfterMs: nowMs + 30 * dayMs,
        extensions: [
          extension("2.5.29.19", true, sequence()),
          extension("2.5.29.15", true, der(0x03, Buffer.from([7, 0x80]))),
          extension("2.5.29.37", false, sequence(oid("1.3.6.1.5.5.7.3.1"))),
          extension("2.5.29.17", false, sequence(...hosts.map(alternativeName))),
        ],
      });
      return { cert: toPem(bytes), key: keyPemOf(leaf.privateKey) };
    },
    vouchFor(other, as) {
      const isAuthority = as !== "customer";
      const { permitted, notAfterMs = nowMs + 30 * dayMs } = isAuthority ? as : {};
      return toPem(
        certificate({
          subject: other.name,
          issuer: name,
          spki: spkiOf(createPublicKey(other.keyPem)),
          issuerSpki: rootSpki,
          issuerKey: rootKey,
          notBeforeMs: nowMs - dayMs,
          notAfterMs,
          extensions: [
            extension("2.5.29.19", true, isAuthority ? sequence(truth()) : sequence()),
            ...(isAuthority ? [extension("2.5.29.15", true, der(0x03, Buffer.from([1, 0x06])))] : []),
            ...(permitted === undefined
              ? []
              : [extension("2.5.29.30", true, sequence(der(0xa0, sequence(permittedName(permitted)))))]),
          ],
        }),
      );
    },
  };
}
