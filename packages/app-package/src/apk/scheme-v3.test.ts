import { describe, expect, test } from "vitest";
import { attribute, keys, type MadeNode, type MadeSigner, makeApk, makeLineage, u32 } from "./apk-writer.suite.ts";
import { judge, verdictOf } from "./scheme-verdict.suite.ts";
import { schemeBlock } from "./signing-block.ts";

const end = 0x7fffffff;
const v3 = (...signers: readonly MadeSigner[]) => [schemeBlock.v3, signers] as const;
const v31 = (...signers: readonly MadeSigner[]) => [schemeBlock.v31, signers] as const;
const past = (...nodes: readonly MadeNode[]) => [attribute.proofOfRotation, makeLineage(nodes)] as const;
const rotatesAt = (level: number) => [attribute.rotationMinSdk, u32(level)] as const;
const { first, second, third } = keys;
const whole: MadeSigner = { key: first, levels: [28, end] };
const longPast = makeLineage([{ key: first }, { key: second }, { key: third }]);
const fromFirst = past({ key: first }, { key: second });

describe("a v3 block", () => {
  test.each<[string, readonly MadeSigner[]]>([
    ["of one signer for every level", [whole]],
    ["of one signer for more levels than there are", [{ key: first, levels: [24, end] }]],
    [
      "of two signers, one after the other",
      [
        { key: first, levels: [28, 31] },
        { key: second, levels: [32, end], attributes: [fromFirst] },
      ],
    ],
    [
      "of two signers in the other order",
      [
        { key: second, levels: [32, end], attributes: [fromFirst] },
        { key: first, levels: [28, 31] },
      ],
    ],
    ["of a rotated signer", [{ key: second, levels: [28, end], attributes: [fromFirst] }]],
    [
      "with an attribute for development releases",
      [{ ...whole, attributes: [[attribute.devRelease, Buffer.alloc(0)]] }],
    ],
  ])("%s holds", async (_, signers) => {
    expect(await verdictOf({ blocks: [v3(...signers)] }, { minSdk: 28 })).toBe("good v3");
  });

  test.each<[string, string, readonly MadeSigner[]]>([
    ["names other levels than were signed", "apk_signer_sdk", [{ ...whole, signedLevels: [29, end] }]],
    ["names another last level than was signed", "apk_signer_sdk", [{ ...whole, signedLevels: [28, 40] }]],
    ["has reversed levels", "apk_signer_sdk", [{ key: first, levels: [40, 28] }]],
    ["has negative levels", "apk_signer_sdk", [{ key: first, levels: [28, 0xffffffff] }]],
    ["begins above the lowest level", "apk_signer_sdk", [{ key: first, levels: [30, end] }]],
    ["ends below the highest level", "apk_signer_sdk", [{ key: first, levels: [28, 99] }]],
    [
      "leaves a level out",
      "apk_signer_sdk",
      [
        { key: first, levels: [28, 31] },
        { key: second, levels: [33, end] },
      ],
    ],
    [
      "has two signers for one level",
      "apk_signer_sdk",
      [
        { key: first, levels: [28, 33] },
        { key: second, levels: [33, end] },
      ],
    ],
    ["has a broken signature", "apk_signature_invalid", [{ ...whole, breakSignature: true }]],
    ["signed other content", "apk_content_digest", [{ ...whole, digest: Buffer.alloc(32) }]],
    ["has no signer", "apk_signature_malformed", []],
    ["has eleven signers", "apk_too_many_signers", Array.from({ length: 11 }, () => whole)],
    [
      "has a later signer with a shorter past",
      "apk_lineage",
      [
        { key: third, levels: [28, 31], attributes: [[attribute.proofOfRotation, longPast]] },
        { key: second, levels: [32, end], attributes: [[attribute.proofOfRotation, beginningOf(longPast, 2)]] },
      ],
    ],
    [
      "has signers of different pasts",
      "apk_lineage",
      [
        { key: second, levels: [28, 31], attributes: [past({ key: first, flags: 1 }, { key: second })] },
        { key: third, levels: [32, end], attributes: [past({ key: first }, { key: second }, { key: third })] },
      ],
    ],
    ["has a proof that ends in another key", "apk_lineage", [{ ...whole, attributes: [fromFirst] }]],
    [
      "has a proof that does not verify",
      "apk_lineage",
      [{ key: second, levels: [28, end], attributes: [past({ key: first }, { key: second, breakSignature: true })] }],
    ],
    ["has two proofs", "apk_lineage", [{ key: second, levels: [28, end], attributes: [fromFirst, fromFirst] }]],
    ["has an empty proof", "apk_lineage", [{ ...whole, attributes: [past()] }]],
    [
      "has a cut off statement of rotation",
      "apk_signature_malformed",
      [{ ...whole, attributes: [[attribute.rotationMinSdk, Buffer.of(1)]] }],
    ],
  ])("is refused that %s", async (_, code, signers) => {
    expect(await verdictOf({ blocks: [v3(...signers)] }, { minSdk: 28 })).toBe(code);
  });

  test("is not looked at where no device of the range knows v3", async () => {
    expect(await verdictOf({ blocks: [v3({ ...whole, breakSignature: true })] }, { maxSdk: 27 })).toBe("good");
  });
});

