/** Hashes by the identifier of a digest algorithm. */
const digestHashes: Readonly<Record<string, Hash>> = {
  "1.2.840.113549.2.5": "md5",
  "1.3.14.3.2.26": "sha1",
  "2.16.840.1.101.3.4.2.4": "sha224",
  "2.16.840.1.101.3.4.2.1": "sha256",
  "2.16.840.1.101.3.4.2.2": "sha384",
  "2.16.840.1.101.3.4.2.3": "sha512",
};

/** Key types, and the hash where the identifier of a signature algorithm names one. */
const signatureKinds: Readonly<Record<string, { key: KeyType; hash: Hash | null }>> = {
  "1.2.840.113549.1.1.1": { key: "rsa", hash: null },
  "1.2.840.113549.1.1.4": { key: "rsa", hash: "md5" },
  "1.2.840.113549.1.1.5": { key: "rsa", hash: "sha1" },
  "1.2.840.113549.1.1.14": { key: "rsa", hash: "sha224" },
  "1.2.840.113549.1.1.11": { key: "rsa", hash: "sha256" },
  "1.2.840.113549.1.1.12": { key: "rsa", hash: "sha384" },
  "1.2.840.113549.1.1.13": { key: "rsa", hash: "sha512" },
  "1.2.840.10040.4.1": { key: "dsa", hash: null },
  "1.2.840.10040.4.3": { key: "dsa", hash: "sha1" },
  "2.16.840.1.101.3.4.3.1": { key: "dsa", hash: "sha224" },
  "2.16.840.1.101.3.4.3.2": { key: "dsa", hash: "sha256" },
  "1.2.840.10045.2.1": { key: "ec", hash: null },
  "1.2.840.10045.4.1": { key: "ec", hash: "sha1" },
  "1.2.840.10045.4.3.1": { key: "ec", hash: "sha224" },
  "1.2.840.10045.4.3.2": { key: "ec", hash: "sha256" },
  "1.2.840.10045.4.3.3": { key: "ec", hash: "sha384" },
  "1.2.840.10045.4.3.4": { key: "ec", hash: "sha512" },
};

export type Hash = "md5" | "sha1" | "sha224" | "sha256" | "sha384" | "sha512";
export type KeyType = "rsa" | "dsa" | "ec";

/** How a SignerInfo was signed. */
export interface SignatureAlgorithm {
  readonly key: KeyType;
  /** Hash that signed attributes hold of the signature file. */
  readonly digest: Hash;
  /** Hash of the signature itself: the one the signature algorithm names, else `digest`. */
  readonly signed: Hash;
  /** True where the signature algorithm names its hash. */
  readonly namesHash: boolean;
}

/** The algorithm of both identifiers; null where either is unknown. */
export function signatureAlgorithm(digestOid: string, signatureOid: string): SignatureAlgorithm | null {
  const digest = Object.hasOwn(digestHashes, digestOid) ? digestHashes[digestOid] : undefined;
  const kind = Object.hasOwn(signatureKinds, signatureOid) ? signatureKinds[signatureOid] : undefined;
  if (digest === undefined || kind === undefined) return null;
  return { key: kind.key, digest, signed: kind.hash ?? digest, namesHash: kind.hash !== null };
}

/** API levels, both ends included. */
type Range = readonly [from: number, to: number];
const since = (sdk: number): Range => [sdk, Number.POSITIVE_INFINITY];
const always = [since(0)];
const donut = [0, 8] as const;

/** With an identifier that names the key alone. */
const byKey: Readonly<Record<KeyType, Partial<Record<Hash, readonly Range[]>>>> = {
  rsa: {
    md5: always,
    sha1: always,
    sha224: [donut, since(21)],
    sha256: [donut, since(18)],
    sha384: [since(18)],
    sha512: [since(18)],
  },
  dsa: { sha1: always, sha224: [since(22)], sha256: [since(22)] },
  ec: { sha1: [since(18)], sha224: [since(21)], sha256: [since(18)], sha384: [since(18)], sha512: [since(18)] },
};

/** With an identifier that names the hash too, the same as the digest algorithm does. */
const byKeyAndHash: Readonly<Record<KeyType, Partial<Record<Hash, readonly Range[]>>>> = {
  rsa: {
    md5: [donut, since(21)],
    sha1: always,
    sha224: [donut, since(21)],
    sha256: [donut, since(18)],
    sha384: [since(21)],
    sha512: [since(21)],
  },
  dsa: { sha1: [since(9)], sha224: [since(21)], sha256: [since(21)] },
  ec: { sha1: [since(18)], sha224: [since(21)], sha256: [since(21)], sha384: [since(21)], sha512: [since(21)] },
};

/** Android 5 and 6 took two hashes that differ; these three of RSA only 5.0. */
const lollipopOnly = new Set(["sha224 sha256", "sha256 sha1", "sha512 sha384"]);

/**
 * True where every API level of the range takes the algorithm: which digest and signature algorithms a JAR signature may combine differs
 * from one version of Android to the next (apksig, `OidConstants.SUPPORTED_SIG_ALG_OIDS`).
 */
export function isSupportedByAndroid(algorithm: SignatureAlgorithm, minSdk: number, maxSdk: number): boolean {
  const { key, digest, signed } = algorithm;
  let ranges = (algorithm.namesHash ? byKeyAndHash : byKey)[key][digest] ?? [];
  if (digest !== signed) ranges = [[21, key === "rsa" && lollipopOnly.has(`${digest} ${signed}`) ? 21 : 23]];
  let next = minSdk;
  for (const [from, to] of ranges) if (from <= next && next <= to) next = to + 1;
  return next > maxSdk;
}

/**
 * True where `jarsigner` takes the algorithm and does not hold it for weak (`jdk.jar.disabledAlgorithms`: MD5, and SHA-1 in every signature
 * without a timestamp from before 2019, of which none is verified here).
 */
export function isSupportedByJarsigner({ digest, signed }: SignatureAlgorithm): boolean {
  return digest === signed && digest !== "md5" && digest !== "sha1";
}
