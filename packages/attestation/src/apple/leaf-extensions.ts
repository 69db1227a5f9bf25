import { type Certificate, derExplicit, derSequence, parseDer, toOctets, toUtf8 } from "@countersign/asn1";

const nonceExtension = "1.2.840.113635.100.8.2";
const appExtension = "1.2.840.113635.100.8.5";
const systemExtension = "1.2.840.113635.100.8.7";

const noncePrefix = Buffer.from("3024a1220420", "hex");

/** The 32 bytes of extension 1.2.840.113635.100.8.2, whose contents are exactly `30 24 A1 22 04 20` and the nonce; else null. */
export function leafNonce(leaf: Certificate): Uint8Array | null {
  const extension = leaf.extensions.get(nonceExtension);
  if (extension?.length !== noncePrefix.length + 32) return null;
  return noncePrefix.equals(extension.subarray(0, noncePrefix.length)) ? extension.subarray(noncePrefix.length) : null;
}

/** The App ID that the leaf names in 1.2.840.113635.100.8.5 under [1204]; informational, null where absent. */
export function leafAppId(leaf: Certificate): string | null {
  return taggedText(leaf.extensions.get(appExtension), 1204);
}

/** The OS version that the leaf names in 1.2.840.113635.100.8.7 under [1400]; informational, null where absent. */
export function leafOsVersion(leaf: Certificate): string | null {
  return taggedText(leaf.extensions.get(systemExtension), 1400);
}

function taggedText(extension: Uint8Array | undefined, tagNumber: number): string | null {
  const fields = extension ? derSequence(parseDer(extension)) : null;
  const field = fields?.find((element) => element.tagClass === "context" && element.tagNumber === tagNumber);
  return field ? toUtf8(toOctets(derExplicit(field) ?? undefined)) : null;
}
