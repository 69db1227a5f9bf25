import { hash, type KeyObject } from "node:crypto";
import { type Certificate, isSignedBy, loadVerificationKey } from "@countersign/asn1";
import { LeastRecentlyUsed } from "../least-recently-used.ts";

const mostLinks = 512;
const mostKeys = 128;

/**
 * Signatures of issuers' certificates that were verified before, and issuers' keys that were imported before. A remembered link
 * stands under SHA-256 of the issuer's SubjectPublicKeyInfo and the whole certificate, which is all that its signature depends on; so
 * it is true for ever, and only the trust that it began from can end. That trust, names, dates and revocation are judged
 * every time, and what did not verify is not remembered. At most 512 links (44 characters each) and 128 keys.
 */
export class KnownLinks {
  readonly #links = new LeastRecentlyUsed<true>(mostLinks);
  readonly #keys = new LeastRecentlyUsed<KeyObject>(mostKeys);

  /** How many links and keys are remembered. */
  get size(): { readonly links: number; readonly keys: number } {
    return { links: this.#links.size, keys: this.#keys.size };
  }

  /** Forgets everything, as at the start of the process. */
  forget(): void {
    this.#links.clear();
    this.#keys.clear();
  }

  /** The key of `spki`, imported at most once while it is remembered; null where it may verify nothing. */
  keyOf(spki: Uint8Array): KeyObject | null {
    const name = latin1(spki);
    const known = this.#keys.get(name);
    if (known !== undefined) return known;
    const key = loadVerificationKey(spki);
    if (key !== null) this.#keys.set(name, key);
    return key;
  }

  /** True where the key of `issuerSpki` signed `certificate`: verified now, or before over exactly these bytes. */
  isSignedBy(certificate: Certificate, issuerSpki: Uint8Array): boolean {
    const name = linkName(certificate, issuerSpki);
    if (this.#links.get(name) === true) return true;
    if (!this.verifies(certificate, issuerSpki)) return false;
    this.#links.set(name, true);
    return true;
  }

  /** The same, verified now and not remembered: for certificates that are seen once. */
  verifies(certificate: Certificate, issuerSpki: Uint8Array): boolean {
    const key = this.keyOf(issuerSpki);
    return key !== null && isSignedBy(certificate, key);
  }
}

/** The length before the key keeps any other division of the same bytes apart. */
function linkName({ der }: Certificate, issuerSpki: Uint8Array): string {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(issuerSpki.length);
  return hash("sha256", Buffer.concat([length, issuerSpki, der]), "base64");
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

/** What the verifiers of this process share. */
export const sharedLinks: KnownLinks = new KnownLinks();
