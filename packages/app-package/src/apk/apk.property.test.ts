import fc from "fast-check";
import { expect, test } from "vitest";
import { makeManifest, plainManifest } from "../android-manifest/binary-xml-writer.suite.ts";
import { createBytesSource } from "../source/byte-source.ts";
import { writeZip } from "../zip/zip-writer.suite.ts";
import { attribute, contentDigest, keys, makeApk, makeLineage, makeV4, u32 } from "./apk-writer.suite.ts";
import { schemeBlock } from "./signing-block.ts";
import { verifyApk } from "./verify-apk.ts";

const entries = [
  { name: "AndroidManifest.xml", content: makeManifest(plainManifest()), deflate: true },
  { name: "classes.dex", content: "code" },
];
const { first, second } = keys;
const lineage = makeLineage([{ key: first }, { key: second }]);
const apk = makeApk({
  entries,
  blocks: [
    [schemeBlock.v31, [{ key: second, levels: [33, 0x7fffffff], attributes: [[attribute.proofOfRotation, lineage]] }]],
    [schemeBlock.v3, [{ key: first, levels: [28, 32], attributes: [[attribute.rotationMinSdk, u32(33)]] }]],
    [schemeBlock.v2, [{ key: first, attributes: [[attribute.strippingProtection, u32(3)]] }]],
  ],
});
const v4 = makeV4({ apk, apkDigest: contentDigest(writeZip(entries), 0x0201), key: first, others: [second] });
const verify = (bytes: Uint8Array, idsig: Uint8Array = v4) =>
  verifyApk(createBytesSource(bytes), { v4: createBytesSource(idsig) });

test("any byte of a signed APK changed: its signers are not others than they were, and nothing is thrown", async () => {
  const good = await verify(apk);
  expect(good.errors).toEqual([]);
  await fc.assert(
    fc.asyncProperty(fc.nat(apk.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
      const bytes = Buffer.from(apk);
      bytes[at] = (bytes[at] ?? 0) ^ change;
      const { verified } = await verify(bytes);
      // v4's tree covers every byte, the signing block's own too.
      expect(verified).toBe(false);
    }),
    { numRuns: 1500 },
  );
});

test("any byte of a signed APK changed, without a v4 signature: verified or not, it is by no other signer", async () => {
  const signers = (await verify(apk)).signers.map(({ certSha256 }) => certSha256);
  await fc.assert(
    fc.asyncProperty(fc.nat(apk.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
      const bytes = Buffer.from(apk);
      bytes[at] = (bytes[at] ?? 0) ^ change;
      const verification = await verifyApk(createBytesSource(bytes));
      for (const { certSha256 } of verification.signers) expect(signers).toContain(certSha256);
    }),
    { numRuns: 1500 },
  );
});

test("any byte of a v4 signature changed, or the rest of it gone: refused, and nothing thrown", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(v4.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
      const bytes = Buffer.from(v4);
      bytes[at] = (bytes[at] ?? 0) ^ change;
      // The identifier of a further signer's block says nothing that anyone checks.
      const identifier = v4.indexOf(u32(0x1b93ad61));
      if (at < identifier || at >= identifier + 4) expect((await verify(apk, bytes)).verified).toBe(false);
      const shorter = v4.subarray(0, at);
      // What ends where the tree would begin is a signature without a tree.
      const verified = (await verify(apk, shorter)).verified;
      if (verified) expect(v4.length - at).toBe(4 + 4096);
    }),
    { numRuns: 1000 },
  );
});
