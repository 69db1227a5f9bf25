import { moduleManifest } from "../../../packages/app-package/src/aab/proto-writer.suite.ts";
import {
  makeManifest,
  attribute as manifestAttribute,
  plainManifest,
} from "../../../packages/app-package/src/android-manifest/binary-xml-writer.suite.ts";
import {
  attribute,
  keys,
  type MadeSigner,
  makeApk,
  makeLineage,
} from "../../../packages/app-package/src/apk/apk-writer.suite.ts";
import { ecSigner, rsaSigner, signedJar } from "../../../packages/app-package/src/jar/write-jar.suite.ts";

const v2 = 0x7109871a;
const v3 = 0xf05368c0;

/** Small packages of every kind of signature: what is fuzzed is how they are judged, not how much they hold. */
export function appPackageSeeds(): Readonly<Record<"apk" | "aab", readonly Uint8Array[]>> {
  const manifestOf = (minSdk: number): Uint8Array =>
    makeManifest({
      ...plainManifest(),
      children: [
        { name: "uses-sdk", attributes: [manifestAttribute.minSdk(minSdk), manifestAttribute.targetSdk(28)] },
        { name: "application", attributes: [manifestAttribute.debuggable(false)] },
      ],
    });
  const entries = [
    { name: "AndroidManifest.xml", content: manifestOf(24) },
    { name: "classes.dex", content: "code ".repeat(40), deflate: true },
  ];
  const apk = (...blocks: readonly (readonly [number, readonly MadeSigner[]])[]): Uint8Array =>
    makeApk({ entries, blocks });
  const lineage = makeLineage([{ key: keys.first }, { key: keys.second }]);
  const rotated: MadeSigner = {
    key: keys.second,
    levels: [28, 0x7fffffff],
    signedLevels: [28, 0x7fffffff],
    attributes: [[attribute.proofOfRotation, lineage]],
  };
  const jarEntries = [
    ["AndroidManifest.xml", manifestOf(18)],
    ["classes.dex", "code"],
  ] as const;
  return {
    apk: [
      apk([v2, [{ key: keys.first }]]),
      apk([v2, [{ key: keys.rsa }, { key: keys.first }]]),
      apk([v2, [{ key: keys.first }]], [v3, [rotated]]),
      signedJar(ecSigner, {}, jarEntries),
      signedJar(rsaSigner, {}, jarEntries),
    ],
    aab: [
      signedJar(ecSigner, {}, [
        ["BundleConfig.pb", ""],
        ["base/manifest/AndroidManifest.xml", moduleManifest()],
      ]),
    ],
  };
}
