import {
  makeManifest,
  attribute as manifestAttribute,
  plainManifest,
} from "../android-manifest/binary-xml-writer.suite.ts";
import type { createDice } from "../jar/craft-jar.suite.ts";
import { attribute, keys, type MadeApk, type MadeNode, type MadeSigner, makeLineage, u32 } from "./apk-writer.suite.ts";
import { schemeBlock } from "./signing-block.ts";

type Dice = ReturnType<typeof createDice>;

type Levels = readonly [number, number];

const end = 0x7fffffff;

/** An APK as strange tools might sign it: v2 and v3 of every shape, each part of which goes wrong with the chance `wrong`. */
export function craftApk(dice: Dice, wrong: number): MadeApk {
  const signingKeys = [keys.first, keys.second, keys.third, keys.rsa] as const;
  const sdk = [
    manifestAttribute.minSdk(dice.pick(1, 21, 24, 26, 28)),
    manifestAttribute.targetSdk(dice.pick(20, 28, 29, 30, 33)),
  ];
  const manifest = makeManifest(
    plainManifest({ children: [{ name: "uses-sdk", attributes: sdk }, { name: "application" }] }),
  );
  const main = dice.pick(...signingKeys);
  const other = dice.happens(wrong) ? dice.pick(...signingKeys) : main;
  const rotated = dice.happens(0.3) ? dice.pick(...signingKeys) : main;
  const levels = craftLevels(dice, wrong);
  const v3 = levels.map((range, index) => {
    const key = index === levels.length - 1 ? rotated : main;
    const signer = craftSigner(dice, key, wrong);
    const proof = key === main && !dice.happens(wrong) ? [] : [craftProof(dice, main, key, wrong)];
    const signedLevels = dice.happens(wrong) ? ([28, 99] as const) : range;
    return { ...signer, levels: range, signedLevels, attributes: [...(signer.attributes ?? []), ...proof] };
  });
  const v2 = [craftSigner(dice, other, wrong), ...(dice.happens(wrong) ? [craftSigner(dice, keys.second, wrong)] : [])];
  const stripping = dice.happens(0.5) ? [[attribute.strippingProtection, u32(dice.pick(2, 3, 3, 3, 9))] as const] : [];
  const signedV2 = v2.map((signer) => ({ ...signer, attributes: [...(signer.attributes ?? []), ...stripping] }));
  return {
    entries: [
      { name: "AndroidManifest.xml", content: manifest, deflate: true },
      { name: "a", content: "b" },
    ],
    blocks: [
      ...(dice.happens(0.6) ? [[schemeBlock.v3, v3] as const] : []),
      ...(dice.happens(0.7) ? [[schemeBlock.v2, signedV2] as const] : []),
    ],
  };
}

/** Without holes: Debian's apksig finds them, and forgets them where v2 holds; later versions do not. */
function craftLevels(dice: Dice, wrong: number): readonly Levels[] {
  const two: readonly Levels[] = [
    [28, 30],
    [31, end],
  ];
  return dice.happens(wrong) ? [[30, 24]] : dice.pick<readonly Levels[]>([[24, end]], [[28, end]], two);
}

/** Without RSA-PSS, which OpenJDK has under another name than apksig asks for. */
function craftSigner(dice: Dice, key: MadeSigner["key"], wrong: number): MadeSigner {
  const algorithm = () => (key === keys.rsa ? dice.pick(0x0103, 0x0104) : dice.pick(0x0201, 0x0202));
  const algorithms: number[] = [algorithm(), ...(dice.happens(0.3) ? [algorithm()] : [])];
  if (dice.happens(0.1)) algorithms.splice(dice.pick(0, 1), 0, 0x7777);
  return {
    key,
    algorithms,
    ...(dice.happens(wrong) ? { breakSignature: true } : {}),
    ...(dice.happens(wrong) ? { digest: Buffer.alloc(32, 1) } : {}),
    ...(dice.happens(wrong) ? { digestAlgorithms: [algorithm()] } : {}),
    ...(dice.happens(wrong)
      ? { certificates: dice.pick([], [keys.second.certificate], [key.certificate, Buffer.from("?")]) }
      : {}),
    ...(dice.happens(0.1) ? { certificates: [key.certificate, keys.third.certificate] } : {}),
    ...(dice.happens(wrong) ? { publicKey: dice.pick(keys.second.spki, Buffer.from("key")) } : {}),
    attributes: dice.happens(0.1) ? [[0x12345678, u32(5)]] : [],
  };
}

function craftProof(dice: Dice, from: MadeSigner["key"], to: MadeSigner["key"], wrong: number) {
  const nodes: readonly MadeNode[] = [
    { key: from, flags: dice.pick(0, 7, 23, 31) },
    ...(dice.happens(0.2) ? [{ key: keys.third }] : []),
    ...(from === to ? [] : [{ key: to, breakSignature: dice.happens(wrong) }]),
  ];
  const version = dice.happens(wrong) ? 2 : 1;
  return [attribute.proofOfRotation, makeLineage(nodes, version)] as const;
}
