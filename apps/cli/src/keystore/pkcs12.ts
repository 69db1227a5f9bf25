import {
  berContext,
  berOctets,
  berSequence,
  bytesEqual,
  type DerElement,
  derTag,
  isUniversal,
  parseBer,
  toHex,
  toInteger,
  toOctets,
  toOid,
} from "@countersign/asn1";
import forge from "node-forge";
import type { KeyEntry } from "./key-entry.ts";

const oids = {
  data: "1.2.840.113549.1.7.1",
  encryptedData: "1.2.840.113549.1.7.6",
  keyBag: "1.2.840.113549.1.12.10.1.1",
  shroudedKeyBag: "1.2.840.113549.1.12.10.1.2",
  certBag: "1.2.840.113549.1.12.10.1.3",
  x509Certificate: "1.2.840.113549.1.9.22.1",
  friendlyName: "1.2.840.113549.1.9.20",
  localKeyId: "1.2.840.113549.1.9.21",
};
const macDigests: Readonly<Record<string, "sha1" | "sha256" | "sha384" | "sha512">> = {
  "1.3.14.3.2.26": "sha1",
  "2.16.840.1.101.3.4.2.1": "sha256",
  "2.16.840.1.101.3.4.2.2": "sha384",
  "2.16.840.1.101.3.4.2.3": "sha512",
};
// A store with more rounds than these was made to keep its reader busy: Java writes 10 000, and OpenSSL 2 048.
const MOST_ROUNDS = 5_000_000;
const MOST_DEPTH = 8;

/** Ciphers by password (RFC 7292 appendix B, RFC 8018): node-forge has them, its types do not. */
const { pbe } = forge.pki as unknown as {
  pbe: { getCipher(oid: string, parameters: forge.asn1.Asn1, password: string): forge.cipher.BlockCipher };
};

/** The keys of a PKCS #12 store, or why there are none. */
export type ReadPkcs12 =
  | { readonly ok: true; readonly entries: readonly KeyEntry[] }
  | { readonly ok: false; readonly why: "unreadable" | "password" };

interface Bag {
  readonly type: string;
  readonly value: DerElement;
  readonly keyId: string | null;
  readonly name: string;
}

/** True where the bytes have the outer form of a PKCS #12 store (RFC 7292 §4): version 3 and what it keeps. */
export function isPkcs12(bytes: Uint8Array): boolean {
  const parts = berSequence(parseBer(bytes));
  return parts !== null && toInteger(parts[0]) === 3n && contentOf(parts[1], oids.data) !== null;
}

/**
 * The keys of a PKCS #12 store and their certificates (RFC 7292). The password opens the certificates alone: private keys stay encrypted. A wrong
 * password is told by the store's MAC before anything is opened with it.
 */
export function openPkcs12(bytes: Uint8Array, password: string): ReadPkcs12 {
  const parts = berSequence(parseBer(bytes));
  const safe = contentOf(parts?.[1], oids.data);
  if (parts === null || safe === null) return { ok: false, why: "unreadable" };
  const mac = checkMac(parts[2], safe, password);
  if (mac !== "good") return { ok: false, why: mac };
  const contents = berSequence(parseBer(safe));
  const bags: Bag[] = [];
  for (const content of contents ?? []) {
    const plain = contentOf(content, oids.data) ?? decrypt(content, password);
    const read = plain === null ? null : readBags(plain);
    if (read === null) return { ok: false, why: "unreadable" };
    bags.push(...read);
  }
  const entries = contents === null ? null : toEntries(bags);
  return entries === null ? { ok: false, why: "unreadable" } : { ok: true, entries };
}

/** The bytes of a ContentInfo of this type: its explicit OCTET STRING. */
function contentOf(element: DerElement | undefined, type: string): Uint8Array | null {
  const parts = berSequence(element);
  return toOid(parts?.[0]) === type ? berOctets(berContext(parts?.[1], 0)?.[0]) : null;
}

/** MacData (RFC 7292 §4): a store without one has nothing that tells a wrong password from a damaged file, and is not taken. */
function checkMac(
  element: DerElement | undefined,
  safe: Uint8Array,
  password: string,
): "good" | "password" | "unreadable" {
  const [info, salt, rounds] = berSequence(element) ?? [];
  const [algorithm, expected] = berSequence(info) ?? [];
  const digest = macDigests[toOid(berSequence(algorithm)?.[0]) ?? ""];
  const saltBytes = toOctets(salt);
  const expectedBytes = toOctets(expected);
  const count = rounds === undefined ? 1 : Number(toInteger(rounds) ?? 0n);
  if (digest === undefined || saltBytes === null || expectedBytes === null || !(count >= 1 && count <= MOST_ROUNDS))
    return "unreadable";
  const hash = forge.md[digest].create();
  const key = forge.pkcs12.generateKey(password, toForge(saltBytes), 3, count, expectedBytes.length, hash);
  const mac = forge.hmac.create();
  mac.start(forge.md[digest].create(), key);
  mac.update(toBinary(safe));
  return bytesEqual(fromBinary(mac.digest().getBytes()), expectedBytes) ? "good" : "password";
}

