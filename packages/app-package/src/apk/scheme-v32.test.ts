import { describe, expect, test } from "vitest";
import { attribute, keys, type MadeNode, type MadeSigner, makeApk, makeLineage, u32 } from "./apk-writer.suite.ts";
import { judge, verdictOf } from "./scheme-verdict.suite.ts";
import { schemeBlock } from "./signing-block.ts";

const end = 0x7fffffff;
const { first, second, third, postQuantum } = keys;
const v32 = (...signers: readonly MadeSigner[]) => [schemeBlock.v32, signers] as const;
const past = (...nodes: readonly MadeNode[]) => [[attribute.proofOfRotation, makeLineage(nodes)] as const];
const classical: MadeSigner = { key: second, levels: [37, end] };
const quantum: MadeSigner = { key: postQuantum, levels: [37, end] };
const original = (...attributes: readonly (readonly [number, Uint8Array])[]) =>
  [schemeBlock.v3, [{ key: first, levels: [28, end] as const, attributes }]] as const;

describe("a hybrid v3.2 block", () => {
  test("of a classical and a post-quantum signer holds: the post-quantum one signed, the classical one before it", async () => {
    for (const signers of [
      [classical, quantum],
      [quantum, classical],
    ]) {
      const verdict = await judge(makeApk({ blocks: [v32(...signers), original()] }), { minSdk: 28 });
      expect(verdict.problems).toEqual([]);
      expect(Buffer.from(verdict.v32?.certificates[0].bytes ?? []).equals(postQuantum.certificate)).toBe(true);
      const past = verdict.lineage?.nodes.map(({ certificate }) => Buffer.from(certificate.bytes));
      expect(past).toEqual([second, postQuantum].map(({ certificate }) => Buffer.from(certificate)));
    }
  });

  test("with one past for both signers holds, and the past is the classical one's, then the post-quantum signer", async () => {
    const blocks = [
      v32(
        { ...classical, attributes: past({ key: first, flags: 31 }, { key: second, flags: 7 }) },
        { ...quantum, attributes: past({ key: first, flags: 31 }, { key: postQuantum }) },
      ),
      original([attribute.hybridMinSdk, u32(37)], [attribute.hybridMaxSdk, u32(end)]),
    ];
    const verdict = await judge(makeApk({ blocks }), { minSdk: 28 });
    expect(verdict.problems).toEqual([]);
    expect(verdict.lineage?.nodes.map(({ flags }) => flags)).toEqual([31, 7, 7]);
  });

  test("is not looked at by devices before Android 17", async () => {
    const blocks = [v32({ ...classical, breakSignature: true }, quantum), original([attribute.hybridMinSdk, u32(37)])];
    expect(await verdictOf({ blocks }, { minSdk: 28, maxSdk: 36 })).toBe("good v3");
  });

  const otherPast = past({ key: third }, { key: postQuantum });
  test.each<[string, string, readonly (readonly [number, readonly MadeSigner[]])[]]>([
    ["has one signer", "apk_hybrid", [v32(quantum), original()]],
    ["has three signers", "apk_hybrid", [v32(quantum, classical, { ...classical, key: third }), original()]],
    ["has two classical signers", "apk_hybrid", [v32(classical, { ...classical, key: third }), original()]],
    ["has two post-quantum signers", "apk_hybrid", [v32(quantum, quantum), original()]],
    ["has signers for other levels", "apk_hybrid", [v32(classical, { ...quantum, levels: [38, end] }), original()]],
    [
      "has a past on one side alone",
      "apk_hybrid",
      [v32({ ...classical, attributes: past({ key: first }, { key: second }) }, quantum), original()],
    ],
    [
      "has two pasts",
      "apk_hybrid",
      [
        v32({ ...classical, attributes: past({ key: first }, { key: second }) }, { ...quantum, attributes: otherPast }),
        original(),
      ],
    ],
    [
      "has a broken post-quantum signature",
      "apk_signature_invalid",
      [v32(classical, { ...quantum, breakSignature: true }), original()],
    ],
    [
      "has a broken classical signature",
      "apk_signature_invalid",
      [v32({ ...classical, breakSignature: true }, quantum), original()],
    ],
    [
      "signed other content",
      "apk_content_digest",
      [v32(classical, { ...quantum, digest: Buffer.alloc(64) }), original()],
    ],
    ["is gone", "apk_scheme_stripped", [original([attribute.hybridMinSdk, u32(37)])]],
    [
      "begins elsewhere than v3 says",
      "apk_rotation",
      [v32(classical, quantum), original([attribute.hybridMinSdk, u32(38)])],
    ],
    [
      "ends elsewhere than v3 says",
      "apk_rotation",
      [v32(classical, quantum), original([attribute.hybridMaxSdk, u32(40)])],
    ],
    ["stands without a v3 block", "apk_rotation", [v32(classical, quantum)]],
  ])("is refused that %s", async (_, code, blocks) => {
    expect(await verdictOf({ blocks }, { minSdk: 28 })).toBe(code);
  });

  test("is the only one in which a post-quantum signature counts", async () => {
    const v31 = [schemeBlock.v31, [quantum]] as const;
    const before = [schemeBlock.v3, [{ key: first, levels: [28, 36] as const }]] as const;
    expect(await verdictOf({ blocks: [v31, before] }, { minSdk: 28 })).toBe("apk_no_signature");
  });
});
