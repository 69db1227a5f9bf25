import { describe, expect, test } from "vitest";
import { writeZip } from "../zip/zip-writer.suite.ts";
import { contentDigest, keys, type MadeApk, type MadeV4, makeApk, makeV4, verityRoot } from "./apk-writer.suite.ts";
import { inWords, judge } from "./scheme-verdict.suite.ts";
import { schemeBlock } from "./signing-block.ts";

const { first, second } = keys;
const entries = [{ name: "a", content: Buffer.alloc(300_000, "content") }];
const unsigned = writeZip(entries);
const apkDigest = contentDigest(unsigned, 0x0201);
const blocks: MadeApk["blocks"] = [[schemeBlock.v2, [{ key: first }]]];
const apk = makeApk({ entries, blocks });

async function verdictOf(made: Partial<MadeV4>, of: Uint8Array = apk): Promise<string> {
  return inWords(await judge(of, { v4: makeV4({ apk: of, apkDigest, key: first, ...made }), maxSdk: 32 }));
}

describe("a v4 signature", () => {
  test("over the file's hash tree, by the signer in the APK, holds with and without the tree beside it", async () => {
    expect(await verdictOf({})).toBe("good v2 v4");
    expect(await verdictOf({ tree: null })).toBe("good v2 v4");
  });

  const levels: Buffer[] = [];
  verityRoot(apk, Buffer.alloc(0), levels);
  const tree = Buffer.concat(levels);
  const flipped = Buffer.from(tree);
  flipped[flipped.length - 1] = 1;
  test.each<[string, string, Partial<MadeV4>]>([
    ["is of another version", "apk_v4_malformed", { version: 3 }],
    ["hashes with salt", "apk_v4_malformed", { salt: Buffer.of(1) }],
    ["is for a file of another length", "apk_signature_invalid", { fileBytes: apk.length + 1 }],
    ["is of an unknown algorithm", "apk_no_signature", { algorithm: 0x7777 }],
    ["has a key that is none", "apk_public_key", { publicKey: Buffer.of(1) }],
    ["has another key than its certificate", "apk_signature_invalid", { publicKey: second.spki }],
    ["is by another signer", "apk_v4_mismatch", { key: second }],
    ["is for other content", "apk_v4_mismatch", { apkDigest: Buffer.alloc(32) }],
    ["has a second signer where the APK has one", "apk_v4_mismatch", { others: [second] }],
    ["has another root", "apk_v4_tree", { rootHash: Buffer.alloc(32) }],
    ["has another tree", "apk_v4_tree", { tree: flipped }],
    ["has a tree that is cut off", "apk_v4_tree", { tree: tree.subarray(0, -4096) }],
    ["has a tree that goes on", "apk_v4_tree", { tree: Buffer.concat([tree, Buffer.alloc(1)]) }],
  ])("is refused that %s", async (_, code, made) => {
    expect(await verdictOf(made)).toBe(code);
  });

  test("cut off anywhere is refused, and nothing is thrown", async () => {
    const file = makeV4({ apk, apkDigest, key: first, tree: null });
    for (let length = 0; length < file.length; length += 7)
      expect(inWords(await judge(apk, { v4: file.subarray(0, length) }))).toBe("apk_v4_malformed");
  });

  test("names one signer for the v3 block and a second for the v3.1 block", async () => {
    const signer = (key: typeof first, levels: readonly [number, number]) => ({ key, levels });
    const rotated = makeApk({
      entries,
      blocks: [
        [schemeBlock.v31, [signer(second, [33, 0x7fffffff])]],
        [schemeBlock.v3, [signer(first, [28, 32])]],
      ],
    });
    const judged = async (others: readonly (typeof first)[]) =>
      inWords(await judge(rotated, { minSdk: 28, v4: makeV4({ apk: rotated, apkDigest, key: first, others }) }));
    expect(await judged([second])).toBe("good v3 v31 v4");
    expect(await judged([])).toBe("apk_v4_mismatch");
    expect(await judged([first])).toBe("apk_v4_mismatch");
    expect(await judged([second, second])).toBe("apk_v4_mismatch");
    expect(await judged([second, second, second, second])).toBe("apk_v4_malformed");
  });
});
