import {
  attribute,
  type MadeAttribute,
  makeManifest,
  plainManifest,
} from "../packages/app-package/src/android-manifest/binary-xml-writer.suite.ts";
import {
  contentDigest,
  keys,
  type MadeSigner,
  makeApk,
  makeLineage,
  makeV4,
  attribute as schemeAttribute,
} from "../packages/app-package/src/apk/apk-writer.suite.ts";
import { writeZip } from "../packages/app-package/src/zip/zip-writer.suite.ts";

/** The SHA-256 and bytes of an APK's signing certificate, and the APK. */
export interface MadeBuild {
  readonly apk: Buffer;
  readonly certificate: Uint8Array;
  /** Its v4 signature by the key of scheme v2. */
  readonly idsig: Buffer;
}

/** Blocks of the APK Signing Block, each with its signers. */
type Blocks = readonly (readonly [number, readonly MadeSigner[]])[];

/** A small APK from no build tool: package com.example.app, version 1.2 (7), from API level 24, signed by scheme v2. */
export function madeBuild(
  application: readonly MadeAttribute[] = [attribute.debuggable(false)],
  blocks: Blocks = [[0x7109871a, [{ key: keys.first }]]],
  minSdk = 24,
): MadeBuild {
  const manifest = plainManifest();
  const sdk = { name: "uses-sdk", attributes: [attribute.minSdk(minSdk), attribute.targetSdk(34)] };
  const content = makeManifest({
    ...manifest,
    children: [sdk, { name: "application", attributes: [...application] }],
  });
  const entries = [
    { name: "AndroidManifest.xml", content },
    { name: "classes.dex", content: "dex" },
  ];
  const apk = makeApk({ entries, blocks });
  const apkDigest = contentDigest(writeZip(entries), keys.first.algorithm);
  return { apk, certificate: keys.first.certificate, idsig: makeV4({ apk, apkDigest, key: keys.first }) };
}

/** The same from API level 28, signed by scheme v3 with a key that another one handed over to. */
export function rotatedBuild(): MadeBuild {
  const lineage = makeLineage([{ key: keys.first }, { key: keys.second }]);
  const levels = [28, 0x7fffffff] as const;
  const signer = {
    key: keys.second,
    levels,
    signedLevels: levels,
    attributes: [[schemeAttribute.proofOfRotation, lineage]],
  } as const;
  return madeBuild([attribute.debuggable(false)], [[0xf05368c0, [signer]]], 28);
}
