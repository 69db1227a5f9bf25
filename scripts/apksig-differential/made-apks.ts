import { generateKeyPairSync } from "node:crypto";
import {
  makeManifest,
  attribute as manifestAttribute,
  plainManifest,
} from "../../packages/app-package/src/android-manifest/binary-xml-writer.suite.ts";
import {
  attribute,
  contentDigest,
  field,
  keys,
  type MadeSigner,
  makeApk,
  makeLineage,
  makeV4,
  pair,
  type SigningKey,
  u32,
} from "../../packages/app-package/src/apk/apk-writer.suite.ts";
import { schemeBlock } from "../../packages/app-package/src/apk/signing-block.ts";
import {
  type Entries,
  ecSigner,
  manifestSections,
  otherSigner,
  rsaSigner,
  signatureEntries,
  signatureFile,
} from "../../packages/app-package/src/jar/write-jar.suite.ts";
import { commonName, makeCertificate, makeKey } from "../../packages/asn1/src/made/certificate.suite.ts";
import type { Random } from "../fuzz/random.ts";
import { changeBytes } from "./changed-apks.ts";

const highestSdk = 0x7fffffff;
const verityPadding = 0x42726577;

/** Who signs with every scheme, and one whose key is of another curve. */
const jarSigners = [ecSigner, otherSigner, rsaSigner] as const;
const everyone: readonly SigningKey[] = [
  ...jarSigners.map(({ key: { privateKey, publicKey }, certificate }) => ({
    privateKey,
    spki: new Uint8Array(publicKey.export({ format: "der", type: "spki" })),
    certificate,
    algorithm: publicKey.asymmetricKeyType === "rsa" ? 0x0103 : 0x0201,
  })),
  keys.third,
];

const rsaAlgorithms = [0x0101, 0x0102, 0x0103, 0x0104, 0x0421];
const ecAlgorithms = [0x0201, 0x0202, 0x0423];
const strangeAlgorithms = [0x0301, 0x0425, 0x0501, 0x0999, 0, 0x0203, 0x80000103, 0x0103, 0x0201];

