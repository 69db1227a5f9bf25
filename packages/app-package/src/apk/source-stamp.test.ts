import { sha256, toHex } from "@countersign/asn1";
import { describe, expect, test } from "vitest";
import { openZip } from "../zip/open-zip.ts";
import { createCountedSource, writeZip } from "../zip/zip-writer.suite.ts";
import { keys, type MadeStamp, makeLineage, makeStamp } from "./apk-writer.suite.ts";
import { type SchemeDigests, verifySourceStamp } from "./source-stamp.ts";

const { first, second } = keys;
const content = Buffer.alloc(32, "content");
const manifest = Buffer.alloc(32, "manifest");
const digests: SchemeDigests = new Map<number, ReadonlyMap<"manifest" | "sha256", Uint8Array>>([
  [1, new Map([["manifest", manifest]])],
  [2, new Map([["sha256", content]])],
]);
const good: MadeStamp = {
  key: first,
  schemes: [
    [1, [[4, manifest]]],
    [2, [[1, content]]],
  ],
};
const time = (seconds: bigint) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(seconds);
  return [0xe43c5946, bytes] as const;
};
const past = (...nodes: Parameters<typeof makeLineage>[0]) => [0x9d6303f7, makeLineage(nodes)] as const;

async function stampOf(made: Partial<MadeStamp>, certificate: Uint8Array = first.certificate) {
  const zip = await openZip(
    createCountedSource(writeZip([{ name: "stamp-cert-sha256", content: sha256(certificate) }])),
  );
  return zip.ok ? verifySourceStamp(zip.value, makeStamp({ ...good, ...made }), digests) : null;
}

describe("a source stamp", () => {
  test("over every scheme's digests holds, with a time and a past of its own", async () => {
    expect(await stampOf({})).toEqual({ certSha256: toHex(sha256(first.certificate)), ok: true });
    expect(await stampOf({ attributes: [time(1n), [0x12345678, content]] })).toMatchObject({ ok: true });
    const attributes = [past({ key: second }, { key: first })];
    expect(await stampOf({ attributes })).toMatchObject({ ok: true });
  });

  test.each<[string, Partial<MadeStamp>, Uint8Array?]>([
    ["by another certificate than the archive names", {}, second.certificate],
    ["over other digests", { schemes: [good.schemes[0] ?? [1, []], [2, [[1, manifest]]]] }],
    ["over fewer schemes than signed", { schemes: good.schemes.slice(0, 1) }],
    ["with attributes that are not signed", { attributes: [time(1n)], breakAttributes: true }],
    ["of a time before 1970", { attributes: [time(-1n)] }],
    ["of no time", { attributes: [time(0n)] }],
    ["of half a time", { attributes: [[0xe43c5946, Buffer.alloc(4, 1)]] }],
    ["with a past of another", { attributes: [past({ key: second })] }],
    ["with a past that is none", { attributes: [[0x9d6303f7, Buffer.alloc(3)]] }],
    [
      "with two signatures of one algorithm: a thousand would be a thousand digests of all that is signed",
      { times: 2 },
    ],
    ["of algorithms that nobody knows", { algorithm: 0x7777 }],
  ])("%s does not hold", async (_, made, certificate) => {
    expect(await stampOf(made, certificate)).toMatchObject({ ok: false });
  });

  test("of which the block is missing or cut off does not hold; where the archive names none, there is none", async () => {
    const zip = await openZip(
      createCountedSource(writeZip([{ name: "stamp-cert-sha256", content: sha256(first.certificate) }])),
    );
    const bare = await openZip(createCountedSource(writeZip([])));
    if (!zip.ok || !bare.ok) throw new Error("no archive");
    expect(await verifySourceStamp(bare.value, makeStamp(good), digests)).toBeNull();
    expect(await verifySourceStamp(zip.value, null, digests)).toMatchObject({ ok: false });
    const block = makeStamp(good);
    for (let length = 0; length < block.length; length += 9)
      expect(await verifySourceStamp(zip.value, block.subarray(0, length), digests)).toMatchObject({ ok: false });
  });
});
