import type { JarSection } from "./jar-sections.ts";

/** What a digest attribute is a digest of: an entry or a section, the whole manifest, its main section. */
export type DigestSuffix = "-digest" | "-digest-manifest" | "-digest-manifest-main-attributes";

export interface NamedDigest {
  /** Node's name of the hash. */
  readonly hash: string;
  /** Null where the attribute's value is no base64: nothing has that digest. */
  readonly digest: Buffer | null;
}

/** Hash and first API level of what the attribute `Digest-Algorithms` can name, in upper case (apksig, `V1SchemeVerifier`). */
const namedHashes: Readonly<Record<string, { hash: string; minSdk: number }>> = {
  MD5: { hash: "md5", minSdk: 0 },
  SHA: { hash: "sha1", minSdk: 0 },
  SHA1: { hash: "sha1", minSdk: 0 },
  "SHA-1": { hash: "sha1", minSdk: 0 },
  "SHA-256": { hash: "sha256", minSdk: 0 },
  "SHA-384": { hash: "sha384", minSdk: 9 },
  "SHA-512": { hash: "sha512", minSdk: 9 },
};

/** Android from 4.3 on takes the strongest that is there, and looks at no other. */
const strongestFirst = [
  ["sha-512", "sha512"],
  ["sha-384", "sha384"],
  ["sha-256", "sha256"],
  ["sha1", "sha1"],
] as const;

/** Android 4.3: API level from which the strongest digest counts. */
const strongestSinceSdk = 18;

/**
 * The digests that Android checks somewhere in the range (apksig, `getDigestsToVerify`). Below API level 18 it goes through the names in
 * the attribute `Digest-Algorithms`, by default SHA and SHA1, and takes the first that it knows; from 18 on the strongest of SHA-512,
 * SHA-384, SHA-256 and SHA-1. A range that has both kinds of device needs both. Empty where a device of the range finds none.
 */
export function androidDigests(
  section: JarSection,
  suffix: DigestSuffix,
  minSdk: number,
  maxSdk: number,
): readonly NamedDigest[] {
  const digests: NamedDigest[] = [];
  if (minSdk < strongestSinceSdk) {
    const old = oldDigest(section, suffix, minSdk);
    if (old === null) return [];
    digests.push(old);
  }
  if (maxSdk >= strongestSinceSdk) {
    const strongest = strongestFirst.find(([name]) => section.attributes.has(`${name}${suffix}`));
    if (strongest) digests.push(namedDigest(section, strongest[0] + suffix, strongest[1]));
  }
  return digests;
}

function oldDigest(section: JarSection, suffix: DigestSuffix, minSdk: number): NamedDigest | null {
  const names = section.attributes.get("digest-algorithms") ?? "SHA SHA1";
  for (const [name] of names.matchAll(/[^ \t\n\r\f]+/g)) {
    const named = Object.hasOwn(namedHashes, name.toUpperCase()) ? namedHashes[name.toUpperCase()] : undefined;
    const attribute = `${name.toLowerCase()}${suffix}`;
    if (named && named.minSdk <= minSdk && section.attributes.has(attribute))
      return namedDigest(section, attribute, named.hash);
  }
  return null;
}

/** Every digest that `jarsigner` checks and does not hold for weak: each of them has to be right. MD5 and SHA-1 count for nothing. */
export function jarsignerDigests(section: JarSection, suffix: DigestSuffix): readonly NamedDigest[] {
  return ["sha-224", "sha-256", "sha-384", "sha-512"]
    .filter((name) => section.attributes.has(`${name}${suffix}`))
    .map((name) => namedDigest(section, `${name}${suffix}`, name.replace("-", "")));
}

/** As Java's decoder takes it: with its padding or without. */
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

function namedDigest(section: JarSection, attribute: string, hash: string): NamedDigest {
  const text = section.attributes.get(attribute) ?? "";
  return { hash, digest: base64.test(text) ? Buffer.from(text, "base64") : null };
}