/** An APK that a signer with a strange tool, or an attacker with keys of their own, could have made; each fault happens once in `rarity`. */
export function makeStrangeApk(random: Random, rarity: number): Buffer {
  const { pick, chance, below } = random;
  const fails = (): boolean => chance(rarity);
  const author = pick(everyone);
  const person = (): SigningKey => (chance(5) ? pick(everyone) : author);

  const algorithmsOf = (key: SigningKey): readonly number[] => {
    const own = key.algorithm < 0x0200 ? rsaAlgorithms : ecAlgorithms;
    const used = chance(2) ? [key.algorithm] : Array.from({ length: 1 + below(3) }, () => pick(own));
    return fails() ? [...used, pick(strangeAlgorithms)].toSorted(() => below(3) - 1) : used;
  };
  const sdkValue = (): number => pick([0, 24, 27, 28, 30, 32, 33, 34, 10_000, highestSdk, 0x80000000, 0xffffffff]);

  const proof = (...past: readonly SigningKey[]): Buffer =>
    makeLineage(
      past.map((key) => ({
        key,
        flags: chance(3) ? below(64) : 23,
        breakSignature: fails(),
        ...(fails() && { algorithm: pick([...rsaAlgorithms, ...ecAlgorithms, 0x0999]) }),
        ...(fails() && { statedAlgorithm: pick([...rsaAlgorithms, ...ecAlgorithms, 0]) }),
      })),
      fails() ? below(3) : 1,
    );

  const attributes = (scheme: number, past: readonly SigningKey[]): (readonly [number, Uint8Array])[] => {
    const all: (readonly [number, Uint8Array])[] = [];
    if (scheme === 2 && chance(3))
      all.push([attribute.strippingProtection, fails() ? Buffer.alloc(below(4)) : u32(pick([3, 3, 3, 2, 4, 31, 0]))]);
    if (past.length > 1 && !fails()) all.push([attribute.proofOfRotation, proof(...past)]);
    if (fails()) all.push([pick([0, 1, ...Object.values(attribute)]), pick([Buffer.alloc(below(9)), u32(sdkValue())])]);
    if (fails()) all.push([attribute.proofOfRotation, proof(pick(everyone), pick(everyone))]);
    return chance(8) ? all.toReversed() : all;
  };

  const signer = (
    scheme: number,
    key: SigningKey,
    past: readonly SigningKey[],
    levels?: [number, number],
  ): MadeSigner => {
    const algorithms = algorithmsOf(key);
    return {
      key,
      algorithms,
      attributes: attributes(scheme, past),
      ...(levels && { levels }),
      ...(levels && fails() && { signedLevels: [sdkValue(), sdkValue()] as const }),
      ...(fails() && {
        digestAlgorithms: pick([algorithms.toReversed(), algorithms.slice(1), [0x0103], [...algorithms, 0x0201]]),
      }),
      ...(fails() && { digest: Buffer.alloc(32) }),
      ...(fails() && {
        certificates: pick([
          [],
          [key.certificate, author.certificate],
          [author.certificate, key.certificate],
          [Buffer.concat([key.certificate, Buffer.alloc(1)])],
          [key.certificate, Buffer.from("x")],
        ]),
      }),
      ...(fails() && {
        publicKey: pick([author.spki, Buffer.concat([key.spki, Buffer.alloc(1)]), key.spki.subarray(1)]),
      }),
      ...(fails() && { breakSignature: true }),
      ...(fails() && { signWith: pick(everyone) }),
    };
  };

  const v3Signers = (): readonly MadeSigner[] => {
    const rotations = chance(2) ? 0 : 1 + below(3);
    const past = [chance(12) ? pick(everyone) : author];
    for (let at = 0; at < rotations; at += 1) past.push(pick(everyone));
    const first = fails() ? sdkValue() : 28;
    const last = fails() ? sdkValue() : pick([highestSdk, highestSdk, 32, 33]);
    if (chance(2)) return [signer(3, past.at(-1) ?? author, past, [first, last])];
    let next = first;
    const found = past.map((key, index) => {
      const begin = fails() ? sdkValue() : next;
      const end = index === past.length - 1 ? last : fails() ? sdkValue() : Math.min(begin + below(3), highestSdk);
      next = fails() ? end : end + 1;
      return signer(3, key, past.slice(0, index + 1), [begin, end]);
    });
    return chance(4) ? found.toReversed() : found;
  };

  const v2Signers = (): readonly MadeSigner[] => {
    const count = fails() ? pick([0, 2, 10, 11]) : chance(6) ? 2 : 1;
    return Array.from({ length: count }, (_, at) => signer(2, at === 0 ? author : pick(everyone), []));
  };

  const schemes = ["1", "12", "2", "23", "123", "13", "3", ""];
  const scheme = pick(schemes);
  const blocks: (readonly [number, readonly MadeSigner[] | Uint8Array])[] = [];
  if (scheme.includes("2")) blocks.push([schemeBlock.v2, v2Signers()]);
  if (scheme.includes("3")) blocks.push([schemeBlock.v3, v3Signers()]);
  if (fails()) blocks.push([pick([schemeBlock.v2, schemeBlock.v3, verityPadding, 7]), v2Signers()]);
  if (fails())
    blocks.push([pick([schemeBlock.v2, schemeBlock.v3]), pick([Buffer.alloc(below(9)), field(), field(field())])]);
  const ordered = chance(3) ? blocks.toReversed() : blocks;

  const files = makeFiles(random, rarity);
  const v1 = jarSigners[everyone.indexOf(person())] ?? ecSigner;
  const entries = scheme.includes("1") || fails() ? [...files, ...signV1(random, rarity, files, v1, scheme)] : files;
  return makeApk({
    entries: entries.map(([name, content]) => ({ name, content, deflate: chance(2) })),
    blocks: ordered,
    aligned: chance(2),
    ...(fails() && {
      tail: pick([Buffer.alloc(below(20)), pair(schemeBlock.v2, Buffer.alloc(4)), Buffer.alloc(12, 0xff)]),
    }),
  });
}

/** Keys of every kind that a certificate can hold, whether or not Android takes it; not P-224, which Android has and Java lost. */
const unusualKeys: readonly SigningKey[] = [
  ...["P-256", "P-384", "P-521", "secp256k1", "brainpoolP256r1"].map((curve) => ({
    pair: makeKey(curve),
    algorithm: 0x0201,
  })),
  ...[1024, 2048].flatMap((modulusLength) =>
    [3, 17, 65_537].map((publicExponent) => ({
      pair: generateKeyPairSync("rsa", { modulusLength, publicExponent }),
      algorithm: 0x0103,
    })),
  ),
  { pair: generateKeyPairSync("rsa-pss", { modulusLength: 2048 }), algorithm: 0x0101 },
  { pair: generateKeyPairSync("ec", { namedCurve: "P-256", paramEncoding: "explicit" }), algorithm: 0x0201 },
].map(({ pair: { privateKey, publicKey }, algorithm }) => {
  const spki = new Uint8Array(publicKey.export({ format: "der", type: "spki" }));
  const text = { subject: commonName("key"), issuer: commonName("key"), key: spki, signer: makeKey() };
  return { privateKey, spki, certificate: makeCertificate(text), algorithm };
});