/** The contents of EncryptedData (RFC 5652 §8) under the password; null where it is something else, or its cipher is unknown. */
function decrypt(content: DerElement, password: string): Uint8Array | null {
  const [type, explicit] = berSequence(content) ?? [];
  if (toOid(type) !== oids.encryptedData) return null;
  const encrypted = berSequence(berContext(explicit, 0)?.[0]);
  const [, algorithm, sealed] = berSequence(encrypted?.[1]) ?? [];
  const [cipherOid, parameters] = berSequence(algorithm) ?? [];
  const bytes = sealed === undefined ? null : implicitOctets(sealed);
  const oid = toOid(cipherOid);
  if (bytes === null || oid === null || parameters === undefined || roundsOf(parameters) > MOST_ROUNDS) return null;
  try {
    const cipher = pbe.getCipher(oid, forge.asn1.fromDer(toForge(parameters.raw)), password);
    cipher.update(toForge(bytes));
    return cipher.finish() ? fromBinary(cipher.output.getBytes()) : null;
  } catch {
    return null;
  }
}

/** The largest integer in the parameters of a password-based cipher: its count of rounds. Parameters that nest deeper than any cipher's have no end of them. */
function roundsOf(element: DerElement, depth = 0): number {
  if (!element.constructed) return isUniversal(element, derTag.integer) ? Number(toInteger(element) ?? 0n) : 0;
  if (depth > MOST_DEPTH) return Number.POSITIVE_INFINITY;
  let most = 0;
  for (const part of berSequence(element) ?? []) most = Math.max(most, roundsOf(part, depth + 1));
  return most;
}

/** `[0] IMPLICIT OCTET STRING`, in one piece or in several. */
function implicitOctets(element: DerElement): Uint8Array | null {
  if (element.tagClass !== "context" || element.tagNumber !== 0) return null;
  if (!element.constructed) return element.value;
  const pieces = berContext(element, 0)?.map(toOctets);
  return pieces?.every((piece) => piece !== null) ? new Uint8Array(Buffer.concat(pieces)) : null;
}

function readBags(plain: Uint8Array): readonly Bag[] | null {
  const bags: Bag[] = [];
  for (const element of berSequence(parseBer(plain)) ?? [null]) {
    const [type, explicit, attributes] = berSequence(element) ?? [];
    const oid = toOid(type);
    const value = berContext(explicit, 0)?.[0];
    if (oid === null || value === undefined) return null;
    const held = new Map(
      (berSequence(attributes, derTag.set) ?? []).map((attribute) => {
        const [name, values] = berSequence(attribute) ?? [];
        return [toOid(name), berSequence(values, derTag.set)?.[0]];
      }),
    );
    const id = toOctets(held.get(oids.localKeyId));
    const name = held.get(oids.friendlyName);
    bags.push({
      type: oid,
      value,
      keyId: id === null ? null : toHex(id),
      name: name === undefined ? "" : Buffer.from(name.value).swap16().toString("utf16le"),
    });
  }
  return bags;
}

/** The certificates whose key is in the store too; a bag that belongs to no key is a link of a chain. */
function toEntries(bags: readonly Bag[]): readonly KeyEntry[] | null {
  const keyIds = new Set(
    bags.filter(({ type }) => type === oids.keyBag || type === oids.shroudedKeyBag).map(({ keyId }) => keyId),
  );
  const entries: KeyEntry[] = [];
  for (const { type, value, keyId, name } of bags) {
    if (type !== oids.certBag || keyId === null || !keyIds.has(keyId)) continue;
    const [kind, explicit] = berSequence(value) ?? [];
    const certificate = toOid(kind) === oids.x509Certificate ? berOctets(berContext(explicit, 0)?.[0]) : null;
    if (certificate === null) return null;
    entries.push({ alias: name, certificate });
  }
  return entries;
}

function toBinary(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}

function fromBinary(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "latin1"));
}

function toForge(bytes: Uint8Array): forge.util.ByteStringBuffer {
  return forge.util.createBuffer(toBinary(bytes));
}
