import { sha256, toHex } from "@countersign/asn1";
import { describe, expect, test } from "vitest";
import { attribute, keys, type MadeSigner, makeApk, u32 } from "./apk-writer.suite.ts";
import { judge } from "./scheme-verdict.suite.ts";
import { signersByLevel } from "./signers-by-level.ts";
import { schemeBlock } from "./signing-block.ts";

const end = 0x7fffffff;
const { first, second, postQuantum, rsa } = keys;
const digest = (key: { readonly certificate: Uint8Array }) => toHex(sha256(key.certificate));

async function signersOf(
  blocks: readonly (readonly [number, readonly MadeSigner[]])[],
  minSdk: number,
  maxSdk = end,
  v1 = [rsa],
) {
  const verdict = await judge(makeApk({ blocks }), { minSdk, maxSdk });
  const certificates = v1.map(({ certificate }) => certificate);
  return signersByLevel(certificates, verdict, { minSdk, maxSdk }).signers;
}

const v3 = [schemeBlock.v3, [{ key: first, levels: [28, end] }]] as const;
const v2 = [schemeBlock.v2, [{ key: second }]] as const;

describe("the signer that a device reports", () => {
  test("is of the newest scheme that it knows, with the levels at which that is so", async () => {
    expect(await signersOf([v3, v2], 21)).toEqual([
      { certSha256: digest(first), minSdk: 28, maxSdk: end },
      { certSha256: digest(second), minSdk: 24, maxSdk: 27 },
      { certSha256: digest(rsa), minSdk: 21, maxSdk: 23 },
    ]);
    expect(await signersOf([v3, v2], 24, 27)).toEqual([{ certSha256: digest(second) }]);
  });

  test("is each of several who signed together", async () => {
    const both = [schemeBlock.v2, [{ key: first }, { key: second }]] as const;
    expect(await signersOf([both], 24)).toEqual([{ certSha256: digest(second) }, { certSha256: digest(first) }]);
  });

  test("is one entry where an older and a newer scheme have the same", async () => {
    const same = [schemeBlock.v2, [{ key: first }]] as const;
    expect(await signersOf([v3, same], 21, end, [first])).toEqual([{ certSha256: digest(first) }]);
  });

  test("is the post-quantum one since Android 17 where the block is a hybrid", async () => {
    const levels = [37, end] as const;
    const hybrid = [
      schemeBlock.v32,
      [
        { key: second, levels },
        { key: postQuantum, levels },
      ],
    ] as const;
    expect(await signersOf([hybrid, v3], 28)).toEqual([
      { certSha256: digest(postQuantum), minSdk: 37, maxSdk: end },
      { certSha256: digest(first), minSdk: 28, maxSdk: 36 },
    ]);
  });

  test("made for a release under development is the older one's, too, at the level that both releases have", async () => {
    const blocks = [
      [schemeBlock.v31, [{ key: second, levels: [35, end], attributes: [[attribute.devRelease, Buffer.alloc(0)]] }]],
      [schemeBlock.v3, [{ key: first, levels: [28, 35], attributes: [[attribute.rotationMinSdk, u32(35)]] }]],
    ] as const;
    expect(await signersOf(blocks, 28)).toEqual([
      { certSha256: digest(second), minSdk: 35, maxSdk: end },
      { certSha256: digest(first), minSdk: 28, maxSdk: 35 },
    ]);
  });
});

test("levels for which no scheme signs are said", async () => {
  const verdict = await judge(makeApk({ blocks: [v3] }), { minSdk: 24 });
  expect(signersByLevel(null, verdict, { minSdk: 24, maxSdk: end })).toEqual({
    signers: [{ certSha256: digest(first), minSdk: 28, maxSdk: end }],
    uncovered: [{ minSdk: 24, maxSdk: 27 }],
  });
});
