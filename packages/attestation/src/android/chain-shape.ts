import { type Certificate, isSelfIssued, nameHas, nameType } from "@countersign/asn1";

/** How the attestation key came into the device: in the factory, or afterwards from Google's servers (RKP). */
export type Provisioning = "factory" | "remote";

/** The certificates below the root, leaf first: the root itself may be present or left out. */
export function belowRoot(chain: readonly Certificate[]): readonly Certificate[] {
  const last = chain.at(-1);
  return last && isSelfIssued(last) ? chain.slice(0, -1) : chain;
}

/**
 * The shape of a genuine chain, read from the certificate that the root issued; no device can write that one.
 * `factory`: intermediate, attestation, leaf. `remote`: RKP intermediate, RKP server, attestation, leaf. Null for every other:
 * one certificate more is one that a device's key signed.
 */
export function chainShape(path: readonly Certificate[]): Provisioning | null {
  const first = path.at(-1);
  if (first === undefined) return null;
  const isRemote =
    nameHas(first.subject, nameType.organization, "Google LLC") &&
    first.subject.some(({ type, value }) => type === nameType.commonName && /^Droid CA\d+$/.test(value));
  if (isRemote) return path.length === 4 ? "remote" : null;
  const isFactory = first.subject.some(({ type }) => type === nameType.serialNumber);
  return isFactory && path.length === 3 ? "factory" : null;
}

/** True where the attestation certificate says that its key lives in a StrongBox. */
export function namesStrongBox(attestation: Certificate): boolean {
  const { subject } = attestation;
  return nameHas(subject, nameType.title, "StrongBox") || nameHas(subject, nameType.organization, "StrongBox");
}