describe("a v3.1 block", () => {
  const rotated: MadeSigner = { key: second, levels: [33, end], attributes: [fromFirst] };
  const original: MadeSigner = { key: first, levels: [28, 32], attributes: [rotatesAt(33)] };

  test("takes over from the v3 block at the level that both name, and its past is the app's", async () => {
    const verdict = await judge(makeApk({ blocks: [v31(rotated), v3(original)] }), { minSdk: 28 });
    expect(verdict).toMatchObject({ problems: [], v31: [{ minSdk: 33 }], v3: [{ maxSdk: 32 }] });
    expect(verdict.lineage?.nodes).toHaveLength(2);
  });

  test("is not looked at by devices that do not know it, nor is what v3 states of it", async () => {
    const broken = { ...rotated, breakSignature: true };
    expect(await verdictOf({ blocks: [v31(broken), v3(original)] }, { minSdk: 28, maxSdk: 32 })).toBe("good v3");
  });

  test("that begins above the range leaves its devices to v3", async () => {
    const late = { ...rotated, levels: [40, end] as const };
    const early = { key: first, levels: [28, 39] as const, attributes: [rotatesAt(40)] };
    expect(await verdictOf({ blocks: [v31(late), v3(early)] }, { minSdk: 28, maxSdk: 35 })).toBe("good v3 v31");
  });

  test("may have a signer for a release under development, which begins at the level where the released one's ends", async () => {
    const late = (attributes: MadeSigner["attributes"] = []) =>
      v31({ ...rotated, levels: [33, 35] }, { key: second, levels: [35, end], attributes: [fromFirst, ...attributes] });
    const development = [attribute.devRelease, Buffer.alloc(0)] as const;
    expect(await verdictOf({ blocks: [late([development]), v3(original)] }, { minSdk: 28 })).toBe("good v3 v31");
    expect(await verdictOf({ blocks: [late(), v3(original)] }, { minSdk: 28 })).toBe("apk_signer_sdk");
  });

  test.each<[string, string, readonly (readonly [number, readonly MadeSigner[]])[]]>([
    ["is gone", "apk_scheme_stripped", [v3(original)]],
    [
      "begins at another level than v3 says",
      "apk_rotation",
      [v31({ ...rotated, levels: [34, end] }), v3({ ...original, levels: [28, 33] })],
    ],
    ["stands without a v3 block", "apk_rotation", [v31(rotated)]],
    [
      "leaves a level to nobody",
      "apk_signer_sdk",
      [v31({ ...rotated, levels: [34, end] }), v3({ ...original, attributes: [] })],
    ],
    ["ends below the highest level", "apk_signer_sdk", [v31({ ...rotated, levels: [33, 40] }), v3(original)]],
    ["is broken", "apk_signature_invalid", [v31({ ...rotated, breakSignature: true }), v3(original)]],
    ["signed other content", "apk_content_digest", [v31({ ...rotated, digest: Buffer.alloc(32) }), v3(original)]],
  ])("is refused that %s", async (_, code, blocks) => {
    expect(await verdictOf({ blocks }, { minSdk: 28 })).toBe(code);
  });
});

/** The first certificates of a proof of rotation. */
function beginningOf(lineage: Buffer, count: number): Buffer {
  let end = 4;
  for (let record = 0; record < count; record += 1) end += 4 + lineage.readUInt32LE(end);
  return lineage.subarray(0, end);
}