/** An APK signed with v2 whose signer has an unusual key, or a certificate in which bytes were changed before they were signed. */
export function makeApkOfCertificate(random: Random): Buffer {
  const key = random.pick(unusualKeys);
  const certificate = random.chance(4) ? key.certificate : changeBytes(key.certificate, random);
  const signer = { key, certificates: [certificate], ...(key.algorithm === 0x0101 && { algorithms: [0x0101] }) };
  return makeApk({
    entries: [["AndroidManifest.xml", makeManifest(plainManifest())] as const].map(([name, content]) => ({
      name,
      content,
    })),
    blocks: [[schemeBlock.v2, [signer]]],
  });
}

/** A v4 signature file for a package, by whoever may have signed that. */
export function makeStrangeV4(random: Random, apk: Uint8Array): Uint8Array {
  const { pick, chance, below } = random;
  const unsigned = withoutBlock(Buffer.from(apk));
  const key = pick(everyone);
  const made = makeV4({
    apk,
    apkDigest: contentDigest(unsigned, pick([0x0103, 0x0103, 0x0104, 0x0421])),
    key,
    ...(chance(20) && { others: [pick(everyone)] }),
    ...(chance(10) && { tree: null }),
    ...(chance(20) && { rootHash: Buffer.alloc(32) }),
    ...(chance(20) && { version: below(4) }),
    ...(chance(20) && { fileBytes: apk.length + 1 }),
    ...(chance(20) && { algorithm: pick([0x0103, 0x0104, 0x0201, 0x0421, 0x0999]) }),
    ...(chance(20) && { publicKey: pick(everyone).spki }),
  });
  return chance(3) ? changeBytes(made, random) : made;
}

/** The archive as it was before its signing block was put in. */
function withoutBlock(apk: Buffer): Buffer {
  const directory = apk.readUInt32LE(apk.length - 6);
  if (directory < 32 || apk.toString("latin1", directory - 16, directory) !== "APK Sig Block 42") return apk;
  const offset = directory - Number(apk.readBigUInt64LE(directory - 24)) - 8;
  const end = Buffer.from(apk.subarray(directory));
  end.writeUInt32LE(offset, end.length - 6);
  return Buffer.concat([apk.subarray(0, offset), end]);
}

function makeFiles({ pick, chance, below }: Random, rarity: number): Entries {
  const minSdk = pick([1, 7, 14, 18, 21, 23, 24, 26, 27, 28, 29, 30, 33, "Q", "O", "S"]);
  const targetSdk = pick([minSdk, minSdk, 23, 28, 29, 30, 31, 34, "R", 1]);
  const sandbox = chance(rarity) ? below(4) : 1;
  const manifest = makeManifest(
    plainManifest({
      attributes: [
        manifestAttribute.versionCode(7),
        ...(sandbox === 1 ? [] : [manifestAttribute.targetSandboxVersion(sandbox)]),
        manifestAttribute.package("com.example.app"),
      ],
      children: [
        { name: "uses-sdk", attributes: [manifestAttribute.minSdk(minSdk), manifestAttribute.targetSdk(targetSdk)] },
        { name: "application" },
      ],
    }),
  );
  return [
    ["AndroidManifest.xml", manifest],
    ["classes.dex", "code"],
    ...(chance(3) ? [["res/x", Buffer.alloc(below(9000))] as const] : []),
  ];
}

function signV1(
  { pick, chance }: Random,
  rarity: number,
  files: Entries,
  signer: (typeof jarSigners)[number],
  scheme: string,
): Entries {
  const fails = () => chance(rarity);
  const digest = pick(["SHA1", "SHA-256"]);
  const covered = fails() ? files.slice(1) : files;
  const sections = manifestSections(covered, [digest]);
  const newer = scheme.includes("3") ? "2, 3" : scheme.includes("2") ? "2" : "";
  const stated = fails()
    ? pick([
        "2",
        "3",
        "2, 3",
        "2,3",
        " 3 ",
        "4",
        "x",
        "03",
        "+2",
        "-3",
        "2 3",
        "3,",
        ",3",
        "٣",
        "\u00013",
        "\u00a03",
        "०३",
        "0x3",
        "33",
        "+",
        "3\0",
        "\u0663\u0001",
      ])
    : newer;
  const attributeName = fails()
    ? pick(["x-android-apk-signed", "X-Androıd-APK-ſıgned", "X-Android-APK-Signed ", "X-AndroİD-APK-Signed"])
    : "X-Android-APK-Signed";
  const file = signatureFile(sections, {
    digest,
    whole: !fails(),
    main: stated === "" ? [] : [`${attributeName}: ${stated}`],
  });
  const others = fails() ? signatureEntries("OTHER", file, pick(jarSigners)) : [];
  const manifest = fails() ? `${sections.join("")}\r\n` : sections.join("");
  return [
    ["META-INF/MANIFEST.MF", manifest],
    ...signatureEntries("CERT", file, signer, { hash: pick(["sha1", "sha256"]) }),
    ...others,
    ...(fails() ? [[pick(["META-INF/x", "META-INF/y.SF", "z"]), "unsigned"] as const] : []),
  ];
}
